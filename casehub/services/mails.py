"""Mails to staff: messages whose time for a mail has come are gathered, a mail for each person, and sent until they are taken.

A mail is a row before it is sent, so nothing is lost while the mail server is gone; sent twice, as after a kill, it has the
same Message-ID. An address is looked up when it is sent: whoever has left is written to no more.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, select, text, update

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.model import Exclusion, Mail, Message, Staff, new_id
from casehub.outbound.mail import MOST, MailKind, StaffMail
from casehub.services.context import Context
from casehub.services.telling import URGENT, choices_of
from casehub.workflow.delivery import Choice, Delivery

LONGEST_WAIT = timedelta(hours=1)
# of the node's own authorities
MAIL_STANDING = text("SELECT unsent, since FROM mail_standing()")
Post = Callable[[StaffMail, str], None]
_LOG = structlog.get_logger(__name__)


class Sent(StrEnum):
    """What became of the next mail."""

    NONE_LEFT = "none left"
    TAKEN = "taken"
    REFUSED = "refused"
    NO_SERVER = "no server"


def collect_mails(ctx: Context) -> None:
    """Make a mail for each person to whom one may go now; what they have read meanwhile needs none."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    barred = exists().where(
        Exclusion.case_id == Message.case_id,
        Exclusion.staff_id == Message.staff_id,
        Exclusion.lifted_at.is_(None),
    )
    due = select(Message.id).where(
        Message.authority_id == ctx.actor.authority, Message.mail_at <= ctx.now, ~barred
    )
    taken = (
        update(Message)
        .where(Message.id.in_(due.with_for_update(skip_locked=True)))
        .values(mail_at=None)
        .returning(Message.staff_id, Message.kind, Message.read_at)
    )
    kinds: defaultdict[UUID, list[str]] = defaultdict(list)
    for staff, kind, read_at in ctx.session.execute(taken):
        if read_at is None:
            kinds[staff].append(kind)
    reachable = set(ctx.session.scalars(select(Staff.id).where(Staff.id.in_(kinds), Staff.mail.is_not(None))))
    choices = choices_of(ctx, reachable)
    ctx.session.add_all(
        Mail(
            id=new_id(),
            authority_id=ctx.actor.authority,
            staff_id=staff,
            kind=_kind(kinds[staff], choices.get(staff, Choice())).value,
            count=min(len(kinds[staff]), MOST),
            made_at=ctx.now,
            next_try_at=ctx.now,
            tries=0,
        )
        for staff in sorted(reachable)
    )
    ctx.session.flush()


def send_next(ctx: Context, post: Post) -> Sent:
    """Send the mail that has waited longest, and mark it in the transaction that ends with this unit of work."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    waiting = (
        select(Mail, Staff)
        .join(Staff, Staff.id == Mail.staff_id)
        .where(Mail.authority_id == ctx.actor.authority, Mail.sent_at.is_(None), Mail.next_try_at <= ctx.now)
    )
    found = ctx.session.execute(
        waiting.order_by(Mail.next_try_at, Mail.id).limit(1).with_for_update(of=Mail, skip_locked=True)
    ).one_or_none()
    if found is None:
        return Sent.NONE_LEFT
    mail, staff = found
    if staff.mail is None or staff.retired_at is not None:
        ctx.session.execute(delete(Mail).where(Mail.id == mail.id))
        return Sent.TAKEN
    try:
        post(StaffMail(mail.id, MailKind(mail.kind), mail.count, mail.made_at), staff.mail)
    except (SMTPException, OSError) as failure:
        mail.tries += 1
        mail.next_try_at = ctx.now + min(timedelta(minutes=2 ** min(mail.tries, 10)), LONGEST_WAIT)
        _LOG.warning("a mail was not taken", mail=str(mail.id), tries=mail.tries, why=type(failure).__name__)
        answered = isinstance(failure, SMTPRecipientsRefused | SMTPResponseException)
        return Sent.REFUSED if answered else Sent.NO_SERVER
    mail.sent_at = ctx.now
    return Sent.TAKEN


def _kind(kinds: list[str], choice: Choice) -> MailKind:
    if not URGENT.isdisjoint(kinds):
        return MailKind.ACUTE
    return MailKind.DIGEST if choice.delivery is Delivery.DIGEST else MailKind.NEWS
