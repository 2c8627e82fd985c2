"""What people change about one step of a running card: it cannot be done, its deadline is moved, it is done over, added, given to others.

The card says what can be changed, the engine whether it can be now, Cedar who may. Each change has a reason, sealed for the own
authority, and is one event of the case that everybody in it sees.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Role
from casehub.access.gate import Reading
from casehub.access.resources import StepResource
from casehub.access.rows import CaseRows, ItemRows, step_resource
from casehub.access.writing import Writing
from casehub.audit import Event as LogEvent
from casehub.audit import ObjectRef
from casehub.definitions.cards import DeadlineUnit, StepKind
from casehub.model import Assignment, CaseEvent, Staff, Step, new_id
from casehub.services.case_view import step_views
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict, FormRefused
from casehub.services.evidence import LONGEST_TEXT
from casehub.services.running import Running, load_running, save_run
from casehub.services.views import Choice, StepChangeForm, StepChangeLine
from casehub.services.wording import change_text
from casehub.workflow.adjusting import add, extend, hand_over, reopen, repeat, suspend
from casehub.workflow.calendar import end_of_day
from casehub.workflow.engine import Run, StepRefused, mark_impossible

REASON = "reason"
_CHANGED = "Trinnet er ændret, siden du åbnede det. Det, du skrev, står her endnu. Se, hvad der er sket, og prøv igen."
_ERASED = "En af parterne har slettet sin del af sagen, så den kan ikke genåbnes. Opret en ny henvendelse."
_TAKEN_UP = "Henvendelsen er taget op. Skal sagen slutte, så luk den."
# of an event of the log: what was done to the step is the part before its key
KINDS = ("impossible", "extend", "suspend", "reopen", "repeat", "add", "hand", "assign")


@dataclass(frozen=True, slots=True)
class Change:
    """A step being changed: its row, the run it is part of, and what is wrong with the form so far."""

    ctx: Context
    writing: Writing
    running: Running
    row: Step
    check: Checking

    def until(self, field: str, text: str) -> datetime | None:
        """A typed time: a moment where the deadline is counted in hours, else the end of a day."""
        if _in_hours(self.running, self.row):
            return self.check.moment(field, text)
        day = self.check.day(field, text)
        return end_of_day(day) if day else None

    def make(self, reason: str, act: Callable[[Run], Run]) -> Run:
        """Seal the reason, let the engine act, and write what follows. FormRefused with all that is wrong."""
        why = self._sealed(reason)
        try:
            after = act(self.running.run)
        except StepRefused as refused:
            raise FormRefused({"_step": " ".join(refused.reasons)}) from refused
        self._save(after, why)
        return after

    def note(self, reason: str, name: str) -> None:
        """Seal the reason of what the engine does not know of, as an event of the case."""
        event = CaseEvent(
            id=new_id(),
            case_id=self.row.case_id,
            name=f"{name}.{self.row.key}",
            party=self.row.party,
            at=self.ctx.now,
            recorded_at=self.ctx.now,
            by_staff=self.ctx.actor.staff_id,
            by_authority=self.ctx.actor.authority,
            reason_item=self._sealed(reason),
        )
        self.writing.add(event)

    def _sealed(self, reason: str) -> UUID:
        text = self.check.text(REASON, reason, longest=LONGEST_TEXT)
        self.check.done()
        content = {"step": self.row.key, "text": text}
        return self.writing.seal(case=self.writing.case.case, kind="change", content=content).item.id

    def _save(self, after: Run, why: UUID) -> None:
        save_run(
            self.writing,
            case=self.writing.case.case,
            before=self.running.run,
            after=after,
            steps=self.writing.case.steps,
            participants=self.writing.case.participants,
            calendar=self.running.calendar,
            reason=why,
        )


def read_step_changes(ctx: Context, *, case_id: UUID, step_id: UUID) -> StepChangeForm:
    """What the reader can change about a step, and what was changed, with the reasons they may open. NotFound."""
    reading = ctx.gate.read_case(
        case_id=case_id,
        event=LogEvent.STEP_READ,
        wanted=lambda rows: _reasons(rows, step_id),
        there=lambda rows: any(row.id == step_id for row in rows.steps),
    )
    running = load_running(ctx, reading.rows)
    row = next(row for row in reading.rows.steps if row.id == step_id)
    view = next(view for view in step_views(ctx, reading, running) if view.id == step_id)
    return StepChangeForm(
        case_id=case_id,
        case_number=reading.rows.case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        step=view,
        acts=_acts(ctx, reading, running, row),
        in_hours=_in_hours(running, row),
        authorities=_others(ctx, reading.rows, row),
        colleagues=_colleagues(ctx, reading.rows),
        history=tuple(_line(ctx, reading, event) for event in _events(reading.rows, row)),
    )


def mark_step_impossible(ctx: Context, *, case_id: UUID, step_id: UUID, version: int, reason: str) -> None:
    """Record that a step cannot be done. FormRefused, Conflict, NotFound; so for all of these."""
    event = LogEvent.STEP_MARKED_IMPOSSIBLE
    with _change(ctx, Action.STEP_MARK_IMPOSSIBLE, event, case_id, step_id, version) as change:
        row, calendar = change.row, change.running.calendar
        change.make(
            reason,
            lambda run: mark_impossible(run, key=row.key, party=row.party, at=ctx.now, calendar=calendar),
        )
        row.done_by = ctx.actor.staff_id


def extend_step(ctx: Context, *, case_id: UUID, step_id: UUID, version: int, to: str, reason: str) -> None:
    """Move a deadline to a later day (or time, if it is counted in hours)."""
    with _change(ctx, Action.STEP_EXTEND, LogEvent.STEP_EXTENDED, case_id, step_id, version) as change:
        row, calendar, until = change.row, change.running.calendar, change.until("to", to)
        change.make(
            reason,
            lambda run: extend(
                run, key=row.key, party=row.party, to=until or ctx.now, at=ctx.now, calendar=calendar
            ),
        )


def suspend_step(
    ctx: Context, *, case_id: UUID, step_id: UUID, version: int, until: str, reason: str
) -> None:
    """Let a deadline rest until a day (or time); it is moved by as long."""
    with _change(ctx, Action.STEP_SUSPEND, LogEvent.STEP_SUSPENDED, case_id, step_id, version) as change:
        row, calendar, to = change.row, change.running.calendar, change.until("until", until)
        change.make(
            reason,
            lambda run: suspend(
                run, key=row.key, party=row.party, until=to or ctx.now, at=ctx.now, calendar=calendar
            ),
        )


def repeat_step(ctx: Context, *, case_id: UUID, step_id: UUID, version: int, reason: str) -> None:
    """Begin the next round of a step that was done."""
    with _change(ctx, Action.STEP_REPEAT, LogEvent.STEP_REPEATED, case_id, step_id, version) as change:
        row, calendar = change.row, change.running.calendar
        change.make(
            reason, lambda run: repeat(run, key=row.key, party=row.party, at=ctx.now, calendar=calendar)
        )


def reopen_step(ctx: Context, *, case_id: UUID, step_id: UUID, version: int, reason: str) -> None:
    """Do a settled step over. Reopening what ended the case opens the case again, and takes its deletion date away."""
    with _change(ctx, Action.STEP_REOPEN, LogEvent.STEP_REOPENED, case_id, step_id, version) as change:
        row, calendar, case = change.row, change.running.calendar, change.writing.case.case
        effect = change.running.step_of(row).effect
        if effect == "triage" and case.state not in {"rejected", "redirected"}:
            change.check.wrong("_step", _TAKEN_UP)
        ended = case.closed_at is not None
        if ended and any(event.name == "case.erased" for event in change.writing.case.events):
            change.check.wrong("_step", _ERASED)
        change.make(
            reason, lambda run: reopen(run, key=row.key, party=row.party, at=ctx.now, calendar=calendar)
        )
        if ended:
            case.state = "referred" if effect == "triage" else "open"
            case.closed_at = case.deletion_on = None


def add_step(ctx: Context, *, case_id: UUID, step_id: UUID, version: int, reason: str) -> None:
    """Add a discretionary step to the case."""
    with _change(ctx, Action.STEP_ADD, LogEvent.STEP_ADDED, case_id, step_id, version) as change:
        row, calendar = change.row, change.running.calendar
        change.make(reason, lambda run: add(run, key=row.key, at=ctx.now, calendar=calendar))


def hand_step_over(
    ctx: Context, *, case_id: UUID, step_id: UUID, version: int, authority: str, reason: str
) -> None:
    """Another participating authority takes a step over."""
    with _change(ctx, Action.STEP_HAND_OVER, LogEvent.STEP_HANDED_OVER, case_id, step_id, version) as change:
        row, calendar = change.row, change.running.calendar
        others = {choice.value for choice in _others(ctx, change.writing.case, row)}
        to = change.check.choice("authority", authority, others, "Vælg en af de andre myndigheder i sagen.")
        change.make(
            reason,
            lambda run: hand_over(run, key=row.key, party=row.party, to=to, at=ctx.now, calendar=calendar),
        )
        row.assigned_to = None


def assign_step(
    ctx: Context, *, case_id: UUID, step_id: UUID, version: int, staff_id: str, reason: str
) -> None:
    """A leader gives a step to one of the own authority's people, who can work on the case from then on."""
    with _change(ctx, Action.STEP_ASSIGN, LogEvent.STEP_ASSIGNED, case_id, step_id, version) as change:
        row, case = change.row, change.writing.case
        known = {choice.value for choice in _colleagues(ctx, case)}
        change.check.choice("staff", staff_id, known, "Vælg en af jeres medarbejdere.")
        if row.state not in {"waiting", "ready"}:
            change.check.wrong("_step", "Trinnet er afsluttet.")
        change.note(reason, "assign")
        row.assigned_to = UUID(staff_id)
        if all(given.staff_id != row.assigned_to for given in case.assignments):
            change.writing.add(
                Assignment(
                    id=new_id(),
                    case_id=case_id,
                    authority_id=ctx.actor.authority,
                    staff_id=row.assigned_to,
                    since=ctx.now,
                )
            )


