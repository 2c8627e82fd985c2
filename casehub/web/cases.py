"""Sager: the list of one's own cases, and the case page."""

from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, render_template

from casehub.services.cases import list_cases, read_case
from casehub.services.tasks_given import OUTCOMES
from casehub.services.views import CaseView, StepView
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


def _mine(case: CaseView) -> list[StepView]:
    """What the reader can do now: by deadline, undated last, the optional after the required."""
    steps = [step for step in case.steps if step.can_complete]
    return sorted(steps, key=lambda step: (step.optional, step.due_at is None, step.due_at or FAR))


def _waiting_for(case: CaseView) -> list[str]:
    """Who the case waits for: those with a required step that is ready."""
    ready = (step.responsible for step in case.steps if step.state == "ready" and not step.optional)
    return list(dict.fromkeys(ready))
