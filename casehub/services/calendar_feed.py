"""One's own deadlines and meetings for one's own calendar program, fetched at an address that only its owner knows.

The address is shown once and kept as a hash; a new one ends the one before. Each fetch is a recorded read by its owner, as of now:
whoever has left, or has lost a duty, has it no more.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from casehub.access.actions import Action
from casehub.access.resources import AuthorityResource
from casehub.audit import Event, ObjectRef, Outcome, recorded
from casehub.model import Authority, CalendarFeed, Staff
from casehub.outbound.calendar import CalendarLine, LineKind, OwnCalendar
from casehub.services.context import Context
from casehub.services.errors import NotFound, SignInRefused
from casehub.services.invitations import invitations_of
from casehub.services.own_tasks import own_tasks
from casehub.services.seats import seats_of
from casehub.services.tasks_given import tasks_given
from casehub.services.throttling import MOST_PER_ADDRESS, attempt_key, count_failure, is_throttled
from casehub.services.wheel import tasks_due
from casehub.workflow.calendar import ends_the_day

BACK = timedelta(days=30)
AHEAD = timedelta(days=400)
TOKEN_BYTES = 32
# among the people of the node's own authorities
HOLDER = text("SELECT staff_id, authority_id FROM calendar_holder(:hash)")
_WAIT = "Der har været for mange forsøg. Vent et kvarter, og prøv igen."


def may_have_calendar(ctx: Context) -> bool:
    """Whether the actor can have an address at all; for showing the way to it."""
    return ctx.gate.may(
        Action.CALENDAR_CHOOSE, AuthorityResource(ctx.actor.authority, ctx.actor.authority_kind)
    )


def read_address(ctx: Context) -> datetime | None:
    """When one's address was made; None while there is none. The address itself is known to nobody any more."""
    ctx.gate.visit(action=Action.CALENDAR_CHOOSE, event=Event.CALENDAR_ADDRESS_READ)
    row = ctx.session.get(CalendarFeed, ctx.actor.staff_id)
    return row.made_at if row and row.token_hash else None


def make_address(ctx: Context) -> str:
    """A new address, which ends the one before: what it ends with, told this once."""
    token = token_urlsafe(TOKEN_BYTES)
    with ctx.gate.create(action=Action.CALENDAR_CHOOSE, event=Event.CALENDAR_ADDRESS_MADE) as writing:
        row = ctx.session.get(CalendarFeed, ctx.actor.staff_id, with_for_update=True)
        if row is None:
            row = CalendarFeed(staff_id=ctx.actor.staff_id, authority_id=ctx.actor.authority)
        row.token_hash, row.made_at = _hash(token), ctx.now
        writing.add(row)
        writing.objects.append(_oneself(ctx))
    return token


def end_address(ctx: Context) -> None:
    """From the next request on there is nothing at one's address."""
    with ctx.gate.create(action=Action.CALENDAR_CHOOSE, event=Event.CALENDAR_ADDRESS_ENDED) as writing:
        row = ctx.session.get(CalendarFeed, ctx.actor.staff_id, with_for_update=True)
        if row is not None:
            row.token_hash = None
        writing.objects.append(_oneself(ctx))


def read_calendar(ctx: Context) -> OwnCalendar:
    """One's own deadlines, and one's meetings from a month ago on, by time. Nothing is opened; its one entry names the cases."""
    owner = ctx.actor.staff_id
    if owner is None:
        raise LookupError("the system has no calendar")
    lines = [*_in_cases(ctx), *(_deadline(LineKind.TASK, task.id, task.due_at) for task in tasks_due(ctx))]
    since, until = ctx.now - BACK, ctx.now + AHEAD
    meetings, seats = invitations_of(ctx, since=since), seats_of(ctx, since=since, until=until)
    lines += [CalendarLine(each.id, LineKind.MEETING, each.starts_at) for each in meetings]
    lines += [CalendarLine(each.id, LineKind.FORUM, each.starts_at) for each in seats]
    return OwnCalendar(owner, tuple(sorted(lines, key=lambda line: (line.at, line.id))))


def find_holder(
    session: Session,
    *,
    token: str,
    address: str,
    now: datetime,
    request_id: str,
    secret: bytes,
    authorities: frozenset[str],
) -> UUID:
    """Whose address ends with this. NotFound if nobody's; SignInRefused when too much that was wrong came from `address`.

    What is refused is on record until then. `authorities`: those this node opens for.
    """
    found = session.execute(HOLDER, {"hash": _hash(token)}).one_or_none()
    staff = session.scalar(_there(found.staff_id)) if found and found.authority_id in authorities else None
    by_address = attempt_key(secret, "calendar", address)
    throttled = staff is None and is_throttled(session, {by_address: MOST_PER_ADDRESS}, now)
    session.commit()
    if throttled:
        raise SignInRefused(_WAIT)
    if staff is not None:
        return staff
    with recorded(session, event=Event.CALENDAR_READ, at=now, request_id=request_id) as recording:
        recording.outcome = Outcome.REFUSED
        recording.detail["why"] = "no such address"
        count_failure(session, (by_address,), now)
    raise NotFound


def _in_cases(ctx: Context) -> Iterator[CalendarLine]:
    """Deadlines of cases; a person without any leaves the same entry."""
    own = AuthorityResource(ctx.actor.authority, ctx.actor.authority_kind)
    ctx.gate.require(action=Action.CALENDAR_READ, event=Event.CALENDAR_READ)
    if not ctx.gate.may(Action.CASE_LIST, own):
        ctx.gate.visit(action=Action.CALENDAR_READ, event=Event.CALENDAR_READ)
        return
    listing = ctx.gate.list_cases(action=Action.CASE_LIST, event=Event.CALENDAR_READ)
    for task in own_tasks(ctx, listing):
        if task.step_id and task.due_at:
            yield _deadline(LineKind.DEADLINE, task.step_id, task.due_at)
    for given in tasks_given(ctx, listing):
        yield _deadline(LineKind.DEADLINE, given.id, given.due_at)


def _deadline(kind: LineKind, about: UUID, due_at: datetime) -> CalendarLine:
    return CalendarLine(about, kind, due_at, whole_day=ends_the_day(due_at))


def _there(staff_id: UUID) -> Select[UUID]:
    """The person, if neither they nor their authority have left."""
    return (
        select(Staff.id)
        .join(Authority, Authority.id == Staff.authority_id)
        .where(Staff.id == staff_id, Staff.retired_at.is_(None), Authority.retired_at.is_(None))
    )


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _oneself(ctx: Context) -> ObjectRef:
    return ObjectRef("staff", str(ctx.actor.staff_id), None, ctx.actor.authority)
