"""Akut: whoever has the duty in each needed party is told at once, and the next if nobody takes it.

Taking it is opening the message. After half an hour that nobody did in a unit, its deputies are told, and after an hour its
leaders; each is told once. The duty phone stands first in the case, and is rung by people.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Function
from casehub.audit import Event
from casehub.model import Case, Message, Participant
from casehub.services.context import Context
from casehub.services.recipients import Duties, load_duties
from casehub.services.telling import MessageKind, Tiding, tell

TOLD_FOR = timedelta(days=2)
# who is told, and how long after the unit came in without anybody taking it
LEVELS = (
    (timedelta(), Function.CONTACT),
    (timedelta(minutes=30), Function.DEPUTY),
    (timedelta(hours=1), Function.LEADER),
)


def tell_acute(ctx: Context) -> None:
    """Tell the own authority's units that came into an acute case, as far as nobody there took it."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    found = (
        select(Participant, Case)
        .join(Case, Case.id == Participant.case_id)
        .where(
            Participant.authority_id == ctx.actor.authority,
            Participant.since >= ctx.now - TOLD_FOR,
            Participant.unit_id != Case.referring_unit,  # they raised it
            Case.acute,
            Case.state.in_(["referred", "open"]),
        )
    )
    rows = ctx.session.execute(found).all()
    if not rows:
        return
    taken = _taken(ctx, [part.id for part, _ in rows])
    duties = load_duties(ctx)
    tell(
        ctx,
        [
            Tiding(MessageKind.ACUTE, part.id, case.id, _recipients(ctx, duties, part, case))
            for part, case in rows
            if part.id not in taken
        ],
    )


def _taken(ctx: Context, sources: list[UUID]) -> set[UUID]:
    read = select(Message.source).where(
        Message.kind == MessageKind.ACUTE.value, Message.source.in_(sources), Message.read_at.is_not(None)
    )
    return set(ctx.session.scalars(read))


def _recipients(ctx: Context, duties: Duties, part: Participant, case: Case) -> tuple[UUID, ...]:
    """All it is time for by now; whoever was told before is not told again."""
    by_coordinator = part.unit_id == case.coordinating_unit
    first = Function.COORDINATOR if by_coordinator else Function.CONTACT
    wanted = [
        first if function is Function.CONTACT else function
        for after, function in LEVELS
        if ctx.now - part.since >= after
    ]
    return tuple(
        dict.fromkeys(staff for function in wanted for staff in duties.of(case, part.unit_id, function))
    )