@contextmanager
def _change(  # noqa: PLR0917 (what is done, to what, and as the form knew it)
    ctx: Context, action: Action, event: LogEvent, case_id: UUID, step_id: UUID, version: int
) -> Iterator[Change]:
    """One change of one step, in its latest round and as the form knew it. Conflict if someone was faster."""
    with ctx.gate.write_case(
        action=action, case_id=case_id, event=event, on=lambda rows: _resource(ctx, rows, step_id)
    ) as writing:
        rows = writing.case
        row = next(row for row in rows.steps if row.id == step_id)
        latest = [other for other in rows.steps if (other.key, other.party) == (row.key, row.party)][-1]
        if row.version != version or row is not latest:
            raise Conflict(_CHANGED)
        writing.objects.append(ObjectRef("step", str(row.id), case_id))
        yield Change(ctx, writing, load_running(ctx, rows), row, Checking())


def _resource(ctx: Context, rows: CaseRows, step_id: UUID) -> StepResource | None:
    row = next((row for row in rows.steps if row.id == step_id), None)
    if row is None:
        return None
    return step_resource(rows.resource(), row, ctx.catalogue.card(ctx.session, rows.case).step(row.key))


def _in_hours(running: Running, row: Step) -> bool:
    deadline = running.step_of(row).deadline_in(acute=running.run.acute)
    return deadline is not None and deadline.unit is DeadlineUnit.HOURS


