"""Staff: added by the operator, loaded as actors on every request, so that a retirement works at the next one."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from casehub.access.actor import Actor, Contact, Function, Role
from casehub.audit import Event, ObjectRef
from casehub.model import Assignment, Authority, ContactDuty, Staff, Unit, new_id
from casehub.services.checking import Checking
from casehub.services.contacts import in_force
from casehub.services.operator import OperatorContext
from casehub.values.mail_address import MailAddress
from casehub.workflow.calendar import danish_day

HASHER = PasswordHasher()
SHORTEST_PASSWORD = 12


def add_staff(
    ctx: OperatorContext,
    *,
    authority: str,
    unit: str,
    login: str,
    name: str,
    title: str,
    phone: str,
    role: str,
    password: str,
    duties: Sequence[tuple[str, str, str]],
    mail: str = "",
) -> bool:
    """Add a person; False if the login is there already, which is left as it is. FormRefused names what is wrong.

    `duties`: (network, unit, function). `role`: staff, reviewer or administrator.
    """
    if ctx.session.scalar(select(Staff.id).where(Staff.login == login)) is not None:
        ctx.session.commit()
        return False
    _check(ctx, authority=authority, unit=unit, role=role, password=password, duties=duties)
    address = _address(mail)
    with ctx.record(Event.STAFF_ADDED) as recording:
        staff = Staff(
            id=new_id(),
            authority_id=authority,
            unit_id=unit,
            login=login,
            name=name,
            title=title,
            phone=phone or None,
            mail=address,
            role=role,
            password_hash=HASHER.hash(password),
        )
        ctx.session.add(staff)
        ctx.session.flush()
        for network, duty_unit, function in duties:
            ctx.session.add(
                ContactDuty(
                    id=new_id(),
                    staff_id=staff.id,
                    network=network,
                    unit_id=duty_unit,
                    function=function,
                    valid_from=danish_day(ctx.now),
                )
            )
        recording.objects.append(ObjectRef("staff", str(staff.id), None, authority))
    return True


def _address(mail: str) -> str | None:
    check = Checking()
    address = check.optional("mail", mail, MailAddress.parse)
    check.done()
    return address.address if address else None


def load_actor(session: Session, staff_id: UUID, today: date) -> Actor | None:
    """The actor with the duties valid today; None if unknown or retired. Speaks for the authority from here on."""
    speak = func.set_config("casehub.authority", Staff.authority_id, True)
    row = session.execute(
        select(Staff, Authority.kind, speak)
        .join(Authority, Authority.id == Staff.authority_id)
        .where(Staff.id == staff_id, Staff.retired_at.is_(None), Authority.retired_at.is_(None))
    ).one_or_none()
    if row is None:
        session.commit()
        return None
    staff, kind, _ = row
    [actor] = _actors(session, [(staff, kind)], today)
    session.commit()
    return actor


def load_people(session: Session, wanted: ColumnElement[bool], today: date) -> tuple[Actor, ...]:
    """Those of the staff who are `wanted`, as they could act today, by name; who is retired could not.

    What only another authority knows of its people is not here: what they are assigned to.
    """
    there = (Staff.retired_at.is_(None), Authority.retired_at.is_(None))
    statement = select(Staff, Authority.kind).join(Authority, Authority.id == Staff.authority_id)
    found = session.execute(statement.where(wanted, *there).order_by(Staff.name, Staff.id)).all()
    return _actors(session, [(staff, kind) for staff, kind in found], today)


def _actors(session: Session, people: Sequence[tuple[Staff, str]], today: date) -> tuple[Actor, ...]:
    """Each with the duties valid today: two statements, however many."""
    ids = [staff.id for staff, _ in people]
    duties: dict[UUID, list[ContactDuty]] = {}
    for duty in session.scalars(select(ContactDuty).where(ContactDuty.staff_id.in_(ids))):
        duties.setdefault(duty.staff_id, []).append(duty)
    assigned = set(
        session.scalars(select(Assignment.staff_id).where(Assignment.staff_id.in_(ids)).distinct())
    )
    return tuple(
        _actor(staff, kind, duties.get(staff.id, ()), today, assigned=staff.id in assigned)
        for staff, kind in people
    )


def _actor(staff: Staff, kind: str, duties: Iterable[ContactDuty], today: date, *, assigned: bool) -> Actor:
    return Actor(
        staff_id=staff.id,
        name=staff.name,
        authority=staff.authority_id,
        authority_kind=kind,
        unit=staff.unit_id,
        role=Role(staff.role),
        contacts=frozenset(
            Contact(duty.network, duty.unit_id, Function(duty.function), duty.valid_to)
            for duty in duties
            if in_force(duty, today)
        ),
        has_assignments=assigned,
    )


def _check(
    ctx: OperatorContext,
    *,
    authority: str,
    unit: str,
    role: str,
    password: str,
    duties: Sequence[tuple[str, str, str]],
) -> None:
    check = Checking()
    spoken_for = set(ctx.session.scalars(text("SELECT node_authorities()")))
    if authority not in spoken_for:
        check.wrong(
            "authority", f"this node does not speak for {authority!r}: add the person on a node that does"
        )
    owner = ctx.session.scalar(select(Unit.authority_id).where(Unit.id == unit, Unit.retired_at.is_(None)))
    if owner is None:
        check.wrong("unit", f"the unit {unit!r} is not in the organisation")
    elif owner != authority:
        check.wrong("authority", f"the unit {unit!r} belongs to {owner!r}, not to {authority!r}")
    roles = {Role.STAFF.value, Role.REVIEWER.value, Role.ADMINISTRATOR.value}
    check.choice("role", role, roles, f"the role {role!r} is not one of {', '.join(sorted(roles))}")
    if len(password) < SHORTEST_PASSWORD:
        check.wrong("password", f"the password has fewer than {SHORTEST_PASSWORD} characters")
    for network, _, _ in duties:
        check.choice("duty", network, ctx.catalogue.current.networks, f"there is no network {network!r}")
    if duties and role != Role.STAFF.value:
        check.wrong("duty", "a reviewer or an administrator has no contact duties: duties are separate")
    check.done()
