"""Collecting what is wrong with a form, so that a person is told everything at once."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import TypeVar

from casehub.services.errors import FormRefused
from casehub.values.text import ValueRefused, clean_text
from casehub.workflow.calendar import COPENHAGEN

T = TypeVar("T")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100


class Checking:
    """What is wrong so far, by field id. `done` raises it all; what a method returns is only good after `done`."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def wrong(self, field: str, message: str) -> None:
        """Note a fault; the first of a field stands."""
        self.errors.setdefault(field, message)

    def value(self, field: str, text: str, parse: Callable[[str], T]) -> T | None:
        """Parse a required value."""
        if not text.strip():
            self.wrong(field, "Feltet skal udfyldes.")
            return None
        try:
            return parse(text)
        except ValueRefused as refused:
            self.wrong(field, refused.message)
            return None

    def optional(self, field: str, text: str, parse: Callable[[str], T]) -> T | None:
        """Parse a value that may be left out."""
        return self.value(field, text, parse) if text.strip() else None

    def text(self, field: str, text: str, *, longest: int, required: bool = True) -> str:
        """Free text, cleaned; "" if it is wrong or left out."""
        check = self.value if required else self.optional
        return check(field, text, lambda typed: clean_text(typed, longest=longest)) or ""

    def choice(self, field: str, chosen: str, allowed: Collection[str], message: str) -> str:
        """One of the allowed values."""
        if chosen not in allowed:
            self.wrong(field, message)
        return chosen

    def day(self, field: str, text: str, *, required: bool = True) -> date | None:
        """A date as a date field sends it (2026-12-01) or as Danes write it (1.12.2026)."""
        check = self.value if required else self.optional
        return check(field, text, _day)

    def moment(self, field: str, text: str) -> datetime | None:
        """A local Danish time as a datetime field sends it (2026-12-01T14:30)."""
        return self.value(field, text, _moment)

    def done(self) -> None:
        """Raise FormRefused if anything was wrong."""
        if self.errors:
            raise FormRefused(self.errors)


def _day(text: str) -> date:
    return _parsed(
        text, ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y"), "Skriv en dato som 01.12.2026."
    ).date()


def _moment(text: str) -> datetime:
    forms = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y %H.%M")
    return _parsed(text, forms, "Skriv dato og klokkeslæt som 01.12.2026 14:30.").replace(tzinfo=COPENHAGEN)


def _parsed(text: str, forms: Sequence[str], message: str) -> datetime:
    """By the first form that fits, in a year that can be meant: what the database cannot give back is not put into it."""
    for form in forms:
        try:
            found = datetime.strptime(text.strip(), form)  # noqa: DTZ007 (the caller knows the zone, or wants a date)
        except ValueError:
            continue
        if EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            return found
        message = f"Skriv et årstal mellem {EARLIEST_YEAR} og {LATEST_YEAR}."
    raise ValueRefused(message)
