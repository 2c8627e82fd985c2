"""Where a member of staff gets mail: written by an administrator of the same authority, and by nobody else."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from casehub.access.actions import Action
from casehub.audit import Event, ObjectRef
from casehub.model import Staff
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.values.mail_address import MailAddress


@dataclass(frozen=True, slots=True)
class StaffMailView:
    """Whose address, and the one they have, if any."""

    name: str
    mail: str | None


def read_staff_mail(ctx: Context, *, staff_id: UUID) -> StaffMailView:
    """The address of one of the own authority's people. NotFound."""
    ctx.gate.visit(action=Action.STAFF_WRITE_MAIL, event=Event.ADMINISTRATION_READ)
    staff = ctx.session.scalar(_of_ours(ctx, staff_id))
    if staff is None:
        raise NotFound
    return StaffMailView(staff.name, staff.mail)


def save_staff_mail(ctx: Context, *, staff_id: UUID, mail: str) -> None:
    """Change it; an empty one takes it away, and no mail is sent. FormRefused, NotFound."""
    ctx.gate.require(action=Action.STAFF_WRITE_MAIL, event=Event.STAFF_MAIL_SAVED)
    check = Checking()
    address = check.optional("mail", mail, MailAddress.parse)
    check.done()
    with ctx.gate.create(action=Action.STAFF_WRITE_MAIL, event=Event.STAFF_MAIL_SAVED) as writing:
        staff = ctx.session.scalar(_of_ours(ctx, staff_id).with_for_update())
        if staff is None:
            raise NotFound
        staff.mail = address.address if address else None
        writing.objects.append(ObjectRef("staff", str(staff_id), None, ctx.actor.authority))


def _of_ours(ctx: Context, staff_id: UUID) -> Select[Staff]:
    return select(Staff).where(Staff.id == staff_id, Staff.authority_id == ctx.actor.authority)
