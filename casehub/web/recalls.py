"""Taking something back: who has it and who has opened it, the question whether one is sure, and the breach report begun."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import recalls
from casehub.services.errors import Conflict, FormRefused
from casehub.web.confirming import BACK, CONFIRM, refuse_gaps
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

BREACH = "breach"  # the value of `_do` when a breach report is to begin on what was taken back before
bp = Blueprint(
    "recalls", __name__, url_prefix="/sager/<uuid:case_id>/oplysninger/<uuid:item_id>/traek-tilbage"
)


@bp.get("")
def show(case_id: UUID, item_id: UUID) -> Page:
    """The form; or, when it was taken back, why, who had opened it, and its text to copy."""
    return _page(case_id, item_id, restored())


@bp.post("")
def submit(case_id: UUID, item_id: UUID) -> Response | Page:
    """Say exactly what happens; on the second press, take it back."""
    if typed("_do") == BACK:
        return _page(case_id, item_id, FormState(submitted()))
    try:
        if typed("_do") == BREACH:
            return _begin_breach(case_id, item_id)
        if typed("_do") != CONFIRM:
            return _confirm(case_id, item_id)
        return _recall(case_id, item_id)
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _page(case_id, item_id, form), problem)


def _recall(case_id: UUID, item_id: UUID) -> Response:
    with work() as ctx:
        breach_id = recalls.recall_item(
            ctx,
            case_id=case_id,
            item_id=item_id,
            reason=typed("reason"),
            breach=typed("breach"),
            aware_at=typed("aware_at"),
        )
    flash("Trukket tilbage. Ingen anden myndighed kan åbne det mere.")
    if breach_id:
        return _to_breach(case_id, breach_id)
    return redirect(url_for("recalls.show", case_id=case_id, item_id=item_id), 303)


def _begin_breach(case_id: UUID, item_id: UUID) -> Response:
    with work() as ctx:
        breach_id = recalls.begin_breach(
            ctx, case_id=case_id, item_id=item_id, what=typed("what"), aware_at=typed("aware_at")
        )
    flash("Brudrapporten er begyndt med det, casehub ved.")
    return _to_breach(case_id, breach_id)


def _to_breach(case_id: UUID, breach_id: UUID) -> Response:
    return redirect(url_for("breaches.show", case_id=case_id, breach_id=breach_id), 303)


def _page(case_id: UUID, item_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = recalls.read_recall(ctx, case_id=case_id, item_id=item_id)
    return render_template("recall.html", page=page, form=form)


def _confirm(case_id: UUID, item_id: UUID) -> str:
    gaps = [("reason", "Skriv, hvorfor det trækkes tilbage."), ("breach", "Vælg ja eller nej.")]
    if typed("breach") == recalls.YES:
        gaps.append(("aware_at", "Skriv, hvornår I blev klar over det."))
    refuse_gaps(gaps)
    with work() as ctx:
        page = recalls.read_recall(ctx, case_id=case_id, item_id=item_id)
    breach = typed("breach") == recalls.YES
    return render_template("recall_confirm.html", page=page, form=FormState(submitted()), breach=breach)
