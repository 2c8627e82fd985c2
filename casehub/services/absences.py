"""Who is away and when: noted by oneself or by the authority's coordinator of contacts. Why is nobody's business here.

While somebody is away they have no duties and reach no case, and their deputies stand in: from the next request on.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select

from casehub.access.actions import Action
from casehub.access.actor import Role
from casehub.access.resources import EmployeeResource
from casehub.audit import Event, ObjectRef
from casehub.model import Absence, ContactDuty, Staff, new_id
from casehub.services.cells import Cell
from casehub.services.checking import Checking
from casehub.services.contact_views import AbsenceLine, AbsencesView
from casehub.services.context import Context
from casehub.services.errors import Conflict, NotFound
from casehub.services.posts import cells_of, post_of
from casehub.services.views import Choice

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AbsenceInput:
    """The form as typed. `staff`: a staff id, oneself if it is left out; without `last_day` until further notice."""

    staff: str
    first_day: str
    last_day: str


def read_absences(ctx: Context) -> AbsencesView:
    """Who is away today or will be, as far as one notes it. NotFound for all but staff."""
    ctx.gate.visit(action=Action.CONTACTS_READ, event=Event.CONTACTS_READ)
    people = _people(ctx)
    found = ctx.session.scalars(
        select(Absence)
        .where(Absence.staff_id.in_(people), or_(Absence.last_day.is_(None), Absence.last_day >= ctx.today))
        .order_by(Absence.first_day, Absence.id)
    )
    return AbsencesView(
        lines=tuple(
            AbsenceLine(
                row.id, people[row.staff_id].name, row.first_day, row.last_day, row.first_day <= ctx.today
            )
            for row in found
            if row.last_day is None or row.last_day >= row.first_day
        ),
        staff=tuple(Choice(str(row.id), f"{row.name}, {row.title}") for row in people.values()),
        me=str(ctx.actor.staff_id),
        absent=ctx.actor.absent,
        today=ctx.today,
    )


def note_absence(ctx: Context, *, data: AbsenceInput) -> tuple[Cell, ...]:
    """Note when somebody is away; which of their posts nobody takes then. FormRefused, NotFound."""
    check = Checking()
    staff_id = _typed_id(data.staff) or ctx.actor.staff_id
    person = ctx.session.get(Staff, staff_id)
    employee = EmployeeResource(staff_id, person.authority_id if person else "") if staff_id else None
    with ctx.gate.create(action=Action.ABSENCE_WRITE, event=Event.ABSENCE_NOTED, on=employee) as writing:
        if person is None or person.retired_at is not None:
            raise NotFound
        first = check.day("first_day", data.first_day)
        last = check.day("last_day", data.last_day, required=False)
        if first and first < ctx.today:
            check.wrong("first_day", "Fraværet kan tidligst begynde i dag.")
        if first and last and last < first:
            check.wrong("last_day", "Den sidste dag ligger før den første.")
        ctx.session.execute(select(Staff.id).where(Staff.id == person.id).with_for_update(key_share=True))
        absences = ctx.session.scalars(select(Absence).where(Absence.staff_id == person.id)).all()
        if first and any(
            (row.last_day is None or row.last_day >= max(first, row.first_day))
            and (last is None or row.first_day <= last)
            for row in absences
        ):
            check.wrong("first_day", "Der er allerede noteret fravær i den periode. Afslut det først.")
        check.done()
        row = Absence(id=new_id(), staff_id=person.id, first_day=first, last_day=last)
        writing.add(row)
        _name(ctx, writing.objects, row)
    ctx.session.expire_all()
    return _left_alone(ctx, person.id) if first and first <= ctx.today else ()


def end_absence(ctx: Context, *, absence_id: UUID) -> None:
    """The person is back: their duties are theirs again from the next request on. Conflict if it is over; NotFound."""
    row = ctx.session.get(Absence, absence_id)
    person = ctx.session.get(Staff, row.staff_id) if row else None
    employee = (
        EmployeeResource(person.id, person.authority_id) if person else EmployeeResource.unknown(absence_id)
    )
    with ctx.gate.create(action=Action.ABSENCE_WRITE, event=Event.ABSENCE_ENDED, on=employee) as writing:
        locked = ctx.session.scalar(
            select(Absence)
            .where(Absence.id == absence_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if locked is None:
            raise NotFound
        if locked.last_day and locked.last_day < ctx.today:
            raise Conflict("Fraværet er allerede afsluttet.")
        locked.last_day = max(ctx.today, locked.first_day) - DAY
        writing.add(locked)
        _name(ctx, writing.objects, locked)


def _people(ctx: Context) -> dict[UUID, Staff]:
    """Those whose absence the actor may note, oneself first."""
    own = select(Staff).where(
        Staff.authority_id == ctx.actor.authority, Staff.role == Role.STAFF.value, Staff.retired_at.is_(None)
    )
    rows = ctx.session.scalars(own.order_by(Staff.id != ctx.actor.staff_id, Staff.name)).all()
    resources = [EmployeeResource(row.id, row.authority_id) for row in rows]
    may = ctx.gate.may_each(Action.ABSENCE_WRITE, resources)
    return {row.id: row for row, allowed in zip(rows, may, strict=True) if allowed}


def _left_alone(ctx: Context, staff_id: UUID) -> tuple[Cell, ...]:
    """The posts of one who is away today at which nobody is now."""
    duties = ctx.session.scalars(select(ContactDuty).where(ContactDuty.staff_id == staff_id)).unique()
    posts = dict.fromkeys(post_of(ctx, duty.network, duty.unit_id) for duty in duties)
    return tuple(cell for cell in cells_of(ctx, posts) if cell.problem)


def _name(ctx: Context, objects: list[ObjectRef], row: Absence) -> None:
    objects += [
        ObjectRef("absence", str(row.id), None, ctx.actor.authority),
        ObjectRef("staff", str(row.staff_id), None, ctx.actor.authority),
    ]


def _typed_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
