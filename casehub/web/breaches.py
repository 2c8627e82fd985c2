"""Brudrapporten: what is known, what must be written, and its conclusion, which is asked about before it is final."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import breaches
from casehub.services.errors import Conflict, FormRefused
from casehub.services.recall_views import BreachReport
from casehub.web.confirming import BACK, CONFIRM, refuse_gaps
from casehub.web.forms import FormState, Page, refused, submitted, typed, typed_version
from casehub.web.restoring import restored
from casehub.web.security import work

SAVE = "save"
bp = Blueprint("breaches", __name__, url_prefix="/sager/<uuid:case_id>/brud/<uuid:breach_id>")
_NEEDED = (
    ("what", "Skriv, hvad der er sket."),
    ("categories", "Skriv, hvilke oplysninger og hvem det handler om."),
    ("consequences", "Skriv, hvad det kan betyde for borgeren."),
    ("measures", "Skriv, hvad I har gjort."),
    ("informed", "Skriv, hvornår borgeren er underrettet, eller hvorfor ikke."),
    ("outcome", "Vælg, om bruddet er anmeldt."),
)


@bp.get("")
def show(case_id: UUID, breach_id: UUID) -> Page:
    """The report with its deadline and what is known."""
    return _page(case_id, breach_id, restored())


@bp.post("")
def submit(case_id: UUID, breach_id: UUID) -> Response | Page:
    """Save it; or conclude it, on the second press."""
    if typed("_do") == BACK:
        return _page(case_id, breach_id, FormState(submitted()))
    try:
        if typed("_do") not in {SAVE, CONFIRM}:
            return _confirm(case_id, breach_id)
        act = breaches.conclude_breach if typed("_do") == CONFIRM else breaches.save_breach
        with work() as ctx:
            act(ctx, case_id=case_id, breach_id=breach_id, version=typed_version(), report=_report())
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _page(case_id, breach_id, form), problem)
    flash("Brudrapporten er afsluttet." if typed("_do") == CONFIRM else "Brudrapporten er gemt.")
    return redirect(url_for("breaches.show", case_id=case_id, breach_id=breach_id), 303)


def _report() -> BreachReport:
    return BreachReport(**{name: typed(name) for name in BreachReport.__slots__})


def _page(case_id: UUID, breach_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = breaches.read_breach(ctx, case_id=case_id, breach_id=breach_id)
    return render_template("breach.html", page=page, form=form)


def _confirm(case_id: UUID, breach_id: UUID) -> str:
    more = {
        breaches.REPORTED: [("reported_on", "Skriv, hvilken dag bruddet er anmeldt.")],
        breaches.NOT_REPORTED: [("why_not", "Skriv, hvorfor bruddet ikke er anmeldt.")],
    }
    refuse_gaps([*_NEEDED, *more.get(typed("outcome"), [])])
    with work() as ctx:
        page = breaches.read_breach(ctx, case_id=case_id, breach_id=breach_id)
    return render_template("breach_confirm.html", page=page, form=FormState(submitted()), report=_report())
