"""A working calendar as data, parsed from `policies/calendars/*.yaml`. Public holidays are the workflow's to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalendarDefinition:
    """`saturday_counts`: whether a Saturday is a *hverdag*; `closed`: `MM-DD` days that do not count besides holidays."""

    id: str
    saturday_counts: bool
    closed: tuple[str, ...]
