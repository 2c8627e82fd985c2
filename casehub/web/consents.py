"""Samtykke: what the citizen agreed to in a case, a new one written down, and one withdrawn after the question if one is sure."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import consents
from casehub.services.errors import Conflict, FormRefused, NotFound
from casehub.web.confirming import CONFIRM, ticked
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("consents", __name__, url_prefix="/sager/<uuid:case_id>/samtykke")


@bp.get("")
def show(case_id: UUID) -> Page:
    """The consents of the case, and the form of a new one."""
    return _page(case_id, restored())


@bp.post("")
def submit(case_id: UUID) -> Response | Page:
    """Write a new one down."""
    data = consents.ConsentInput(
        authorities=ticked("authorities"),
        information=ticked("information"),
        how=typed("how"),
        given_on=typed("given_on"),
        until=typed("until"),
        given_to=typed("given_to"),
        text=typed("text"),
    )
    try:
        with work() as ctx:
            consents.record_consent(ctx, case_id=case_id, data=data)
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _page(case_id, form), problem)
    flash("Samtykket er skrevet op.")
    return redirect(url_for("consents.show", case_id=case_id), 303)


@bp.post("/<uuid:consent_id>/traek-tilbage")
def withdraw(case_id: UUID, consent_id: UUID) -> Response | Page:
    """Say what ends; on the second press, withdraw it."""
    try:
        if typed("_do") != CONFIRM:
            return _confirm(case_id, consent_id)
        with work() as ctx:
            consents.withdraw_consent(ctx, case_id=case_id, consent_id=consent_id)
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _page(case_id, form), problem)
    flash("Samtykket er trukket tilbage. Det, der hvilede på det, kan ikke læses mere.")
    return redirect(url_for("consents.show", case_id=case_id), 303)


def _page(case_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = consents.read_consents(ctx, case_id=case_id)
        today = ctx.today
    return render_template("consents.html", page=page, form=form, today=today)


def _confirm(case_id: UUID, consent_id: UUID) -> Page:
    with work() as ctx:
        page = consents.read_consents(ctx, case_id=case_id)
    consent = next((each for each in page.consents if each.id == consent_id), None)
    if consent is None or not consent.may_withdraw:
        raise NotFound
    return render_template("consent_withdraw.html", page=page, consent=consent)
