"""Searching the log: what was typed, checked and turned into what entries are found by. Each search is recorded.

A citizen is found by the authority's own blind index and is from then on nothing but the cases found; the number itself
is kept nowhere. A search is kept by the door that asked (`as_data`, `from_data`), so that no address holds it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from casehub.access.actions import Action
from casehub.audit import Category, Event, Outcome
from casehub.model import Case, Staff
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.log_views import LogSearchForm
from casehub.services.views import Choice
from casehub.values import CaseNumber, Cpr
from casehub.workflow.calendar import COPENHAGEN

MOST_PEOPLE = 50
OUTCOMES = {
    Outcome.ALLOWED: "Tilladt",
    Outcome.REFUSED: "Afvist",
    Outcome.FAILED: "Kunne ikke åbnes",
}
CATEGORIES = {
    Category.CONSULTATION: "Opslag",
    Category.SEARCH: "Søgning",
    Category.LIST: "Lister",
    Category.COLLECTION: "Indsamling",
    Category.ALTERATION: "Ændring",
    Category.DISCLOSURE: "Videregivelse",
    Category.COMBINATION: "Samkøring",
    Category.ERASURE: "Sletning",
    Category.LOGIN: "Log ind og ud",
    Category.POLICY: "Regler og organisation",
    Category.KEY: "Nøgler",
}


@dataclass(frozen=True, slots=True)
class LogSearch:
    """What entries are found by; None: by anything. `until` is no more part of it. `words`: what was asked, in Danish."""

    people: tuple[UUID, ...] | None = None
    unit: str | None = None
    cases: tuple[UUID, ...] | None = None
    events: tuple[str, ...] | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[tuple[str, str], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Plain data, for keeping."""
        return {
            "people": _texts(self.people),
            "unit": self.unit,
            "cases": _texts(self.cases),
            "events": _texts(self.events),
            "outcome": self.outcome,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "words": [list(pair) for pair in self.words],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "LogSearch":
        """What `as_data` gave."""
        return cls(
            people=_uuids(data["people"]),
            unit=data["unit"],
            cases=_uuids(data["cases"]),
            events=None if data["events"] is None else tuple(data["events"]),
            outcome=data["outcome"],
            since=_moment(data["since"]),
            until=_moment(data["until"]),
            words=tuple((label, words) for label, words in data["words"]),
        )


@dataclass(frozen=True, slots=True)
class SearchInput:
    """A search as typed; "" is by anything. `event`: an event's or a category's name."""

    person: str = ""
    unit: str = ""
    case: str = ""
    cpr: str = ""
    since: str = ""
    until: str = ""
    event: str = ""
    outcome: str = ""


def read_search_form(ctx: Context) -> LogSearchForm:
    """What can be chosen. No entry: the organisation's units and the events there are, from files and code alone."""
    organisation = ctx.catalogue.current.organisation
    units = [
        Choice(
            unit.id, unit.name if authority.id == ctx.actor.authority else f"{unit.name} ({authority.name})"
        )
        for authority in sorted(organisation.authorities, key=lambda each: each.id != ctx.actor.authority)
        for unit in authority.units
    ]
    events = [Choice(category.value, f"Alt om: {words}") for category, words in CATEGORIES.items()]
    events += sorted((Choice(event.value, event.text) for event in Event), key=lambda choice: choice.text)
    outcomes = [Choice(outcome.value, words) for outcome, words in OUTCOMES.items()]
    return LogSearchForm(tuple(units), tuple(events), tuple(outcomes))


def search_log(ctx: Context, *, data: SearchInput) -> LogSearch:
    """Check a search and record it. FormRefused; NotFound for all but reviewers, before what was typed is looked at."""
    ctx.gate.require(action=Action.LOG_READ, event=Event.LOG_SEARCHED)
    check = Checking()
    people = _people(ctx, check, data.person)
    case = _case(ctx, check, data.case)
    cpr = check.optional("cpr", data.cpr, lambda text: Cpr.parse(text, today=ctx.today))
    first, last = (check.day(name, getattr(data, name), required=False) for name in ("since", "until"))
    if first and last and last < first:
        check.wrong("until", "Til-datoen ligger før fra-datoen.")
    form = read_search_form(ctx)
    for name, choices in (("unit", form.units), ("event", form.events), ("outcome", form.outcomes)):
        known = {"", *(choice.value for choice in choices)}
        check.choice(name, getattr(data, name), known, "Vælg en af mulighederne.")
    check.done()
    asked = {
        "since": first,
        "until": last,
        "unit": data.unit,
        "event": data.event,
        "outcome": data.outcome,
    }
    detail = {name: str(value) for name, value in asked.items() if value}
    if people is not None:
        detail["people"] = " ".join(map(str, people))
    if cpr is not None:
        detail["citizen"] = "yes"
    found = ctx.gate.search_log(
        citizen=cpr.normalised if cpr else None,
        networks=tuple(ctx.catalogue.current.networks),
        cases=case or (),
        detail=detail,
    )
    return LogSearch(
        people=people,
        unit=data.unit or None,
        cases=_both(case, found if cpr else None),
        events=_events(data.event),
        outcome=data.outcome or None,
        since=_midnight(first),
        until=_midnight(last + timedelta(days=1) if last else None),
        words=_words(data, form, first, last, len(found)),
    )


def _people(ctx: Context, check: Checking, typed: str) -> tuple[UUID, ...] | None:
    """Those whose login it is, or in whose name every word stands."""
    words = check.text("person", typed, longest=100, required=False).split()
    if not words:
        return None
    named = and_(*(func.strpos(func.lower(Staff.name), word.lower()) > 0 for word in words))
    meant = or_(Staff.login == typed.strip().lower(), named)
    found = ctx.session.scalars(select(Staff.id).where(meant).limit(MOST_PEOPLE + 1)).all()
    if not found:
        check.wrong("person", "Ingen medarbejder har det navn eller brugernavn. Prøv med en del af navnet.")
    if len(found) > MOST_PEOPLE:
        check.wrong("person", f"Mere end {MOST_PEOPLE} medarbejdere passer. Skriv mere af navnet.")
    return tuple(found)


def _case(ctx: Context, check: Checking, typed: str) -> tuple[UUID, ...] | None:
    number = check.optional("case", typed, CaseNumber.parse)
    if number is None:
        return None
    found = ctx.session.scalar(select(Case.id).where(Case.number == number.normalised))
    if found is None:
        check.wrong("case", "Din myndighed deltager ikke i nogen sag med det nummer. Kontrollér nummeret.")
        return None
    return (found,)


def _both(case: tuple[UUID, ...] | None, citizens: tuple[UUID, ...] | None) -> tuple[UUID, ...] | None:
    """The cases that are meant: of the number and of the citizen, where both were asked for."""
    if case is None or citizens is None:
        return citizens if case is None else case
    return tuple(each for each in case if each in citizens)


def _events(name: str) -> tuple[str, ...] | None:
    if not name:
        return None
    return tuple(event.value for event in Event if name in {event.value, event.category.value})


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), COPENHAGEN)


def _words(
    data: SearchInput, form: LogSearchForm, first: date | None, last: date | None, found: int
) -> tuple[tuple[str, str], ...]:
    def chosen(choices: Collection[Choice], value: str) -> str:
        return next((choice.text for choice in choices if choice.value == value), "")

    cases = "1 sag" if found == 1 else f"{found} sager"
    told = (
        ("Person", " ".join(data.person.split())),
        ("Enhed", chosen(form.units, data.unit)),
        ("Sag", data.case.strip().upper()),
        ("Borger", f"fundet i {cases} hos din myndighed" if data.cpr.strip() else ""),
        ("Fra", f"{first:%d.%m.%Y}" if first else ""),
        ("Til og med", f"{last:%d.%m.%Y}" if last else ""),
        ("Handling", chosen(form.events, data.event)),
        ("Afgørelse", chosen(form.outcomes, data.outcome)),
    )
    return tuple((label, words) for label, words in told if words)


def _texts(values: Collection[object] | None) -> list[str] | None:
    return None if values is None else [str(value) for value in values]


def _uuids(values: Collection[str] | None) -> tuple[UUID, ...] | None:
    return None if values is None else tuple(map(UUID, values))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
