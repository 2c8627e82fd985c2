"""Somebody leaves: their duties, their steps and the contacts they keep go to a named colleague, or are known to stand open.

Done by the authority's administrator, who sees how much there is and none of the cases. From the next request on they are nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from casehub.access.actions import Action
from casehub.access.actor import Function, Role
from casehub.access.resources import EmployeeResource
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.model import Assignment, Case, ContactDuty, Staff, Step, new_id
from casehub.services.checking import Checking
from casehub.services.contacts import FUNCTIONS
from casehub.services.context import Context
from casehub.services.duties import in_force
from casehub.services.errors import Conflict, NotFound
from casehub.services.posts import network_name
from casehub.services.views import Choice

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RetirementView:
    """Who leaves, and what they leave: duties in words, how many steps are theirs to do, whether they keep the contacts."""

    name: str
    retired: bool
    duties: tuple[str, ...]
    steps: int
    keeps_contacts: bool
    colleagues: tuple[Choice, ...]

    @property
    def leaves_something(self) -> bool:
        """Whether anything would stand open without a successor."""
        return bool(self.duties or self.steps or self.keeps_contacts)


def read_retirement(ctx: Context, *, staff_id: UUID) -> RetirementView:
    """What somebody leaves, and to whom it can go. NotFound for all but the authority's other administrators."""
    person, employee = _person(ctx, staff_id)
    ctx.gate.require(action=Action.STAFF_RETIRE, event=Event.STAFF_RETIRED, on=employee)
    ctx.gate.visit(action=Action.ADMINISTRATION_READ, event=Event.ADMINISTRATION_READ)
    if person is None:
        raise NotFound
    return RetirementView(
        name=person.name,
        retired=person.retired_at is not None,
        duties=tuple(
            f"{FUNCTIONS[Function(duty.function)]} i {network_name(ctx, duty.network)}, {ctx.catalogue.unit_name(duty.unit_id)}"
            for duty in _duties(ctx, staff_id)
        ),
        steps=len(_steps(ctx, staff_id)),
        keeps_contacts=person.keeps_contacts_since is not None,
        colleagues=_colleagues(ctx, staff_id),
    )


def retire_staff(ctx: Context, *, staff_id: UUID, successor: str, despite_gap: bool) -> None:
    """Retire somebody; `successor` (a staff id, or "") takes over. FormRefused, Conflict, NotFound.

    Without a successor what they have stands open, which is refused until `despite_gap` says that it is meant.
    """
    person, employee = _person(ctx, staff_id)
    with ctx.gate.create(action=Action.STAFF_RETIRE, event=Event.STAFF_RETIRED, on=employee) as writing:
        if person is None:
            raise NotFound
        ctx.session.refresh(person, with_for_update=True)
        if person.retired_at is not None:
            raise Conflict("Medarbejderen er allerede fratrådt.")
        duties, steps = _duties(ctx, staff_id), _steps(ctx, staff_id, lock=True)
        heir = _heir(
            ctx, staff_id, successor, despite_gap or not (duties or steps or person.keeps_contacts_since)
        )
        person.retired_at = ctx.now
        writing.add(person)
        writing.objects.append(ObjectRef("staff", str(staff_id), None, ctx.actor.authority))
        if heir:
            writing.objects.append(ObjectRef("staff", str(heir.id), None, ctx.actor.authority))
        for duty in duties:
            _pass_on(ctx, writing, duty, heir)
        for step in steps:
            _reassign(ctx, writing, step, heir)
        if heir and person.keeps_contacts_since and not heir.keeps_contacts_since:
            heir.keeps_contacts_since = ctx.now
            writing.add(heir)


def keep_contacts(ctx: Context, *, staff_id: UUID, keeps: bool) -> None:
    """Say whether somebody keeps the authority's contacts. NotFound for all but its administrators."""
    person, employee = _person(ctx, staff_id)
    with ctx.gate.create(action=Action.STAFF_APPOINT, event=Event.STAFF_APPOINTED, on=employee) as writing:
        if person is None or person.retired_at is not None or person.role != Role.STAFF.value:
            raise NotFound
        person.keeps_contacts_since = ctx.now if keeps else None
        writing.add(person)
        writing.objects.append(ObjectRef("staff", str(staff_id), None, ctx.actor.authority))
        writing.detail["keeps_contacts"] = "yes" if keeps else "no"


