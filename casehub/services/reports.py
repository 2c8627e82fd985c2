"""The monthly report of an authority's reviewer: figures of the log and of the control, and how far the log is held. A PDF.

Counts of one's own staff's doings alone; no names, no cases. Making it is itself an entry.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select

from casehub.access.actions import Action
from casehub.audit import LOOK_UPS, Category, Event, Outcome
from casehub.audit.reading import read_checkpoint
from casehub.audit.witnessing import LogStanding
from casehub.model import AuditContent, LogSample, LogSignal, Review
from casehub.outbound.pdf import render_pdf
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.services.views import Choice
from casehub.services.wording import MONTHS
from casehub.workflow.calendar import COPENHAGEN, add_months

MONTHS_SHOWN = 12
Figures = list[tuple[str, int | str]]


def list_months(ctx: Context) -> tuple[Choice, ...]:
    """The months a report can be made of, newest first. NotFound for all but reviewers."""
    ctx.gate.visit(action=Action.LOG_REPORT, event=Event.DESK_READ)
    first = ctx.today.replace(day=1)
    months = (add_months(first, -back) for back in range(MONTHS_SHOWN))
    return tuple(Choice(f"{month:%Y-%m}", _words(month)) for month in months)


def make_report(ctx: Context, *, month: str, standing: LogStanding | None) -> bytes:
    """The report of a month (`2026-11`), as a PDF. NotFound for all but reviewers, and for what is no month so far."""
    ctx.gate.visit(action=Action.LOG_REPORT, event=Event.LOG_REPORTED, detail={"month": month[:7]})
    first = _first(month)
    if first is None or first > ctx.today:
        raise NotFound
    return render_pdf("month", _data(ctx, first, standing), made_at=ctx.now)


def _first(month: str) -> date | None:
    try:
        return datetime.strptime(month, "%Y-%m").replace(tzinfo=COPENHAGEN).date()
    except ValueError:
        return None


def _data(ctx: Context, first: date, standing: LogStanding | None) -> dict[str, Any]:
    following = add_months(first, 1)
    since, until = (datetime.combine(day, time(), COPENHAGEN) for day in (first, following))
    days = _days(ctx, first, following, since, until)
    control = _control(ctx, since, until)
    use = _use(ctx, since, until)
    looked = sum(number for _, number in days)
    busiest = max(days, key=lambda day: day[1])
    return {
        "title": f"Kontrol af opslag i {_words(first)}",
        "authority": ctx.catalogue.authority_name(ctx.actor.authority),
        "period": f"Fra {first:%d.%m.%Y} til og med {following - timedelta(days=1):%d.%m.%Y}",
        "made": f"{ctx.now.astimezone(COPENHAGEN):%d.%m.%Y kl. %H.%M}",
        "summary": f"Myndighedens medarbejdere lavede {looked} opslag i sager i {_words(first)}. "
        f"{dict(use)['Afviste forsøg fra egne medarbejdere']} forsøg blev afvist.",
        "use": use,
        "days": [(str(day.day), number) for day, number in days],
        "busiest": f"{busiest[1]} den {busiest[0].day}." if busiest[1] else "0",
        "chart": "Søjler med antal opslag dag for dag: "
        + (", ".join(f"den {day.day}.: {number}" for day, number in days if number) or "ingen opslag"),
        "control": control,
        "signals": _signals(ctx, since, until),
        "outcomes": _outcomes(ctx, since, until),
        "tree": _tree(ctx, standing),
        "tree_words": _tree_words(standing),
    }


def _use(ctx: Context, since: datetime, until: datetime) -> Figures:
    own = AuditContent.authority_id == ctx.actor.authority
    allowed, refused = (
        AuditContent.outcome == outcome.value for outcome in (Outcome.ALLOWED, Outcome.REFUSED)
    )

    def count(*conditions: ColumnElement[bool]) -> int:
        wanted = select(func.count()).select_from(AuditContent)
        within = (AuditContent.at >= since, AuditContent.at < until)
        return ctx.session.scalar(wanted.where(*within, *conditions)) or 0

    people = select(func.count(AuditContent.actor_id.distinct())).where(
        own, allowed, _is(LOOK_UPS), AuditContent.at >= since, AuditContent.at < until
    )
    return [
        ("Opslag i sager", count(own, allowed, _is(LOOK_UPS))),
        ("Medarbejdere, der har lavet opslag", ctx.session.scalar(people) or 0),
        ("Søgninger efter borgere", count(own, allowed, _is({Event.CASE_SEARCHED}))),
        ("Videregivelser", count(own, allowed, _is(_of(Category.DISCLOSURE)))),
        ("Afviste forsøg fra egne medarbejdere", count(own, refused)),
        ("Afviste forsøg fra andre myndigheder på egne sager", count(~own, refused)),
    ]


def _days(
    ctx: Context, first: date, following: date, since: datetime, until: datetime
) -> list[tuple[date, int]]:
    day = cast(func.date(func.timezone("Europe/Copenhagen", AuditContent.at)), Text)
    counted = (
        select(day, func.count())
        .where(
            AuditContent.authority_id == ctx.actor.authority,
            AuditContent.outcome == Outcome.ALLOWED.value,
            _is(LOOK_UPS),
            AuditContent.at >= since,
            AuditContent.at < until,
        )
        .group_by(day)
    )
    found = {date.fromisoformat(when): number for when, number in ctx.session.execute(counted)}
    days = (first + timedelta(days=number) for number in range((following - first).days))
    return [(each, found.get(each, 0)) for each in days]


def _control(ctx: Context, since: datetime, until: datetime) -> Figures:
    samples = select(func.count()).where(LogSample.drawn_at >= since, LogSample.drawn_at < until)
    opened = select(func.count()).where(Review.opened_at >= since, Review.opened_at < until)
    closed = select(func.count()).where(Review.closed_at >= since, Review.closed_at < until)
    end = min(until, ctx.now)
    late = select(func.count()).where(
        Review.due_at < end, Review.opened_at < end, Review.closed_at.is_(None) | (Review.closed_at >= end)
    )
    return [
        ("Stikprøver udtaget", ctx.session.scalar(samples) or 0),
        ("Kontrolsager åbnet", ctx.session.scalar(opened) or 0),
        ("Kontrolsager lukket", ctx.session.scalar(closed) or 0),
        ("Kontrolsager over fristen ved månedens slutning", ctx.session.scalar(late) or 0),
    ]


def _signals(ctx: Context, since: datetime, until: datetime) -> Figures:
    found = select(LogSignal.rule).where(LogSignal.found_at >= since, LogSignal.found_at < until)
    counted = Counter(ctx.session.scalars(found))
    titles = {each.id: each.title for each in ctx.catalogue.current.control.signals}
    return sorted((titles.get(rule, rule), number) for rule, number in counted.items())


def _outcomes(ctx: Context, since: datetime, until: datetime) -> Figures:
    closed = select(Review.outcome).where(Review.closed_at >= since, Review.closed_at < until)
    counted = Counter(ctx.session.scalars(closed))
    texts = {each.id: each.text for each in ctx.catalogue.current.control.outcomes}
    return sorted((texts.get(outcome or "", outcome or ""), number) for outcome, number in counted.items())


def _tree(ctx: Context, standing: LogStanding | None) -> Figures:
    newest = read_checkpoint(ctx.session)
    signed = newest.size if newest else 0
    rows: Figures = [("Linjer i den nyeste underskrevne liste", signed)]
    if standing is not None:
        rows.insert(0, ("Linjer i loggen", signed + standing.unsigned))
        witnessed = signed + standing.unsigned - standing.unwitnessed
        rows.append(("Linjer, som vidner har bekræftet", witnessed if standing.witnesses else "ingen vidner"))
    return rows


def _tree_words(standing: LogStanding | None) -> str:
    if standing is None or not standing.witnesses:
        return "Ingen vidner er sat op. Uden dem kan kun driften selv bekræfte, at loggen er hel."
    return "Det, som vidner har bekræftet, kan ikke ændres eller fjernes, uden at det kan ses udefra."


def _is(events: "frozenset[Event] | set[Event]") -> ColumnElement[bool]:
    return AuditContent.event.in_(sorted(event.value for event in events))


def _of(category: Category) -> frozenset[Event]:
    return frozenset(event for event in Event if event.category is category)


def _words(month: date) -> str:
    return f"{MONTHS[month.month - 1]} {month.year}"
