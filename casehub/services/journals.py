"""Export to the own authority's journal: all it holds of a case, what others gave it included (journaliseringspligten).

Taken by one who takes part in the case, as often as it is needed; each time is one entry that names every item. It is made
in memory, handed over, and kept nowhere here.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.rows import CaseRows, ItemRows
from casehub.audit import Event
from casehub.services.case_view import build_case_view
from casehub.services.context import Context
from casehub.services.held_case import HeldCase, held_case
from casehub.services.views import CaseView

SCOPE = (
    "Udskriften viser det, {authority} har i sagen: det, I selv har skrevet, og det, I har fået af andre. Det, som andre "
    "myndigheder har og ikke har videregivet til jer, er ikke med. Filer er nævnt og hentes for sig. Brudrapporter "
    "journaliseres for sig."
)
_STATES = {"waiting": "Venter", "ready": "Kan udføres", "done": "Udført", "not_needed": "Ikke nødvendigt"}


@dataclass(frozen=True, slots=True)
class JournalStep:
    """A step of the card and what was decided in it; what was written stands among the items. `outcome`: "" for none."""

    number: int
    title: str
    responsible: str
    state: str
    outcome: str
    due_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Journal:
    """What an authority holds of a case at the moment it was taken out. `safe_contact`: "" where none was given."""

    authority: str
    made_at: datetime
    made_by: str
    safe_contact: str
    scope: str
    responsible: str
    held: HeldCase
    steps: tuple[JournalStep, ...]


def export_journal(ctx: Context, *, case_id: UUID) -> Journal:
    """Take out all that the own authority holds of the case. NotFound."""
    reading = ctx.gate.read_case(
        case_id=case_id, event=Event.CASE_EXPORTED, action=Action.CASE_EXPORT, wanted=_journalled
    )
    case = build_case_view(ctx, reading)
    authority = ctx.catalogue.authority_name(ctx.actor.authority)
    return Journal(
        authority=authority,
        made_at=ctx.now,
        made_by=ctx.actor.name,
        safe_contact=(case.identity.reach.safe_contact or "") if case.identity else "",
        scope=SCOPE.format(authority=authority),
        responsible=case.responsible or "",
        held=held_case(ctx, reading, case, named=True),
        steps=_steps(case),
    )


def _journalled(rows: CaseRows) -> tuple[ItemRows, ...]:
    """All but breach reports, which are the authority's own handling and have a page of their own."""
    return tuple(found for found in rows.items if found.item.kind != "breach")


def _steps(case: CaseView) -> tuple[JournalStep, ...]:
    return tuple(
        JournalStep(
            number=step.number,
            title=step.title,
            responsible=step.responsible,
            state=_STATES.get(step.state, step.state),
            outcome=step.outcome_text or "",
            due_at=step.due_at,
            done_at=step.done_at,
        )
        for step in case.steps
    )
