"""Parsed files into frozen dataclasses. Only documents their schema has accepted come here, so nothing is checked again."""

import hashlib
from datetime import date
from typing import Any

from casehub.definitions.calendars import CalendarDefinition
from casehub.definitions.cards import (
    EACH,
    Card,
    CardEvent,
    Choice,
    DayOfYear,
    Deadline,
    DeadlineKind,
    DeadlineUnit,
    Field,
    Mover,
    Step,
    StepKind,
)
from casehub.definitions.contact_rules import ContactRule, OnePer
from casehub.definitions.control import Control, Rule, SignalDefinition
from casehub.definitions.files import MIB, FileRules, FileType
from casehub.definitions.forums import ForumDefinition, Guest, Seat
from casehub.definitions.networks import (
    DEFAULT_ACUTE,
    AcuteLevels,
    Ages,
    Agreement,
    Basis,
    Direction,
    Hints,
    Information,
    Member,
    Network,
    Option,
    Subject,
)
from casehub.definitions.obligations import Obligation, ObligationTask
from casehub.definitions.organisation import AuthorityDefinition, Kommune, Organisation, UnitDefinition
from casehub.definitions.overdue import EscalateTo, Escalation, Overdue, Span, SpanUnit
from casehub.definitions.risk import Checklist, RiskItem, RiskLevel

Entry = dict[str, Any]


def build_card(data: Entry, content: bytes) -> Card:
    """Build the card of a `cards/*.yaml`."""
    return Card(
        id=data["id"],
        name=data["name"],
        network=data["network"],
        calendar=data["calendar"],
        steps=tuple(_step(step) for step in data["steps"]),
        sha256=hashlib.sha256(content).digest(),
        events=tuple(CardEvent(**event) for event in data.get("events", ())),
        overdue=_overdue(data.get("overdue")),
    )


def _step(data: Entry) -> Step:
    party = data.get("party", "")
    return Step(
        key=data["key"],
        number=data["number"],
        title=data["title"],
        kind=StepKind(data["kind"]),
        party=EACH if isinstance(party, list) else party,
        role=data.get("role", ""),
        deadline=_deadline(data.get("deadline")),
        requires=tuple(data.get("requires", ())),
        when=tuple(data.get("when", ())),
        gate=data.get("gate", False),
        basis=data.get("basis", ""),
        evidence=tuple(_field(field) for field in data.get("evidence", ())),
        outcome_field=data.get("outcome_field"),
        effect=data.get("effect"),
        help=data.get("help"),
        each_of=tuple(party) if isinstance(party, list) else (),
        target=_deadline(data.get("target")),
        catch_up=_deadline(data.get("catch_up")),
        discretionary=data.get("discretionary", False),
        repeat_limit=data["repeat"]["limit"] if "repeat" in data else 1,
        may_extend=tuple(Mover(who) for who in data.get("may_extend", ())),
        may_suspend=tuple(Mover(who) for who in data.get("may_suspend", ())),
        transferable=data.get("transferable", False),
        own_track=data.get("own_track", False),
        overdue=_overdue(data.get("overdue")),
    )


def _overdue(data: Entry | None) -> Overdue | None:
    if data is None:
        return None
    before = data.get("reminder_before")
    return Overdue(
        reminder_before=_span(before) if before else None,
        escalate=tuple(
            Escalation(_span(level["after"]), EscalateTo(level["to"])) for level in data.get("escalate", ())
        ),
    )


def _span(data: Entry) -> Span:
    return Span(data["amount"], SpanUnit(data["unit"]))


def _deadline(data: Entry | None) -> Deadline | None:
    if data is None:
        return None
    return Deadline(
        amount=data.get("amount", 0),
        unit=DeadlineUnit(data["unit"]),
        of=data["of"],
        kind=DeadlineKind(data["kind"]),
        source=data["source"],
        acute=_deadline(data.get("acute")),
        on=_day_of_year(data["on"]) if "on" in data else None,
    )


