"""Sletning: ask for erasing the own copy of a case, twice over, and set or lift a slettestop."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import approvals, erasing
from casehub.services.errors import Conflict, FormRefused
from casehub.web.confirming import BACK, CONFIRM, refuse_gaps
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("erasing", __name__, url_prefix="/sager/<uuid:case_id>/sletning")


@bp.get("")
def show(case_id: UUID) -> Page:
    """Whether the case can be erased here, and the forms."""
    return _page(case_id, restored())


@bp.post("")
def submit(case_id: UUID) -> Response | Page:
    """Say what will be erased; on the second press, ask a colleague to confirm it."""
    if typed("_do") == BACK:
        return _page(case_id, FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            refuse_gaps([("reason", "Skriv, hvorfor sagen skal slettes.")])
            return _page(case_id, FormState(submitted()), "erasing_confirm.html")
        with work() as ctx:
            approvals.ask_approval(
                ctx, kind=approvals.Kind.ERASE_CASE, case_id=case_id, reason=typed("reason")
            )
    except FormRefused as problem:
        return refused(lambda form: _page(case_id, form), problem)
    except Conflict as problem:
        return _overtaken(case_id, problem)
    flash("En kollega er bedt om at godkende, at sagen bliver slettet hos jer. Intet er slettet endnu.")
    return redirect(url_for("approvals.show"), 303)


@bp.post("/stop")
def submit_hold(case_id: UUID) -> Response | Page:
    """Set a slettestop."""
    try:
        with work() as ctx:
            erasing.set_hold(ctx, case_id=case_id, reason=typed("hold_reason"))
    except FormRefused as problem:
        return refused(lambda form: _page(case_id, form), problem)
    except Conflict as problem:
        return _overtaken(case_id, problem)
    flash("Der er sat slettestop. Sagen kan ikke slettes hos jer, før det er ophævet.")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@bp.post("/stop/ophaev")
def submit_lift(case_id: UUID) -> Response | Page:
    """Say what lifting means; on the second press, lift the slettestop."""
    try:
        if typed("_do") != CONFIRM:
            return _page(case_id, FormState(), "erasing_lift.html")
        with work() as ctx:
            erasing.lift_hold(ctx, case_id=case_id)
    except Conflict as problem:
        return _overtaken(case_id, problem)
    flash("Slettestoppet er ophævet.")
    return redirect(url_for("erasing.show", case_id=case_id), 303)


def _overtaken(case_id: UUID, problem: Conflict) -> Page:
    """Somebody was faster, so that the page has no such form any more."""
    return _page(case_id, FormState(message=problem.message)), 409


def _page(case_id: UUID, form: FormState, template: str = "erasing.html") -> str:
    with work() as ctx:
        page = erasing.read_erasure_form(ctx, case_id=case_id)
    return render_template(template, page=page, form=form)
