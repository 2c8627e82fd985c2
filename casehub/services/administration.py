"""The administrator's page: the own authority's units and staff, and whether the worker lives. Never a case."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Role
from casehub.audit import Event
from casehub.model import ContactDuty, Staff, Unit
from casehub.services.asked import asked_of
from casehub.services.contacts import function_text
from casehub.services.context import Context
from casehub.services.day_views import RequestLine
from casehub.services.duties import OnDuty, on_duty
from casehub.services.queues import QueueView, queue_of_own

_ROLES = {"staff": "Medarbejder", "reviewer": "Kontrollant", "administrator": "Administrator"}


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A member of staff as the administrator sees it."""

    id: UUID
    name: str
    login: str
    title: str
    unit: str
    role: str
    mail: str | None
    duties: tuple[str, ...] = field(default=())
    retired: bool = False
    keeps_contacts: bool = False
    is_me: bool = False


@dataclass(frozen=True, slots=True)
class AdministrationView:
    """What the administrator sees: the own authority's units and staff, and whether the worker lives. No case.

    `scanner`: whether what looks files through answers; None where there is none. `reviewers`: how many the authority has;
    a review takes two.
    """

    authority: str
    units: tuple[str, ...]
    staff: tuple[StaffLine, ...]
    queue: QueueView
    scanner: bool | None
    reviewers: int
    asked: tuple[RequestLine, ...]


def read_administration(ctx: Context) -> AdministrationView:
    """Units, staff and duties of the own authority. NotFound for all but its administrator."""
    ctx.gate.visit(action=Action.ADMINISTRATION_READ, event=Event.ADMINISTRATION_READ)
    own = ctx.actor.authority
    units = ctx.session.scalars(select(Unit).where(Unit.authority_id == own, Unit.retired_at.is_(None)))
    staff = list(ctx.session.scalars(select(Staff).where(Staff.authority_id == own).order_by(Staff.name)))
    of_staff = select(ContactDuty).where(ContactDuty.staff_id.in_([row.id for row in staff]))
    duties = on_duty(ctx.session.scalars(of_staff).unique(), ctx.today)
    return AdministrationView(
        authority=ctx.catalogue.authority_name(own),
        units=tuple(sorted(unit.name for unit in units)),
        staff=tuple(_line(ctx, row, [duty for duty in duties if duty.staff_id == row.id]) for row in staff),
        queue=queue_of_own(ctx),
        scanner=ctx.scanner.answers() if ctx.scanner else None,
        reviewers=sum(row.role == Role.REVIEWER.value and row.retired_at is None for row in staff),
        asked=asked_of(ctx),
    )


def _line(ctx: Context, row: Staff, duties: list[OnDuty]) -> StaffLine:
    networks = ctx.catalogue.current.networks
    return StaffLine(
        id=row.id,
        name=row.name,
        login=row.login,
        title=row.title,
        unit=ctx.catalogue.unit_name(row.unit_id),
        role=_ROLES[row.role],
        mail=row.mail,
        duties=tuple(
            f"{function_text(duty)} i "
            f"{networks[duty.network].name if duty.network in networks else duty.network}, "
            f"{ctx.catalogue.unit_name(duty.unit_id)}"
            for duty in duties
        ),
        retired=row.retired_at is not None,
        keeps_contacts=row.keeps_contacts_since is not None,
        is_me=row.id == ctx.actor.staff_id,
    )
