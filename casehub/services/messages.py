"""Beskeder: what one was told oneself, of cases one may still see, and how one wants to be told.

A message says that there is something, and where. What it leads to is decided and recorded when it is opened.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from casehub.access.actions import Action
from casehub.access.resources import AuthorityResource
from casehub.audit import Event, ObjectRef
from casehub.model import Case, Mail, Message, MessageChoice
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.services.telling import URGENT, MessageKind, choice_of
from casehub.workflow.delivery import Choice, Delivery

MOST_SHOWN = 100
HOURS, MINUTES = 24, 60
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::00)?")
_TEXTS = {
    MessageKind.ACUTE: "Der er en akut sag til dig. Ring til vagttelefonerne først: de står øverst i sagen",
    MessageKind.NEWS: "Der er nyt i en sag, du følger",
    MessageKind.REMINDER: "En frist nærmer sig",
    MessageKind.OVERDUE: "En frist er overskredet",
    MessageKind.DEPUTY: "En overskreden frist går videre til dig",
    MessageKind.LEADER: "En frist i din enhed er stadig overskredet",
    MessageKind.DELETION: "En sag skal slettes",
    MessageKind.GLASS: "En sag er åbnet med nødadgang",
    MessageKind.REVIEW: "En nødadgang venter på kontrol",
    MessageKind.AGREEMENT: "En samarbejdsaftale i dit netværk udløber inden for 60 dage. Uden den kan intet videregives",
    MessageKind.UNMANNED: "En frist er overskredet i en enhed, som ingen er kontaktperson for",
    MessageKind.GAP: "Der mangler en kontaktperson hos jer, eller reglen er brudt. Se under Kontakter",
}


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message as shown. `case_number`: None where it leads to no case."""

    id: UUID
    text: str
    acute: bool
    at: datetime
    unread: bool
    case_number: str | None


def count_unread(ctx: Context) -> int:
    """How many messages one has not opened, of cases one may see. A number, so it leaves no entry; 0 for others."""
    if not ctx.gate.may(Action.MESSAGE_READ, _own(ctx)):
        return 0
    count = select(func.count()).select_from(Message).outerjoin(Case, Case.id == Message.case_id)
    found = ctx.session.scalar(count.where(_mine(ctx), Message.read_at.is_(None)))
    return found or 0


def read_messages(ctx: Context) -> tuple[MessageLine, ...]:
    """One's messages, the newest first. NotFound for those who are told nothing."""
    ctx.gate.visit(action=Action.MESSAGE_READ, event=Event.MESSAGES_READ)
    found = (
        select(Message, Case.number)
        .outerjoin(Case, Case.id == Message.case_id)
        .where(_mine(ctx))
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        MessageLine(
            id=row.id,
            text=_TEXTS[MessageKind(row.kind)],
            acute=row.kind in URGENT,
            at=row.at,
            unread=row.read_at is None,
            case_number=number,
        )
        for row, number in ctx.session.execute(found)
    )


def open_message(ctx: Context, *, message_id: UUID) -> UUID | None:
    """Mark it as read; the case it leads to, if any. NotFound."""
    found = select(Message).outerjoin(Case, Case.id == Message.case_id)
    message = ctx.session.scalar(found.where(Message.id == message_id, _mine(ctx)))
    if message is None:  # recorded as what it is: a look at one's own messages
        ctx.gate.visit(action=Action.MESSAGE_READ, event=Event.MESSAGES_READ)
        raise NotFound
    with ctx.gate.create(action=Action.MESSAGE_READ, event=Event.MESSAGE_OPENED) as writing:
        message.read_at = message.read_at or ctx.now
        writing.objects.append(ObjectRef("message", str(message_id), message.case_id, ctx.actor.authority))
    return message.case_id


def mark_all_read(ctx: Context) -> None:
    """Mark all of one's own as read."""
    with ctx.gate.create(action=Action.MESSAGE_READ, event=Event.MESSAGES_MARKED) as writing:
        mine = (Message.staff_id == ctx.actor.staff_id, Message.read_at.is_(None))
        ctx.session.execute(update(Message).where(*mine).values(read_at=ctx.now))
        writing.objects.append(_oneself(ctx))


def prune_messages(ctx: Context, *, kept: timedelta) -> None:
    """Remove messages of the actor's authority that are older than `kept`, and mails that were sent before then."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    own, before = ctx.actor.authority, ctx.now - kept
    ctx.session.execute(delete(Message).where(Message.authority_id == own, Message.at < before))
    ctx.session.execute(delete(Mail).where(Mail.authority_id == own, Mail.sent_at < before))


def read_choice(ctx: Context) -> Choice:
    """How one is told today."""
    ctx.gate.visit(action=Action.MESSAGE_CHOOSE, event=Event.MESSAGE_CHOICE_READ)
    row = ctx.session.get(MessageChoice, ctx.actor.staff_id)
    return choice_of(row) if row else Choice()


def save_choice(ctx: Context, *, delivery: str, quiet_from: str, quiet_to: str) -> None:
    """Choose how to be told by mail. FormRefused names what will not do."""
    check = Checking()
    check.choice("delivery", delivery, {each.value for each in Delivery}, "Vælg, hvordan du vil have mails.")
    begin, end = _time(check, "quiet_from", quiet_from), _time(check, "quiet_to", quiet_to)
    if not quiet_from.strip() and quiet_to.strip():
        check.wrong(
            "quiet_from", "Skriv også, hvornår der skal være ro fra. Eller lad begge felter stå tomme."
        )
    if quiet_from.strip() and not quiet_to.strip():
        check.wrong("quiet_to", "Skriv også, hvornår der skal være ro til. Eller lad begge felter stå tomme.")
    if begin is not None and begin == end:
        check.wrong("quiet_to", "Vælg et andet tidspunkt end det, der skal være ro fra.")
    check.done()
    with ctx.gate.create(action=Action.MESSAGE_CHOOSE, event=Event.MESSAGE_CHOICE_SAVED) as writing:
        row = ctx.session.get(MessageChoice, ctx.actor.staff_id, with_for_update=True)
        if row is None:
            row = MessageChoice(staff_id=ctx.actor.staff_id, authority_id=ctx.actor.authority)
        row.delivery, row.quiet_from, row.quiet_to = delivery, begin, end
        writing.add(row)
        writing.objects.append(_oneself(ctx))


def _mine(ctx: Context) -> ColumnElement[bool]:
    """One's own, of no case or of one that one may list: what is not there for one is not told of, either."""
    there = or_(Message.case_id.is_(None), ctx.gate.bound(Action.CASE_LIST))
    return and_(Message.staff_id == ctx.actor.staff_id, there)


def _own(ctx: Context) -> AuthorityResource:
    return AuthorityResource(id=ctx.actor.authority, kind=ctx.actor.authority_kind)


def _oneself(ctx: Context) -> ObjectRef:
    return ObjectRef("staff", str(ctx.actor.staff_id), None, ctx.actor.authority)


def _time(check: Checking, name: str, typed: str) -> time | None:
    if not typed.strip():
        return None
    found = _CLOCK.fullmatch(typed.strip())
    if found is None or int(found[1]) >= HOURS or int(found[2]) >= MINUTES:
        check.wrong(name, "Skriv klokkeslættet som timer og minutter, for eksempel 20:00.")
        return None
    return time(int(found[1]), int(found[2]))
