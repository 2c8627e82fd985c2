"""Sager: the list of one's own cases, and the case page."""

from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import acute
from casehub.services.cases import list_cases, read_case
from casehub.services.errors import Conflict
from casehub.services.tasks_given import OUTCOMES
from casehub.services.views import CaseView, StepView
from casehub.web.forms import typed
from casehub.web.security import work

FAR = datetime.max.replace(tzinfo=UTC)  # sorts what has no deadline; never shown
bp = Blueprint("cases", __name__, url_prefix="/sager")


@bp.get("")
def show_list() -> str:
    """The cases one is part of."""
    with work() as ctx:
        return render_template("cases.html", cases=list_cases(ctx))


@bp.get("/<uuid:case_id>")
def show(case_id: UUID) -> str:
    """One case: what to do now, the action card, the citizen, notes and disclosures."""
    with work() as ctx:
        case = read_case(ctx, case_id=case_id)
    return render_template(
        "case.html",
        case=case,
        mine=_mine(case),
        late=sum(step.overdue for step in case.steps),
        outcomes=OUTCOMES,
        waiting_for=_waiting_for(case),
    )


@bp.post("/<uuid:case_id>/vagttelefon")
def note_answer(case_id: UUID) -> Response:
    """A unit's duty phone was answered."""
    try:
        with work() as ctx:
            acute.note_answer(ctx, case_id=case_id, unit_id=typed("unit"))
        flash("Det er noteret, at vagten svarede.")
    except Conflict as problem:
        flash(problem.message)
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _mine(case: CaseView) -> list[StepView]:
    """What the reader can do now: by deadline, undated last, the optional after the required."""
    steps = [step for step in case.steps if step.can_complete]
    return sorted(steps, key=lambda step: (step.optional, step.due_at is None, step.due_at or FAR))


def _waiting_for(case: CaseView) -> list[str]:
    """Who the case waits for: those with a required step that is ready."""
    ready = (step.responsible for step in case.steps if step.state == "ready" and not step.optional)
    return list(dict.fromkeys(ready))
