"""Staff: added by the operator, loaded as actors on every request, so that a retirement works at the next one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import ColumnElement, Select, exists, func, select, text
from sqlalchemy.orm import Session, aliased

from casehub.access.actor import Actor, Contact, Glass, Role
from casehub.audit import Event, ObjectRef
from casehub.model import Absence, Assignment, Authority, BreakGlass, ContactDuty, Staff, Unit, new_id
from casehub.services.checking import Checking
from casehub.services.duties import OnDuty, on_duty
from casehub.services.operator import OperatorContext
from casehub.values.mail_address import MailAddress
from casehub.workflow.calendar import danish_day

HASHER = PasswordHasher()
SHORTEST_PASSWORD = 12


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A person to be added. `duties`: (network, unit, function). `role`: staff, reviewer or administrator."""

    authority: str
    unit: str
    login: str
    name: str
    title: str
    phone: str
    role: str
    password: str
    duties: Sequence[tuple[str, str, str]] = ()
    mail: str = ""
    keeps_contacts: bool = False


def add_staff(ctx: OperatorContext, new: NewStaff) -> bool:
    """Add a person; False if the login is there already, which is left as it is. FormRefused names what is wrong."""
    if ctx.session.scalar(select(Staff.id).where(Staff.login == new.login)) is not None:
        ctx.session.commit()
        return False
    _check(ctx, new)
    with ctx.record(Event.STAFF_ADDED) as recording:
        staff = _row(new, _address(new.mail), ctx.now)
        ctx.session.add(staff)
        ctx.session.flush()
        for network, unit, function in new.duties:
            ctx.session.add(_first_duty(staff, network, unit, function, danish_day(ctx.now)))
        recording.objects.append(ObjectRef("staff", str(staff.id), None, new.authority))
    return True


def _row(new: NewStaff, address: str | None, now: datetime) -> Staff:
    return Staff(
        id=new_id(),
        authority_id=new.authority,
        unit_id=new.unit,
        login=new.login,
        name=new.name,
        title=new.title,
        phone=new.phone or None,
        mail=address,
        role=new.role,
        password_hash=HASHER.hash(new.password),
        keeps_contacts_since=now if new.keeps_contacts else None,
    )


def _first_duty(staff: Staff, network: str, unit: str, function: str, today: date) -> ContactDuty:
    return ContactDuty(
        id=new_id(),
        staff_id=staff.id,
        network=network,
        unit_id=unit,
        function=function,
        valid_from=today,
    )


def _address(mail: str) -> str | None:
    check = Checking()
    address = check.optional("mail", mail, MailAddress.parse)
    check.done()
    return address.address if address else None


def load_actor(session: Session, staff_id: UUID, now: datetime) -> Actor | None:
    """The actor with the duties of today and the break-glasses of this moment; None if unknown or retired. Speaks for the authority from here on."""
    speak = func.set_config("casehub.authority", Staff.authority_id, True)
    row = session.execute(
        select(Staff, Authority.kind, speak, _is_away(danish_day(now)))
        .join(Authority, Authority.id == Staff.authority_id)
        .where(Staff.id == staff_id, Staff.retired_at.is_(None), Authority.retired_at.is_(None))
    ).one_or_none()
    if row is None:
        session.commit()
        return None
    staff, kind, _, away = row
    [actor] = _actors(session, [(staff, kind, away)], danish_day(now))
    broken = select(BreakGlass).where(BreakGlass.staff_id == staff_id, BreakGlass.ends_at > now)
    glasses = frozenset(Glass(row.id, row.case_id, row.ends_at) for row in session.scalars(broken))
    session.commit()
    return replace(actor, broken=glasses)


