"""Days that count, and when a deadline falls due: pure functions of an event's own time, never of a clock.

Owns Danish working days (the `holidays` library, and which of its days count by `policies/calendars/*.yaml`) and Danish local time.
A year the library does not know is refused, never guessed. Called by the engine and by tests.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays
from holidays.countries.denmark import Denmark

from casehub.definitions.cards import DayOfYear, Deadline, DeadlineUnit

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

_SATURDAY = 5
_SUNDAY = 6
_LAST = time(23, 59, 59)
_DAY = timedelta(days=1)


class CalendarYearUnknown(LookupError):
    """A working day was asked for in a year whose holidays are not known."""


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> Mapping[date, str]:
    """The public holidays of a year, each with its Danish name."""
    if not Denmark.start_year <= year <= Denmark.end_year:
        message = (
            f"no Danish holidays known for {year} (known: {Denmark.start_year}-{Denmark.end_year}): "
            "check the date, or install a newer version of the package `holidays`"
        )
        raise CalendarYearUnknown(message)
    return country_holidays("DK", years=year, expand=False, language="da")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days count as working days (hverdage).

    `saturday_counts`: whether Saturday is one; `closed`: month-days ("06-05") that are closed besides the holidays, every year;
    `holidays`: names of the public holidays that are closed, None for all of them.
    """

    saturday_counts: bool
    closed: Sequence[str]
    holidays: Sequence[str] | None = None

    def is_working_day(self, day: date) -> bool:
        """Whether `day` counts. CalendarYearUnknown outside the years the library has."""
        holidays = _holidays_of(day.year)
        if day.weekday() == _SUNDAY or (day.weekday() == _SATURDAY and not self.saturday_counts):
            return False
        name = holidays.get(day)
        if name is not None and (self.holidays is None or name in self.holidays):
            return False
        return f"{day:%m-%d}" not in self.closed

    def add_working_days(self, day: date, amount: int) -> date:
        """The `amount`th working day after `day` (before it if negative); `day` itself never counts.

        With 0: `day`, or the first working day after it. CalendarYearUnknown outside the years the library has.
        """
        if amount == 0:
            return day if self.is_working_day(day) else self.add_working_days(day, 1)
        step = _DAY if amount > 0 else -_DAY
        left = abs(amount)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day


def danish_day(at: datetime) -> date:
    """The day it is in Denmark at that moment. ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone has no day")
    return at.astimezone(COPENHAGEN).date()


def end_of_day(day: date) -> datetime:
    """23:59:59 of `day` in Denmark: a deadline in days ends with the day."""
    return datetime.combine(day, _LAST, COPENHAGEN)


def ends_the_day(at: datetime) -> bool:
    """Whether a deadline is for a whole day, as those in days are."""
    return at.astimezone(COPENHAGEN).time() == _LAST


def add_months(day: date, months: int) -> date:
    """The same day `months` later (earlier if negative), or the last day of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def full_years(since: date, day: date) -> int:
    """How many whole years have passed by `day`: an age. Someone born on 29 February turns on 1 March in other years."""
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def due_at(deadline: Deadline, *, event_at: datetime, calendar: Calendar) -> datetime:
    """When `deadline` falls due, counted from `event_at`, the event's own time; in Danish time.

    Hours are clock time, so 24 hours over a summer-time change stay 24 hours. Every other unit ends at 23:59:59 of a day in
    Denmark. ValueError if `event_at` has no time zone; CalendarYearUnknown as `Calendar`. `deadline.acute` is the caller's choice.
    """
    if event_at.tzinfo is None:
        message = f"the time of the event {deadline.of!r} has no time zone"
        raise ValueError(message)
    if deadline.unit is DeadlineUnit.HOURS:
        return (event_at.astimezone(UTC) + timedelta(hours=deadline.amount)).astimezone(COPENHAGEN)
    return end_of_day(_due_on(deadline, event_at.astimezone(COPENHAGEN).date(), calendar))


def _due_on(deadline: Deadline, day: date, calendar: Calendar) -> date:
    match deadline.unit:
        case DeadlineUnit.WORKING_DAYS:
            return calendar.add_working_days(day, deadline.amount)
        case DeadlineUnit.CALENDAR_DAYS:
            return day + timedelta(days=deadline.amount)
        case DeadlineUnit.MONTHS:
            return add_months(day, deadline.amount)
        case DeadlineUnit.DATE if deadline.on is not None:
            return next_day(deadline.on, day, calendar)
        case _:  # same day, at the event
            return day


def next_day(on: DayOfYear, day: date, calendar: Calendar) -> date:
    """The first such day that is not before `day`."""
    first = day.replace(day=1)
    months = (add_months(first, n) for n in range(26))
    days = (_day_in(on, month, calendar) for month in months if on.month in {None, month.month})
    return next(one for one in days if one >= day)


def _day_in(on: DayOfYear, first: date, calendar: Calendar) -> date:
    """The day in the month that begins with `first`."""
    if on.working_day is not None:
        return calendar.add_working_days(first - _DAY, on.working_day)
    return first.replace(day=min(on.day or 1, monthrange(first.year, first.month)[1]))
