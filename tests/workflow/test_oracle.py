"""Every kind of deadline on every day of thirty years, against an oracle that shares nothing with the engine.

The oracle knows Easter by the anonymous computus, Great Prayer Day until its end, summer time by the rule of the EU, and counts days one by
one. No `holidays`, no `zoneinfo`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from casehub.definitions.cards import DayOfYear, DeadlineUnit
from casehub.workflow.calendar import Calendar, due_at
from tests.workflow.cards import deadline

FIRST, LAST = 2006, 2035
DAY = timedelta(days=1)
CALENDARS = [
    Calendar(saturday_counts=False, closed=("06-05", "12-24", "12-31")),
    Calendar(saturday_counts=True, closed=()),
]


def easter(year: int) -> date:
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int) -> set[date]:
    moving = {-3, -2, 0, 1, 39, 49, 50} | ({26} if year <= 2023 else set())
    fixed = {(1, 1), (12, 25), (12, 26)}
    return {easter(year) + days * DAY for days in moving} | {date(year, *day) for day in fixed}


HOLIDAYS = {day for year in range(FIRST - 1, LAST + 3) for day in holidays(year)}


def works(day: date, *, saturday: bool, closed: tuple[str, ...]) -> bool:
    if day.weekday() == 6 or (day.weekday() == 5 and not saturday):
        return False
    return day not in HOLIDAYS and f"{day.month:02}-{day.day:02}" not in closed


def working_days(calendar: Calendar) -> set[date]:
    day, end = date(FIRST - 1, 1, 1), date(LAST + 2, 12, 31)
    days = (day + n * DAY for n in range((end - day).days))
    return {
        one for one in days if works(one, saturday=calendar.saturday_counts, closed=tuple(calendar.closed))
    }


def last_sunday(year: int, month: int) -> datetime:
    """When clocks change: 01:00 UTC on the last Sunday of March and October."""
    day = date(year, month, 31)
    while day.weekday() != 6:
        day -= DAY
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


def wall_clock(at: datetime) -> str:
    """What a Danish clock shows at a moment."""
    summer = last_sunday(at.year, 3) <= at < last_sunday(at.year, 10)
    return f"{at + timedelta(hours=2 if summer else 1):%Y-%m-%d %H:%M:%S}"


def every_day() -> Iterator[date]:
    day = date(FIRST, 1, 1)
    while day.year <= LAST:
        yield day
        day += DAY


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def due(unit: DeadlineUnit, amount: int, day: date, calendar: Calendar, on: DayOfYear | None = None) -> str:
    one = replace(deadline(amount, unit, "x"), on=on)
    return f"{due_at(one, event_at=noon(day), calendar=calendar):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize("calendar", CALENDARS, ids=["offices", "saturday"])
def test_working_days_of_thirty_years(calendar: Calendar) -> None:
    days = working_days(calendar)
    amounts = (1, 2, 6, -5, 10, 20, -1)
    for n, start in enumerate(every_day()):
        amount = amounts[(n + start.year) % len(amounts)]  # shifted each year: a weekday meets every amount
        day, left = start, abs(amount)
        while left:
            day += DAY if amount > 0 else -DAY
            left -= day in days
        assert due(DeadlineUnit.WORKING_DAYS, amount, start, calendar) == f"{day} 23:59:59", (start, amount)


def test_calendar_days_and_months_of_thirty_years() -> None:
    calendar = CALENDARS[0]
    lengths = {1: 31, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
    for n, start in enumerate(every_day()):
        amount = n % 37 + 1
        day = start
        for _ in range(amount):
            day += DAY
        assert due(DeadlineUnit.CALENDAR_DAYS, amount, start, calendar) == f"{day} 23:59:59"
        month, year = start.month, start.year
        for _ in range(amount):
            month, year = (1, year + 1) if month == 12 else (month + 1, year)
        leap = year % 4 == 0  # every fourth, in these thirty years
        last = lengths.get(month, 29 if leap else 28)
        expected = f"{year}-{month:02}-{min(start.day, last):02} 23:59:59"
        assert due(DeadlineUnit.MONTHS, amount, start, calendar) == expected, (start, amount)


@pytest.mark.parametrize("hours", [1, 24, 72])
def test_hours_over_both_summer_time_changes_of_thirty_years(hours: int) -> None:
    for year in range(FIRST, LAST + 1):
        for month in (3, 10):
            change = last_sunday(year, month)
            for before in range(hours + 3):
                at = change - timedelta(hours=before) + timedelta(minutes=7)
                one = deadline(hours, DeadlineUnit.HOURS, "x")
                found = due_at(one, event_at=at, calendar=CALENDARS[0])
                assert f"{found:%Y-%m-%d %H:%M:%S}" == wall_clock(at + timedelta(hours=hours))
                assert found.astimezone(UTC) - at == timedelta(hours=hours)


@pytest.mark.parametrize("calendar", CALENDARS, ids=["offices", "saturday"])
def test_the_fifth_working_day_and_the_fifth_of_january_of_thirty_years(calendar: Calendar) -> None:
    days = working_days(calendar)
    months: dict[tuple[int, int], list[date]] = {}
    for day in sorted(days):
        months.setdefault((day.year, day.month), []).append(day)
    fifth = {month[4] for month in months.values()}
    for start in every_day():
        if start.day % 3:
            continue
        day = start
        while day not in fifth:
            day += DAY
        found = due(DeadlineUnit.DATE, 0, start, calendar, DayOfYear(None, None, 5))
        assert found == f"{day} 23:59:59", start
        year = start.year if (start.month, start.day) <= (1, 5) else start.year + 1
        assert due(DeadlineUnit.DATE, 0, start, calendar, DayOfYear(1, 5, None)) == f"{year}-01-05 23:59:59"