def load_people(session: Session, wanted: ColumnElement[bool], today: date) -> tuple[Actor, ...]:
    """Those of the staff who are `wanted`, as they could act today, by name; who is retired could not.

    What only another authority knows of its people is not here: what they are assigned to.
    """
    there = (Staff.retired_at.is_(None), Authority.retired_at.is_(None))
    statement = select(Staff, Authority.kind, _is_away(today)).join(
        Authority, Authority.id == Staff.authority_id
    )
    found = session.execute(statement.where(wanted, *there).order_by(Staff.name, Staff.id)).all()
    return _actors(session, [(staff, kind, away) for staff, kind, away in found], today)


def _actors(session: Session, people: Sequence[tuple[Staff, str, bool]], today: date) -> tuple[Actor, ...]:
    """Each with the duties of today: two statements, however many."""
    ids = [staff.id for staff, *_ in people]
    duties: dict[UUID, list[OnDuty]] = {}
    for duty in on_duty(session.scalars(_duties_beside(ids)).unique(), today):
        duties.setdefault(duty.staff_id, []).append(duty)
    assigned = set(
        session.scalars(select(Assignment.staff_id).where(Assignment.staff_id.in_(ids)).distinct())
    )
    return tuple(
        _actor(staff, kind, duties.get(staff.id, ()), away=away, assigned=staff.id in assigned)
        for staff, kind, away in people
    )


def _actor(staff: Staff, kind: str, duties: Iterable[OnDuty], *, away: bool, assigned: bool) -> Actor:
    return Actor(
        staff_id=staff.id,
        name=staff.name,
        authority=staff.authority_id,
        authority_kind=kind,
        unit=staff.unit_id,
        role=Role(staff.role),
        contacts=frozenset(
            Contact(duty.network, duty.unit_id, duty.function, duty.valid_to) for duty in duties
        ),
        has_assignments=assigned,
        absent=away,
        keeps_contacts=staff.keeps_contacts_since is not None,
    )


def _is_away(today: date) -> ColumnElement[bool]:
    last = func.coalesce(Absence.last_day, today)
    return exists().where(Absence.staff_id == Staff.id, Absence.first_day <= today, last >= today)


def _duties_beside(ids: Sequence[UUID]) -> Select[ContactDuty]:
    """These people's duties and everybody's beside them: a deputy's depend on who else is there."""
    own = aliased(ContactDuty)
    return select(ContactDuty).where(
        exists().where(
            own.staff_id.in_(ids),
            own.network == ContactDuty.network,
            own.unit_id == ContactDuty.unit_id,
        )
    )


def _check(ctx: OperatorContext, new: NewStaff) -> None:
    check = Checking()
    spoken_for = set(ctx.session.scalars(text("SELECT node_authorities()")))
    if new.authority not in spoken_for:
        check.wrong(
            "authority", f"this node does not speak for {new.authority!r}: add the person on a node that does"
        )
    owner = ctx.session.scalar(
        select(Unit.authority_id).where(Unit.id == new.unit, Unit.retired_at.is_(None))
    )
    if owner is None:
        check.wrong("unit", f"the unit {new.unit!r} is not in the organisation")
    elif owner != new.authority:
        check.wrong("authority", f"the unit {new.unit!r} belongs to {owner!r}, not to {new.authority!r}")
    roles = {Role.STAFF.value, Role.REVIEWER.value, Role.ADMINISTRATOR.value}
    check.choice("role", new.role, roles, f"the role {new.role!r} is not one of {', '.join(sorted(roles))}")
    if len(new.password) < SHORTEST_PASSWORD:
        check.wrong("password", f"the password has fewer than {SHORTEST_PASSWORD} characters")
    current = ctx.catalogue.current
    known = {*current.networks, *(each.id for each in current.obligations.values() if each.contacts)}
    for network, _, _ in new.duties:
        check.choice("duty", network, known, f"there is no network {network!r}")
    if (new.duties or new.keeps_contacts) and new.role != Role.STAFF.value:
        check.wrong("duty", "a reviewer or an administrator has no contact duties: duties are separate")
    check.done()