def _acts(ctx: Context, reading: Reading, running: Running, row: Step) -> tuple[str, ...]:
    """The changes that make sense for the step as it stands, and that the reader may make."""
    step, is_open = running.step_of(row), row.state in {"waiting", "ready"}
    latest = running.run.part(row.key, row.party).round == (row.round or 1)
    added = any(event.name == f"add.{row.key}" for event in reading.rows.events)
    works = step.kind is not StepKind.MILESTONE and (not step.discretionary or added)
    sensible = {
        Action.STEP_ADD: step.discretionary and not added,
        Action.STEP_EXTEND: is_open and bool(step.may_extend) and row.due_at is not None,
        Action.STEP_SUSPEND: is_open and bool(step.may_suspend) and row.due_at is not None,
        Action.STEP_ASSIGN: is_open and works,
        Action.STEP_HAND_OVER: is_open and works and step.transferable,
        Action.STEP_MARK_IMPOSSIBLE: is_open and works and step.can_be_impossible,
        Action.STEP_REPEAT: row.state == "done" and step.repeat_limit > 1,
        Action.STEP_REOPEN: not is_open and step.can_be_done_again,
    }
    resource = step_resource(reading.resource, row, step)
    return tuple(
        action.value.removeprefix("step:")
        for action, makes_sense in sensible.items()
        if latest and makes_sense and ctx.gate.may(action, resource)
    )


def _others(ctx: Context, rows: CaseRows, row: Step) -> tuple[Choice, ...]:
    authorities = dict.fromkeys(part.authority_id for part in rows.participants)
    return tuple(
        Choice(authority, ctx.catalogue.authority_name(authority))
        for authority in authorities
        if authority != row.responsible_authority
    )


def _colleagues(ctx: Context, rows: CaseRows) -> tuple[Choice, ...]:
    """The own authority's staff that are not barred from the case."""
    own = select(Staff).where(
        Staff.id.not_in(rows.barred),
        Staff.authority_id == ctx.actor.authority,
        Staff.role == Role.STAFF.value,
        Staff.retired_at.is_(None),
    )
    people = ctx.session.scalars(own.order_by(Staff.name))
    return tuple(Choice(str(person.id), f"{person.name}, {person.title}") for person in people)


def _events(rows: CaseRows, row: Step) -> list[CaseEvent]:
    """What was changed about the step, newest first."""
    names = {f"{kind}.{row.key}" for kind in KINDS}
    found = [event for event in rows.events if event.name in names and event.party in {row.party, None}]
    return sorted(found, key=lambda event: event.id, reverse=True)


def _reasons(rows: CaseRows, step_id: UUID) -> tuple[ItemRows, ...]:
    row = next(row for row in rows.steps if row.id == step_id)
    wanted = {event.reason_item for event in _events(rows, row)}
    return tuple(item for item in rows.items if item.item.id in wanted)


def _line(ctx: Context, reading: Reading, event: CaseEvent) -> StepChangeLine:
    staff = reading.rows.people.get(event.by_staff) if event.by_staff else None
    content = reading.content.get(event.reason_item) if event.reason_item else None
    return StepChangeLine(
        what=change_text(event.name.partition(".")[0]),
        at=event.at,
        by=", ".join([*([staff.name] if staff else []), ctx.catalogue.authority_name(event.by_authority)]),
        reason=content["text"] if content else None,
    )
