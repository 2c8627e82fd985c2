"""A working calendar as data, parsed from `policies/calendars/*.yaml`. On which day of a year a holiday falls is the workflow's to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalendarDefinition:
    """`saturday_counts`: whether a Saturday is a *hverdag*; `closed`: `MM-DD` days that do not count besides holidays.

    `holidays`: names of the public holidays that do not count; None: none of them does.
    """

    id: str
    saturday_counts: bool
    closed: tuple[str, ...]
    holidays: tuple[str, ...] | None = None
