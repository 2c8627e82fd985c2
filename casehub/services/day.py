"""Min dag: what must I do today, which case is new to me, whom do I call."""

from datetime import timedelta
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.resources import AuthorityResource
from casehub.access.rows import Listing
from casehub.audit import Event
from casehub.model import Case, CaseEvent
from casehub.services.acute import ANSWERED
from casehub.services.asked import asked_of
from casehub.services.cells import Cell
from casehub.services.contacts import listing_contacts
from casehub.services.context import Context
from casehub.services.day_views import BreachLine, DayView, NewsLine, TaskLine
from casehub.services.forum_views import SeatLine
from casehub.services.invitations import invitations_of
from casehub.services.meeting_lines import MeetingLine
from casehub.services.own_tasks import own_tasks
from casehub.services.posts import missing_of_own
from casehub.services.seats import seats_of, waiting_for_approval
from casehub.services.tasks_given import tasks_given
from casehub.services.wheel import tasks_due
from casehub.workflow.calendar import danish_day
from casehub.workflow.run import CARD_RENEWED

NEWS_KEPT = timedelta(days=14)
MOST_NEWS = 12
MINUTES_SOUGHT = timedelta(days=120)
FORUMS_SHOWN = timedelta(days=45)
CREATING = frozenset({"referral", "necessity"})  # told already as a new referral
_NEWS = {
    "case.created": "Ny henvendelse",
    "moved": "Borgeren er flyttet til en anden kommune",
    "parties.joined": "Sagen er delt med dig",
    "meeting": "Mødedatoen er sat",
    "next_meeting": "Næste møde er sat",
    "health_disclosed": "Helbredsoplysninger er videregivet; borgeren skal orienteres",
    "consent.withdrawn": "Borgeren har trukket et samtykke tilbage; det, der hvilede på det, kan ikke læses mere",
    "responsible.appointed": "Den ansvarlige myndighed er udpeget",
    "meeting.moved": "Et møde er flyttet",
    CARD_RENEWED: "Sagen følger en nyere udgave af sit handlingskort",
}


def read_day(ctx: Context) -> DayView:
    """Own tasks by deadline (undated last), news of the last fortnight, contacts in open cases. No content is opened."""
    own = AuthorityResource(id=ctx.actor.authority, kind=ctx.actor.authority_kind)
    if not ctx.gate.may(Action.CASE_LIST, own):
        return DayView(
            (), (), (), (), asked_of(ctx), _meetings(ctx), (), tasks_due(ctx), *_forums(ctx), _gaps(ctx),
            away=ctx.actor.absent,
        )  # fmt: skip
    listing = ctx.gate.list_cases(action=Action.CASE_LIST, event=Event.CONTACTS_READ)
    return DayView(
        _breaches(ctx, listing),
        (*_erasures_due(ctx, listing), *own_tasks(ctx, listing)),
        _news(ctx, listing),
        listing_contacts(ctx, listing),
        asked_of(ctx),
        _meetings(ctx),
        tasks_given(ctx, listing),
        tasks_due(ctx),
        *_forums(ctx),
        _gaps(ctx),
    )


def _gaps(ctx: Context) -> tuple[Cell, ...]:
    """What the own authority's contact network lacks today, for those who keep it."""
    return missing_of_own(ctx) if ctx.actor.keeps_contacts else ()


def _forums(ctx: Context) -> tuple[tuple[SeatLine, ...], tuple[SeatLine, ...]]:
    """Meetings of one's forums in the time to come, and minutes to approve."""
    coming = seats_of(ctx, since=ctx.now, until=ctx.now + FORUMS_SHOWN)
    return coming, waiting_for_approval(ctx)


def _meetings(ctx: Context) -> tuple[MeetingLine, ...]:
    """Meetings to come, those of today, and those whose minutes are missing."""
    lines = invitations_of(ctx, since=ctx.now - MINUTES_SOUGHT)
    today = danish_day(ctx.now)
    return tuple(
        line
        for line in lines
        if (line.state == "planned" and danish_day(line.starts_at) >= today) or line.minutes_due_at
    )


def _breaches(ctx: Context, listing: Listing) -> tuple[BreachLine, ...]:
    """Open breach reports of the own authority, in cases the actor may read; the most urgent first."""
    lines = [
        BreachLine(case.id, case.number, breach.id, breach.due_at, breach.due_at < ctx.now)
        for case in listing.cases
        for breach in listing.breaches[case.id]
    ]
    return tuple(sorted(lines, key=lambda line: line.due_at))


def _erasures_due(ctx: Context, listing: Listing) -> list[TaskLine]:
    """Cases whose deletion date has come. Nothing is erased by itself: two people must agree."""
    due = [case for case in listing.cases if case.deletion_on is not None and case.deletion_on <= ctx.today]
    return [
        TaskLine(
            case_id=case.id,
            case_number=case.number,
            step_id=None,
            title="Sagen skal slettes",
            effect=None,
            acute=False,
            optional=False,
            due_at=None,
            overdue=False,
        )
        for case in sorted(due, key=lambda case: case.deletion_on or ctx.today)
    ]


def _news(ctx: Context, listing: Listing) -> tuple[NewsLine, ...]:
    since = ctx.now - NEWS_KEPT
    lines = [
        NewsLine(case.id, case.number, text, event.recorded_at)
        for case in listing.cases
        for event in listing.events[case.id]
        if event.recorded_at >= since
        and event.by_staff != ctx.actor.staff_id
        and (text := _news_text(ctx, case, event)) is not None
    ]
    newest_first = sorted(lines, key=lambda line: line.at, reverse=True)
    return tuple(_once(newest_first)[:MOST_NEWS])


def _news_text(ctx: Context, case: Case, event: CaseEvent) -> str | None:
    if event.party not in {None, ctx.actor.authority} and event.name == "parties.joined":
        return None
    if event.name == "case.erased":
        name = ctx.catalogue.authority_name(event.by_authority)
        return f"{name} har slettet sin del. I skal tage stilling til jeres kopi"
    if event.name in _NEWS:
        return _NEWS[event.name]
    if event.name.startswith(ANSWERED):
        return "En vagttelefon er taget"
    name = event.name.removeprefix("step.")
    if name == event.name or "." in name:
        return None
    step = ctx.catalogue.card(ctx.session, case).step(name)
    return None if step.effect in CREATING else f"Trinnet »{step.title}« er udført"


def _once(lines: list[NewsLine]) -> list[NewsLine]:
    seen: dict[tuple[UUID, str], NewsLine] = {}
    for line in lines:
        seen.setdefault((line.case_id, line.text), line)
    return list(seen.values())
