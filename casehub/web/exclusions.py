"""Udelukkelse: bar a colleague from a case, twice over, and let them in again."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import exclusions
from casehub.services.errors import Conflict, FormRefused, NotFound
from casehub.web.confirming import BACK, CONFIRM, refuse_gaps, words_for
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("exclusions", __name__, url_prefix="/sager/<uuid:case_id>/udelukkelser")


@bp.get("")
def show(case_id: UUID) -> Page:
    """Who is barred, and the form to bar someone."""
    return _page(case_id, restored())


@bp.post("")
def submit(case_id: UUID) -> Response | Page:
    """Say what barring someone means; on the second press, bar them."""
    if typed("_do") == BACK:
        return _page(case_id, FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _sure(case_id)
        with work() as ctx:
            exclusions.exclude(ctx, case_id=case_id, staff=typed("staff"), reason=typed("reason"))
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _page(case_id, form), problem)
    flash("Medarbejderen er udelukket. For medarbejderen findes sagen ikke længere.")
    return redirect(url_for("exclusions.show", case_id=case_id), 303)


@bp.post("/<uuid:exclusion_id>/ophaev")
def submit_lift(case_id: UUID, exclusion_id: UUID) -> Response | Page:
    """Say what lifting means; on the second press, lift it."""
    try:
        if typed("_do") != CONFIRM:
            return _sure_to_lift(case_id, exclusion_id)
        with work() as ctx:
            exclusions.lift_exclusion(ctx, case_id=case_id, exclusion_id=exclusion_id)
    except Conflict as problem:
        return _page(case_id, FormState(message=problem.message)), 409
    flash("Udelukkelsen er ophævet.")
    return redirect(url_for("exclusions.show", case_id=case_id), 303)


def _read(case_id: UUID) -> exclusions.ExclusionPage:
    with work() as ctx:
        return exclusions.read_exclusions(ctx, case_id=case_id)


def _page(case_id: UUID, form: FormState) -> str:
    return render_template("exclusions.html", page=_read(case_id), form=form)


def _sure(case_id: UUID) -> str:
    page = _read(case_id)
    refuse_gaps([("reason", "Skriv, hvorfor medarbejderen skal udelukkes.")])
    name = words_for(page.choices, typed("staff"))
    if not name:
        raise FormRefused({"staff": "Vælg den medarbejder, der skal udelukkes."})
    return render_template(
        "exclusion_confirm.html",
        page=page,
        name=name,
        alone=page.alone[typed("staff")],
        form=FormState(submitted()),
    )


def _sure_to_lift(case_id: UUID, exclusion_id: UUID) -> str:
    page = _read(case_id)
    line = next((line for line in page.lines if line.id == exclusion_id), None)
    if line is None:
        raise NotFound
    return render_template("exclusion_lift.html", page=page, line=line, form=FormState())
