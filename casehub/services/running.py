"""Between rows and the card engine: a case's rows become a `Run`; a changed `Run` becomes rows again.

The engine says what can be done and when it is due; this room only carries. Called by the use cases that change a case.
"""

from dataclasses import dataclass
from uuid import UUID

from casehub.access.rows import CaseRows
from casehub.access.writing import Writing
from casehub.definitions.cards import EACH, Card
from casehub.definitions.cards import Step as CardStep
from casehub.definitions.overdue import Overdue
from casehub.model import Case, CaseEvent, Participant, Step, new_id
from casehub.services.context import Context
from casehub.workflow.calendar import Calendar
from casehub.workflow.engine import Event, Party, Run, StepRun, StepStatus
from casehub.workflow.notices import NoticeKind, reminder_at

COORDINATOR = "coordinator"
REFERRER = "referrer"


@dataclass(frozen=True, slots=True)
class Running:
    """A case's card under way, with the calendar it counts by."""

    run: Run
    calendar: Calendar

    @property
    def card(self) -> Card:
        """The card version."""
        return self.run.card

    def step_of(self, row: Step) -> CardStep:
        """The card's step a row is of."""
        return self.card.step(row.key)


def load_running(ctx: Context, rows: CaseRows) -> Running:
    """The run of a case as its rows have it."""
    card = ctx.catalogue.card(ctx.session, rows.case)
    return Running(_run(ctx, card, rows), ctx.catalogue.calendar(ctx.session, rows.case))


def _run(ctx: Context, card: Card, rows: CaseRows) -> Run:
    kind = ctx.catalogue.authority_kind
    events = sorted(rows.events, key=lambda event: event.id)
    joined = [event.party for event in events if event.name == "parties.joined" and event.party]
    return Run(
        card=card,
        acute=rows.case.acute,
        roles=roles_of(rows.case),
        parties=tuple(Party(party, kind(party)) for party in dict.fromkeys(joined)),
        events=tuple(Event(event.name, event.at, event.party) for event in events),
        steps=tuple(
            StepRun(
                key=row.key,
                party=row.party,
                responsible=row.responsible_authority,
                status=StepStatus(row.state),
                ready_at=row.ready_at,
                due_at=row.due_at,
                done_at=row.done_at,
                outcome=row.outcome,
                round=row.round or 1,
                target_at=row.target_at,
                moved_to=row.moved_to,
                suspended_until=row.suspended_until,
                handed_to=row.handed_to,
            )
            for row in rows.steps
        ),
    )


def roles_of(case: Case) -> dict[str, str]:
    """Who is referrer, coordinator and (once appointed) responsible."""
    roles = {REFERRER: case.referring_authority, COORDINATOR: case.coordinating_authority}
    if case.responsible_authority:
        roles["responsible"] = case.responsible_authority
    return roles


def own_parties(ctx: Context, case: Case, card: Card) -> tuple[Party, ...]:
    """The authorities that are parties as soon as the case opens: who referred it, and the tovholder's.

    None where a step is every party's: it must not be over before the parties have been chosen.
    """
    if any(step.party == EACH and not step.each_of for step in card.steps):
        return ()
    authorities = dict.fromkeys((case.referring_authority, case.coordinating_authority))
    return tuple(Party(authority, ctx.catalogue.authority_kind(authority)) for authority in authorities)


def save_run(
    writing: Writing,
    *,
    case: Case,
    before: Run | None,
    after: Run,
    steps: tuple[Step, ...],
    participants: tuple[Participant, ...],
    calendar: Calendar,
    reason: UUID | None = None,
) -> dict[tuple[str, str | None, int], Step]:
    """Write what changed between two runs: new events, new and changed steps. The steps by what tells them apart.

    `reason`: the sealed item that says why, named by the first new event.
    """
    known = len(before.events) if before else 0
    for event in after.events[known:]:
        writing.add(_event_row(writing, case, event, reason))
        reason = None
    rows = {(row.key, row.party, row.round or 1): row for row in steps}
    for part in after.steps:
        row = rows.get(part.identity)
        if row is None:
            row = Step(id=new_id(), case_id=case.id, key=part.key, party=part.party)
            row.round = part.round if part.round > 1 else None
            rows[part.identity] = row
            _carry(row, part, case, participants, after.card)
            _watch(row, after.card.overdue_of(after.card.step(part.key), acute=case.acute), calendar)
            writing.add(row)
            continue
        due_at, ready_at = row.due_at, row.ready_at
        _carry(row, part, case, participants, after.card)
        if row.due_at != due_at or (row.ready_at != ready_at and row.overdue_at is None):
            _watch(row, after.card.overdue_of(after.card.step(part.key), acute=case.acute), calendar)
    return rows


def _event_row(writing: Writing, case: Case, event: Event, reason: UUID | None) -> CaseEvent:
    return CaseEvent(
        id=new_id(),
        case_id=case.id,
        name=event.name,
        party=event.party,
        at=event.at,
        recorded_at=writing.now,
        by_staff=writing.actor.staff_id,
        by_authority=writing.actor.authority,
        reason_item=reason,
    )


def _carry(row: Step, part: StepRun, case: Case, participants: tuple[Participant, ...], card: Card) -> None:
    _set(row, "state", part.status.value)
    _set(row, "responsible_authority", part.responsible)
    _set(row, "responsible_unit", _unit(part, case, participants, card))
    _set(row, "ready_at", part.ready_at)
    _set(row, "target_at", part.target_at)
    _set(row, "due_at", part.due_at)
    _set(row, "moved_to", part.moved_to)
    _set(row, "suspended_until", part.suspended_until)
    _set(row, "handed_to", part.handed_to)
    _set(row, "done_at", part.done_at)
    _set(row, "outcome", part.outcome)


def _watch(row: Step, rule: Overdue, calendar: Calendar) -> None:
    """Watch a deadline that was set or moved, or whose step was given to someone: what was told was told of what was before."""
    remind_at = reminder_at(rule, due_at=row.due_at, ready_at=row.ready_at, calendar=calendar)
    _set(row, "overdue_at", None)
    _set(row, "next_notice", NoticeKind.REMINDER.value if remind_at else None)
    _set(row, "next_notice_at", remind_at)


def _set(row: Step, name: str, value: object) -> None:
    if getattr(row, name) != value:
        setattr(row, name, value)


def _unit(part: StepRun, case: Case, participants: tuple[Participant, ...], card: Card) -> str | None:
    """The unit whose contacts have the task: the tovholder's or the referrer's own, else the one taking part."""
    if part.responsible is None:
        return None
    party = card.step(part.key).party if part.handed_to is None else None
    if party == COORDINATOR:
        return case.coordinating_unit
    if party == REFERRER or part.responsible == case.referring_authority:
        return case.referring_unit
    units = [row.unit_id for row in participants if row.authority_id == part.responsible]
    ordinary = [unit for unit in units if unit != case.coordinating_unit]
    return next(iter([*ordinary, *units]), None)