def _day_of_year(data: Entry) -> DayOfYear:
    return DayOfYear(data.get("month"), data.get("day"), data.get("working_day"))


def _field(data: Entry) -> Field:
    when = data.get("when")
    return Field(
        id=data["id"],
        label=data["label"],
        type=data["type"],
        required=data["required"],
        hint=data.get("hint"),
        choices=tuple(Choice(choice["id"], choice["text"]) for choice in data.get("choices", ())),
        when=(when["field"], when["is"]) if when else None,
    )


def build_network(data: Entry, content: bytes) -> Network:
    """Build the network of a `networks/*.yaml`."""
    return Network(
        id=data["id"],
        name=data["name"],
        prefix=data["prefix"],
        target_group=data["target_group"],
        coordinator_kind=data["coordinator"]["authority_kind"],
        coordinator_unit_kind=data["coordinator"]["unit_kind"],
        members=tuple(Member(**member) for member in data["members"]),
        bases=tuple(Basis(**basis) for basis in data["bases"]),
        directions=tuple(
            Direction(way["from"], way["to"], tuple(way["bases"]), tuple(way.get("information", ())))
            for way in data["directions"]
        ),
        purposes=_options(data["purposes"]),
        forbidden_purposes=_options(data["forbidden_purposes"]),
        indicators=_options(data["indicators"]),
        sources=_options(data["sources"]),
        card=data["card"],
        meeting_cadence_days=data["meeting_cadence_days"],
        minutes_working_days=data.get("minutes_working_days"),
        risk=tuple(data.get("risk", ())),
        contacts=_rules(data),
        information=tuple(
            Information(kind["id"], kind["text"], tuple(kind.get("presumed_of", ())))
            for kind in data.get("information", ())
        ),
        safe_contact_default=data["safe_contact_default"],
        whole_address=data.get("whole_address", False),
        retention_months=data["retention_months"],
        hints=Hints(**data.get("hints", {})),
        ages=_ages(data.get("ages")),
        acute=_acute(data.get("acute")),
        agreement=_agreement(data.get("agreement")),
        subject=Subject(data.get("subject", Subject.CITIZEN)),
        sha256=hashlib.sha256(content).digest(),
    )


def _acute(data: Entry | None) -> AcuteLevels:
    if data is None:
        return DEFAULT_ACUTE
    return AcuteLevels(data["deputy_after_minutes"], data["leader_after_minutes"], data["source"])


def _ages(data: Entry | None) -> Ages | None:
    return Ages(data["from"], data["to"], data["why"]) if data else None


def _agreement(data: Entry | None) -> Agreement | None:
    if data is None:
        return None
    return Agreement(
        since=date.fromisoformat(data["from"]),
        until=date.fromisoformat(data["until"]),
        signatories=frozenset(data["signatories"]),
        left=tuple((each["authority"], date.fromisoformat(each["on"])) for each in data.get("left", ())),
    )


def _options(data: list[Entry]) -> tuple[Option, ...]:
    return tuple(Option(**option) for option in data)


def build_organisation(data: Entry) -> Organisation:
    """Build the organisation of an `organisation/*.yaml`."""
    return Organisation(
        id=data["id"],
        name=data["name"],
        kommuner=tuple(Kommune(**kommune) for kommune in data["kommuner"]),
        authorities=tuple(_authority(authority) for authority in data["authorities"]),
    )


def _authority(data: Entry) -> AuthorityDefinition:
    return AuthorityDefinition(
        id=data["id"],
        kind=data["kind"],
        name=data["name"],
        kommuner=tuple(data["kommuner"]),
        units=tuple(
            UnitDefinition(
                unit["id"], unit["kind"], unit["name"], tuple(unit["kommuner"]), unit.get("duty_phone")
            )
            for unit in data["units"]
        ),
        names_staff=data.get("names_staff", False),
    )


