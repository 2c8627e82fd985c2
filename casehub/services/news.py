"""What the worker looks for to tell people of: news in cases they follow, and cases that are to be erased.

Nothing is opened: an event's time and who it was done by are all it needs. Who follows a case is who has a duty in one of its
units, and who works on it. Whoever has not looked at the last news of a case is not told of the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.model import Assignment, Case, CaseErasure, CaseEvent, Message, Participant
from casehub.services.context import Context
from casehub.services.recipients import load_duties
from casehub.services.telling import MessageKind, Tiding, tell

NEWS_SOUGHT = timedelta(days=2)
AGREEMENT_WARNED = timedelta(days=60)
AGREEMENTS = UUID(
    "5a41e400-0000-4000-8000-000000000027"
)  # names what is told of a day in a file, which is no row


def tell_news(ctx: Context) -> None:
    """Tell of what others did in the actor's authority's cases since one last looked; at most two days back."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    since = ctx.now - NEWS_SOUGHT
    events = ctx.session.scalars(
        select(CaseEvent).where(CaseEvent.recorded_at >= since).order_by(CaseEvent.recorded_at)
    ).all()
    by_case: defaultdict[UUID, list[CaseEvent]] = defaultdict(list)
    for event in events:
        by_case[event.case_id].append(event)
    if by_case:
        told = _looked_at(ctx, by_case)
        followers = _followers(ctx, by_case)
        tell(
            ctx,
            [tiding for case, news in by_case.items() for tiding in _news(case, news, followers[case], told)],
        )


def tell_deletions(ctx: Context) -> None:
    """Tell those who follow a case that its deletion date has come; nothing is erased by itself."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    own = select(CaseErasure.case_id).where(CaseErasure.authority_id == ctx.actor.authority)
    told = select(Message.source).where(Message.kind == MessageKind.DELETION.value)
    due = ctx.session.scalars(
        select(Case.id).where(Case.deletion_on <= ctx.today, Case.id.not_in(own), Case.id.not_in(told))
    ).all()
    followers = _followers(ctx, due)
    tell(ctx, [Tiding(MessageKind.DELETION, case, case, followers[case]) for case in due])


def tell_agreements(ctx: Context) -> None:
    """Tell each network's coordinators once that its agreement is about to end, for one of those who signed it or for all."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    duties, soon = load_duties(ctx), ctx.today + AGREEMENT_WARNED
    tell(
        ctx,
        [
            Tiding(MessageKind.AGREEMENT, uuid5(AGREEMENTS, f"{network.id} {end}"), None, staff)
            for network in ctx.catalogue.current.networks.values()
            for end in sorted(network.agreement.endings if network.agreement else ())
            if ctx.today <= end <= soon and (staff := duties.coordinators(network.id))
        ],
    )


def _news(
    case_id: UUID,
    events: Sequence[CaseEvent],
    followers: Iterable[UUID],
    told: dict[tuple[UUID, UUID], datetime],
) -> list[Tiding]:
    tidings = []
    for staff in followers:
        since = told.get((case_id, staff))
        newest = next((event for event in reversed(events) if event.by_staff != staff), None)
        if newest and (since is None or newest.recorded_at > since):
            tidings.append(Tiding(MessageKind.NEWS, newest.id, case_id, (staff,)))
    return tidings


def _looked_at(ctx: Context, cases: Iterable[UUID]) -> dict[tuple[UUID, UUID], datetime]:
    """Until when each person knows of each case: what they have not looked at yet covers all that comes."""
    rows = ctx.session.execute(
        select(Message.case_id, Message.staff_id, Message.read_at).where(
            Message.case_id.in_(list(cases)), Message.kind == MessageKind.NEWS.value
        )
    )
    known: dict[tuple[UUID, UUID], datetime] = {}
    for case_id, staff, read_at in rows:
        if case_id is not None:
            until = read_at or ctx.now
            known[case_id, staff] = max(until, known.get((case_id, staff), until))
    return known


def _followers(ctx: Context, cases: Iterable[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """Of each case those of the own authority who follow it."""
    wanted = list(cases)
    duties = load_duties(ctx)
    units: defaultdict[UUID, list[str]] = defaultdict(list)
    networks: dict[UUID, str] = {}
    own = (Participant.case_id.in_(wanted), Participant.authority_id == ctx.actor.authority)
    taking_part = select(Participant.case_id, Participant.unit_id, Case.network)
    for case_id, unit, network in ctx.session.execute(
        taking_part.join(Case, Case.id == Participant.case_id).where(*own)
    ):
        units[case_id].append(unit)
        networks[case_id] = network
    assigned: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in ctx.session.scalars(select(Assignment).where(Assignment.case_id.in_(wanted))):
        assigned[row.case_id].append(row.staff_id)
    return {
        case: duties.not_barred(case, (*duties.all_of(networks.get(case, ""), units[case]), *assigned[case]))
        for case in wanted
    }