def _person(ctx: Context, staff_id: UUID) -> tuple[Staff | None, EmployeeResource]:
    person = ctx.session.get(Staff, staff_id)
    return person, EmployeeResource(staff_id, person.authority_id if person else "")


def _duties(ctx: Context, staff_id: UUID) -> Sequence[ContactDuty]:
    """Their duties of today and to come."""
    living = or_(ContactDuty.valid_to.is_(None), ContactDuty.valid_to >= ctx.today)
    wanted = select(ContactDuty).where(ContactDuty.staff_id == staff_id, living)
    return ctx.session.scalars(wanted.order_by(ContactDuty.network, ContactDuty.unit_id)).unique().all()


def _steps(ctx: Context, staff_id: UUID, *, lock: bool = False) -> Sequence[Step]:
    """Steps of running cases that were given to them and are not done."""
    wanted = (
        select(Step)
        .join(Case, Case.id == Step.case_id)
        .where(
            Step.assigned_to == staff_id,
            Step.state.in_(["waiting", "ready"]),
            Case.state.in_(["referred", "open"]),
        )
        .order_by(Step.id)
    )
    return ctx.session.scalars(wanted.with_for_update(of=Step) if lock else wanted).all()


def _colleagues(ctx: Context, staff_id: UUID) -> tuple[Choice, ...]:
    own = select(Staff).where(
        Staff.authority_id == ctx.actor.authority,
        Staff.role == Role.STAFF.value,
        Staff.retired_at.is_(None),
        Staff.id != staff_id,
    )
    rows = ctx.session.scalars(own.order_by(Staff.name))
    return tuple(
        Choice(str(row.id), f"{row.name}, {row.title}, {ctx.catalogue.unit_name(row.unit_id)}")
        for row in rows
    )


def _heir(ctx: Context, staff_id: UUID, successor: str, nobody_will_do: bool) -> Staff | None:
    check = Checking()
    if successor:
        known = {choice.value for choice in _colleagues(ctx, staff_id)}
        check.choice("successor", successor, known, "Vælg en af jeres medarbejdere.")
    elif not nobody_will_do:
        told = "Vælg, hvem der tager over. Eller sæt et flueben, hvis opgaverne skal stå åbne."
        check.wrong("successor", told)
    check.done()
    return ctx.session.get_one(Staff, UUID(successor)) if successor else None


def _pass_on(ctx: Context, writing: Writing, duty: ContactDuty, heir: Staff | None) -> None:
    """End a duty; the heir has it from the same moment, for as long, unless they have it already."""
    first, last = max(ctx.today, duty.valid_from), duty.valid_to
    duty.valid_to = first - DAY
    changed = [duty]
    if heir is not None and (given := _given(ctx, heir, duty, first)):
        given.valid_to = last
        changed.append(given)
    for row in changed:
        writing.add(row)
        writing.objects.append(ObjectRef("contact_duty", str(row.id), None, ctx.actor.authority))


def _given(ctx: Context, heir: Staff, duty: ContactDuty, first: date) -> ContactDuty | None:
    """The heir's duty from `first` on, to be written; None if they have it then."""
    post = {"network": duty.network, "unit_id": duty.unit_id, "function": duty.function}
    theirs = ctx.session.scalars(select(ContactDuty).filter_by(staff_id=heir.id, **post)).unique().all()
    if any(in_force(row, first) for row in theirs):
        return None
    taken_back = next((row for row in theirs if row.valid_from == first), None)
    return taken_back or ContactDuty(id=new_id(), staff_id=heir.id, valid_from=first, **post)


def _reassign(ctx: Context, writing: Writing, step: Step, heir: Staff | None) -> None:
    """The step is the heir's, who works on its case from now on; nobody's own, and so the unit's, without one."""
    step.assigned_to = heir.id if heir else None
    writing.add(step)
    writing.objects.append(ObjectRef("step", str(step.id), step.case_id, ctx.actor.authority))
    if heir is None:
        return
    there = select(Assignment.id).where(Assignment.case_id == step.case_id, Assignment.staff_id == heir.id)
    if ctx.session.scalar(there) is None:
        writing.add(
            Assignment(
                id=new_id(),
                case_id=step.case_id,
                authority_id=ctx.actor.authority,
                staff_id=heir.id,
                since=ctx.now,
            )
        )
