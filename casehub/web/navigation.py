"""What every page shows around its content: who is signed in, the main menu, and how times and choices are written.

The menu hides what a role has no use for; whether a page may be seen is decided by the gate when it is asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from flask_login import current_user

from casehub.access.actor import Actor, Role
from casehub.definitions.cards import Choice as CardChoice
from casehub.services.messages import count_unread
from casehub.services.views import Choice, ReaderOption
from casehub.web import times
from casehub.web.security import runtime, work

APPROVALS = ("approvals.show", "Til godkendelse")
MESSAGES = ("messages.show", "Beskeder")
KIB = 1024
UNDER_CASES = frozenset(
    {
        "cases",
        "consents",
        "steps",
        "moving",
        "parties",
        "notes",
        "files",
        "recalls",
        "breaches",
        "oral",
        "viewers",
        "case_access",
        "erasing",
    }
)
STAFF_PAGES = (
    ("day.show", "Min dag"),
    MESSAGES,
    ("cases.show_list", "Sager"),
    ("search.show", "Søg"),
    ("referrals.show", "Ny henvendelse"),
    ("meetings.show_list", "Møder"),
    ("wheel.show", "Årshjul"),
    ("cards.show_list", "Handlingskort"),
    ("forums.show_list", "Fora"),
    ("contacts.show", "Kontakter"),
    APPROVALS,
)
PAGES = {
    Role.STAFF: STAFF_PAGES,
    Role.REVIEWER: (
        ("desk.show", "Kontrol"),
        ("log.show", "Log"),
        ("desk.show_signals", "Signaler"),
        ("desk.show_samples", "Stikprøver"),
        ("reviews.show_list", "Kontrolsager"),
        ("reports.show", "Månedsrapport"),
        MESSAGES,
    ),
    Role.ADMINISTRATOR: (("administration.show", "Administration"), MESSAGES, APPROVALS),
}


# pages of the desk that belong under one of its lines
UNDER = {
    "desk.show": {"desk.show"},
    "desk.show_signals": {"desk.show_signals", "desk.show_signal", "desk.set_aside"},
    "desk.show_samples": {"desk.show_samples", "desk.show_sample", "desk.draw"},
}


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of the main menu. `active`: the page shown belongs under it; `current`: it is the page shown.

    `unread`: how many messages wait there.
    """

    href: str
    text: str
    active: bool
    current: bool
    unread: int


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in, in words."""

    name: str
    place: str


def first_page(actor: Actor) -> str:
    """The endpoint where a person of this role begins."""
    return PAGES.get(actor.role, STAFF_PAGES)[0][0]


def furnish(app: Flask) -> None:
    """Give the templates their filters and what stands on every page."""
    app.context_processor(_around)
    app.template_filter("day")(times.day_text)
    app.template_filter("iso_day")(times.typed_day_text)
    app.template_filter("local_time")(times.local_time_text)
    app.template_filter("time")(times.time_text)
    app.template_filter("short")(times.short_text)
    app.template_filter("deadline")(times.deadline_text)
    app.template_filter("remaining")(times.remaining_text)
    app.template_filter("log_time")(times.log_text)
    app.template_filter("bytes")(bytes_text)
    app.template_filter("choices")(_choices)
    app.template_filter("id_choices")(_card_choices)
    app.template_filter("reader_choices")(_reader_choices)


def bytes_text(size: int) -> str:
    """How much a file is, as people say it: 512 bytes, 3 KB, 1,5 MB. Of 1,024 each, as their machines count."""
    if size < KIB:
        return f"{size} bytes"
    if size < KIB**2:
        return f"{size / KIB:.0f} KB"
    return f"{size / KIB**2:.1f} MB".replace(".0 ", " ").replace(".", ",")


def _around() -> dict[str, Any]:
    if not current_user.is_authenticated:
        return {"me": None, "navigation": (), "now": runtime().clock()}
    actor: Actor = current_user.actor
    catalogue = runtime().catalogue
    places = dict.fromkeys((catalogue.unit_name(actor.unit), catalogue.authority_name(actor.authority)))
    return {"me": Me(actor.name, ", ".join(places)), "navigation": _menu(actor), "now": runtime().clock()}


def _menu(actor: Actor) -> tuple[MenuItem, ...]:
    shown = request.endpoint or ""
    section = shown.partition(".")[0]
    under_cases = section in UNDER_CASES
    with work() as ctx:
        unread = count_unread(ctx)
    return tuple(
        MenuItem(
            url_for(endpoint),
            words,
            shown in UNDER.get(endpoint, ())
            or (section == endpoint.partition(".")[0] and section != "desk")
            or (under_cases and endpoint == "cases.show_list")
            or (section == "access_reports" and endpoint == "approvals.show")
            or (section == "glass" and endpoint == "search.show"),
            shown == endpoint,
            unread if endpoint == MESSAGES[0] else 0,
        )
        for endpoint, words in PAGES.get(actor.role, STAFF_PAGES)
    )


def _choices(choices: Iterable[Choice]) -> list[tuple[str, str]]:
    return [(choice.value, choice.text) for choice in choices]


def _card_choices(choices: Iterable[CardChoice]) -> list[tuple[str, str]]:
    return [(choice.id, choice.text) for choice in choices]


def _reader_choices(readers: Iterable[ReaderOption]) -> list[tuple[str, str]]:
    return [(reader.authority_id, reader.authority) for reader in readers if reader.bases]