def build_forum(data: Entry) -> ForumDefinition:
    """Build the forum of a `forums/*.yaml`."""
    vice_chair = data.get("vice_chair")
    return ForumDefinition(
        id=data["id"],
        name=data["name"],
        level=data["level"],
        per_kommune=data.get("per") == "kommune",
        members=tuple(Seat(**seat) for seat in data["members"]),
        chair=Seat(**data["chair"]),
        vice_chair=Seat(**vice_chair) if vice_chair else None,
        secretary=Seat(**data["secretary"]),
        approved_by=tuple(data["minutes_approved_by"]),
        guests=tuple(Guest(**guest) for guest in data.get("guests", ())),
        plan_sections=tuple(Option(**section) for section in data.get("plan_sections", ())),
    )


def build_obligation(data: Entry) -> Obligation:
    """Build the obligation of an `obligations/*.yaml`."""
    return Obligation(
        id=data["id"],
        name=data["name"],
        calendar=data["calendar"],
        source=data["source"],
        reported_to=data.get("reported_to"),
        tasks=tuple(_obligation_task(task) for task in data["tasks"]),
        contacts=_rules(data),
    )


def _rules(data: Entry) -> tuple[ContactRule, ...]:
    return tuple(
        ContactRule(
            rule["authority_kind"],
            rule["unit_kind"],
            OnePer(rule["one_per"]),
            rule.get("same_person", False),
        )
        for rule in data.get("contacts", ())
    )


def _obligation_task(data: Entry) -> ObligationTask:
    return ObligationTask(
        key=data["key"],
        title=data["title"],
        optional=data["kind"] == "KAN",
        forum=data.get("forum"),
        authority_kind=data.get("authority_kind"),
        unit_kind=data.get("unit_kind"),
        month=data["month"],
        day=data["day"],
        exact=data.get("exact", False),
        year_before=data.get("year_before", False),
        every_years=data.get("every_years", 1),
        first_year=data.get("first_year", 2000),
        host_rotates=data.get("host_rotates", False),
        adopts_plan=data.get("adopts_plan", False),
        requires=tuple(data.get("requires", ())),
    )


def build_checklist(data: Entry, content: bytes) -> Checklist:
    """Build the risk checklist of a `risk/*.yaml`."""
    return Checklist(
        id=data["id"],
        name=data["name"],
        about=data["about"],
        source=data["source"],
        levels=tuple(RiskLevel(level["id"], level["text"], level.get("from", 0)) for level in data["levels"]),
        items=tuple(
            RiskItem(item["id"], item["text"], item.get("points", 1)) for item in data.get("items", ())
        ),
        sha256=hashlib.sha256(content).digest(),
    )


def build_calendar(data: Entry) -> CalendarDefinition:
    """Build the calendar of a `calendars/*.yaml`."""
    holidays = tuple(data["holidays"]) if "holidays" in data else None
    return CalendarDefinition(data["id"], data["saturday_counts"], tuple(data["closed"]), holidays)


def build_files(data: Entry) -> FileRules:
    """Build the rules of `files/*.yaml`."""
    types = (FileType(each["name"], tuple(each["extensions"]), each["content"]) for each in data["types"])
    return FileRules(data["id"], data["largest_mib"] * MIB, tuple(types))


def build_control(data: Entry) -> Control:
    """Build the control of a `control/*.yaml`."""
    plain = (
        "id",
        "calendar",
        "near_days",
        "signal_days",
        "answer_working_days",
        "review_working_days",
        "question",
    )
    return Control(
        **{name: data[name] for name in plain},
        glass_hours=data["glass"]["hours"],
        glass_review_working_days=data["glass"]["review_working_days"],
        glass_kinds=_options(data["glass"]["kinds"]),
        sample_size=data["sample"]["size"],
        sample_most=data["sample"]["most"],
        sample_days=data["sample"]["days"],
        outcomes=_options(data["outcomes"]),
        signals=tuple(_signal(signal) for signal in data["signals"]),
    )


def _signal(data: Entry) -> SignalDefinition:
    return SignalDefinition(
        **{
            "minutes": 24 * 60,
            "from_hour": 0,
            "to_hour": 24,
            **data,
            "rule": Rule(data["rule"]),
        }
    )
