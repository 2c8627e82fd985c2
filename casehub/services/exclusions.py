"""Barring named staff from a case, for kinship or another conflict, and lifting it; without their learning that it exists.

From then on nothing tells them of the case: policies refuse them everything in it as if it were not there, and they are not
told, called or invited. Why is sealed for the authority of who set it. What they read before stays in the log.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Role
from casehub.access.gate import Reading
from casehub.access.resources import ExclusionResource
from casehub.access.rows import CaseRows, ItemRows
from casehub.audit import Event, ObjectRef
from casehub.model import Exclusion, Staff, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.duties import in_force
from casehub.services.errors import Conflict
from casehub.services.views import Choice

LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class ExclusionLine:
    """Someone who is or was barred. `reason`: None where it was written by another authority. `lifted_at`: None while it stands."""

    id: UUID
    name: str
    title: str
    authority: str
    reason: str | None
    set_by: str
    set_at: datetime
    lifted_at: datetime | None
    may_lift: bool


@dataclass(frozen=True, slots=True)
class ExclusionPage:
    """Who is barred from a case, and whom one can bar. `alone`: by staff id, the units that would have nobody left in the case."""

    case_id: UUID
    case_number: str
    own_authority: str
    lines: tuple[ExclusionLine, ...]
    choices: tuple[Choice, ...]
    alone: dict[str, tuple[str, ...]]


def read_exclusions(ctx: Context, *, case_id: UUID) -> ExclusionPage:
    """Who is barred from the case and why; opens the reasons alone. NotFound for all but tovholdere and leaders."""
    reading = ctx.gate.read_case(
        case_id=case_id, event=Event.CASE_READ, action=Action.CASE_EXCLUDE, wanted=_reasons
    )
    rows = reading.rows
    people = _people(ctx, [row.staff_id for row in rows.exclusions] + [row.set_by for row in rows.exclusions])
    choices = _choices(ctx, rows)
    return ExclusionPage(
        case_id=case_id,
        case_number=rows.case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        lines=tuple(
            _line(ctx, reading, row, people)
            for row in sorted(rows.exclusions, key=lambda row: (row.lifted_at is not None, row.set_at))
        ),
        choices=choices,
        alone={choice.value: _left_alone(ctx, rows, UUID(choice.value)) for choice in choices},
    )


def exclude(ctx: Context, *, case_id: UUID, staff: str, reason: str) -> None:
    """Bar a member of staff from the case. Steps that were theirs are given back. FormRefused, NotFound."""
    person = _person(ctx, staff)
    with ctx.gate.write_case(
        action=Action.CASE_EXCLUDE,
        case_id=case_id,
        event=Event.EXCLUSION_SET,
        on=lambda rows: _resource(rows, person) if person else rows.resource(),
    ) as writing:
        rows = writing.case
        check = Checking()
        known = {choice.value for choice in _choices(ctx, rows)}
        check.choice("staff", staff, known, "Vælg en medarbejder, der ikke er udelukket i forvejen.")
        written = check.text("reason", reason, longest=LONGEST_REASON)
        check.done()
        if person is None:
            raise LookupError("checked, and not there")
        sealed = writing.seal(case=rows.case, kind="exclusion", content={"text": written})
        writing.add(
            Exclusion(
                id=new_id(),
                case_id=case_id,
                staff_id=person.id,
                staff_authority=person.authority_id,
                authority_id=ctx.actor.authority,
                reason_item=sealed.item.id,
                set_by=ctx.actor.staff_id,
                set_at=ctx.now,
            )
        )
        for step in rows.steps:
            if step.assigned_to == person.id and step.state in {"waiting", "ready"}:
                step.assigned_to = None
        writing.objects.append(ObjectRef("staff", str(person.id), case_id, person.authority_id))


def lift_exclusion(ctx: Context, *, case_id: UUID, exclusion_id: UUID) -> None:
    """Let someone in again who was barred. Conflict if it was lifted meanwhile; NotFound."""

    def barred(rows: CaseRows) -> ExclusionResource | None:
        row = _row(rows, exclusion_id)
        person = ctx.session.get(Staff, row.staff_id) if row else None
        return _resource(rows, person) if person else None

    with ctx.gate.write_case(
        action=Action.CASE_EXCLUDE, case_id=case_id, event=Event.EXCLUSION_LIFTED, on=barred
    ) as writing:
        row = _row(writing.case, exclusion_id)
        if row is None:
            raise LookupError("decided about, and not there")
        if row.lifted_at is not None:
            raise Conflict("Udelukkelsen er allerede ophævet.")
        row.lifted_by, row.lifted_at = ctx.actor.staff_id, ctx.now
        writing.objects.append(ObjectRef("staff", str(row.staff_id), case_id, row.staff_authority))


def _resource(rows: CaseRows, person: Staff) -> ExclusionResource:
    return ExclusionResource(person.id, rows.resource(), person.id, person.authority_id)


def _row(rows: CaseRows, exclusion_id: UUID) -> Exclusion | None:
    return next((row for row in rows.exclusions if row.id == exclusion_id), None)


def _reasons(rows: CaseRows) -> tuple[ItemRows, ...]:
    return tuple(item for item in rows.items if item.item.kind == "exclusion")


def _choices(ctx: Context, rows: CaseRows) -> tuple[Choice, ...]:
    """Whom the actor may bar: staff of the own authority, and contacts of the others; not who is barred already."""
    own = select(Staff).where(
        Staff.role == Role.STAFF.value,
        Staff.retired_at.is_(None),
        Staff.id.not_in(rows.barred),
        (Staff.authority_id == ctx.actor.authority)
        | Staff.id.in_({duty.staff_id for duty in rows.duties if in_force(duty, ctx.today)}),
    )
    people = ctx.session.scalars(own.order_by(Staff.authority_id != ctx.actor.authority, Staff.name)).all()
    resources = [_resource(rows, person) for person in people]
    decisions = ctx.gate.policies.decide_each(ctx.actor, Action.CASE_EXCLUDE, resources)
    return tuple(
        Choice(str(person.id), f"{person.name}, {person.title}, {ctx.catalogue.unit_name(person.unit_id)}")
        for person, decision in zip(people, decisions, strict=True)
        if decision.allowed
    )


def _left_alone(ctx: Context, rows: CaseRows, staff_id: UUID) -> tuple[str, ...]:
    """The participating units in which nobody else has a duty today that lets them see the case."""
    held: dict[str, set[UUID]] = {}
    for duty in rows.duties:
        if in_force(duty, ctx.today) and duty.staff_id not in rows.barred:
            held.setdefault(duty.unit_id, set()).add(duty.staff_id)
    return tuple(ctx.catalogue.unit_name(unit) for unit, people in held.items() if people == {staff_id})


def _line(ctx: Context, reading: Reading, row: Exclusion, people: dict[UUID, Staff]) -> ExclusionLine:
    person, content = people[row.staff_id], reading.content.get(row.reason_item)
    return ExclusionLine(
        id=row.id,
        name=person.name,
        title=person.title,
        authority=ctx.catalogue.authority_name(row.staff_authority),
        reason=content["text"] if content else None,
        set_by=f"{people[row.set_by].name}, {ctx.catalogue.authority_name(row.authority_id)}",
        set_at=row.set_at,
        lifted_at=row.lifted_at,
        may_lift=row.lifted_at is None and ctx.gate.may(Action.CASE_EXCLUDE, _resource(reading.rows, person)),
    )


def _people(ctx: Context, ids: list[UUID]) -> dict[UUID, Staff]:
    return {row.id: row for row in ctx.session.scalars(select(Staff).where(Staff.id.in_(ids)))}


def _person(ctx: Context, typed: str) -> Staff | None:
    try:
        return ctx.session.get(Staff, UUID(typed))
    except ValueError:
        return None
