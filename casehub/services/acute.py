"""Akut: whoever has the duty in each needed party is told at once, and the next if nobody takes it.

The duty phone comes first: the tovholder rings it, and notes that it was answered. Taking it is that, or opening the message. Until it is
taken, a unit's deputies and then its leaders are told, after what the network says; each is told once.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Function
from casehub.access.rows import CaseRows
from casehub.audit import Event
from casehub.definitions.networks import AcuteLevels
from casehub.model import Case, CaseEvent, Message, Participant, new_id
from casehub.services.contacts import duty_phones
from casehub.services.context import Context
from casehub.services.errors import Conflict, NotFound
from casehub.services.recipients import Duties, load_duties
from casehub.services.telling import MessageKind, Tiding, tell
from casehub.services.views import AcuteCall

TOLD_FOR = timedelta(days=2)
ANSWERED = "phone_answered."  # of a case's event: the unit whose duty phone was answered follows


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
    rows = [(part, case) for part, case in ctx.session.execute(found)]
    if not rows:
        return
    taken = _taken(ctx, [part for part, _ in rows])
    duties = load_duties(ctx)
    tell(
        ctx,
        [
            Tiding(MessageKind.ACUTE, part.id, case.id, _recipients(ctx, duties, part, case))
            for part, case in rows
            if part.id not in taken
        ],
    )


def note_answer(ctx: Context, *, case_id: UUID, unit_id: str) -> None:
    """Note that a unit's duty phone was rung and answered: nobody else there is told any more. Conflict, NotFound."""
    with ctx.gate.write_case(
        action=Action.CASE_NOTE_ANSWER, case_id=case_id, event=Event.CASE_ANSWER_NOTED
    ) as writing:
        case = writing.case
        authority = next((row.authority_id for row in case.participants if row.unit_id == unit_id), None)
        if authority is None:
            raise NotFound
        if any(event.name == f"{ANSWERED}{unit_id}" for event in case.events):
            raise Conflict("Det er allerede noteret, at vagten svarede.")
        writing.add(
            CaseEvent(
                id=new_id(),
                case_id=case_id,
                name=f"{ANSWERED}{unit_id}",
                party=authority,
                at=ctx.now,
                recorded_at=ctx.now,
                by_staff=ctx.actor.staff_id,
                by_authority=ctx.actor.authority,
            )
        )


def acute_calls(ctx: Context, rows: CaseRows) -> tuple[AcuteCall, ...]:
    """The duty phones to ring in an acute case, and which were answered; none where the case is not acute, or over."""
    case = rows.case
    if not case.acute or case.state not in {"referred", "open"}:
        return ()
    answered = {event.name: event.at for event in rows.events if event.name.startswith(ANSWERED)}
    phones = duty_phones(ctx, (row.unit_id for row in rows.participants))
    return tuple(
        AcuteCall(
            unit_id=row.unit_id,
            unit=ctx.catalogue.unit_name(row.unit_id),
            authority=ctx.catalogue.authority_name(row.authority_id),
            phone=phones.get(row.unit_id),
            answered_at=answered.get(f"{ANSWERED}{row.unit_id}"),
        )
        for row in rows.participants
        if row.unit_id not in {case.referring_unit, case.coordinating_unit}
    )


def _taken(ctx: Context, parts: Sequence[Participant]) -> set[UUID]:
    """Those of which somebody opened the message, or whose duty phone was answered."""
    read = select(Message.source).where(
        Message.kind == MessageKind.ACUTE.value,
        Message.source.in_([part.id for part in parts]),
        Message.read_at.is_not(None),
    )
    heard = select(CaseEvent.case_id, CaseEvent.name).where(
        CaseEvent.case_id.in_([part.case_id for part in parts]), CaseEvent.name.startswith(ANSWERED)
    )
    answered = {(case_id, name) for case_id, name in ctx.session.execute(heard)}
    by_phone = {part.id for part in parts if (part.case_id, f"{ANSWERED}{part.unit_id}") in answered}
    return by_phone | set(ctx.session.scalars(read))


def _recipients(ctx: Context, duties: Duties, part: Participant, case: Case) -> tuple[UUID, ...]:
    """All it is time for by now; whoever was told before is not told again."""
    levels: AcuteLevels = ctx.catalogue.network(ctx.session, case).acute
    first = Function.COORDINATOR if part.unit_id == case.coordinating_unit else Function.CONTACT
    steps = ((0, first), (levels.deputy_after, Function.DEPUTY), (levels.leader_after, Function.LEADER))
    wanted = [function for minutes, function in steps if ctx.now - part.since >= timedelta(minutes=minutes)]
    return tuple(
        dict.fromkeys(staff for function in wanted for staff in duties.of(case, part.unit_id, function))
    )
