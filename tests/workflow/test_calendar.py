"""Working days and deadlines, against facts. Against all days of thirty years: `test_oracle`."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from casehub.definitions.cards import DayOfYear, DeadlineUnit
from casehub.definitions.schemas import SCHEMAS
from casehub.workflow.calendar import COPENHAGEN, Calendar, CalendarYearUnknown, due_at
from tests.workflow.cards import CALENDAR, deadline, local


def test_great_prayer_day_was_a_holiday_through_2023() -> None:
    assert not CALENDAR.is_working_day(date(2023, 5, 5))
    assert CALENDAR.is_working_day(date(2024, 4, 26))


def test_saturdays_and_closures_are_the_calendars_own_choice() -> None:
    saturday, constitution_day = date(2026, 11, 28), date(2026, 6, 5)
    assert not CALENDAR.is_working_day(saturday)
    assert CALENDAR.is_working_day(constitution_day)
    other = Calendar(saturday_counts=True, closed=("06-05",))
    assert other.is_working_day(saturday)
    assert not other.is_working_day(constitution_day)


def test_which_holidays_count_is_the_calendars_own_choice() -> None:
    some = Calendar(saturday_counts=False, closed=(), holidays=("Juledag",))
    assert some.is_working_day(date(2026, 4, 2))  # Maundy Thursday
    assert not some.is_working_day(date(2026, 12, 25))
    none = Calendar(saturday_counts=False, closed=(), holidays=())
    assert none.is_working_day(date(2026, 12, 25))


def test_a_calendar_file_can_name_just_the_holidays_there_are() -> None:
    schema = json.loads((SCHEMAS / "calendar.schema.json").read_bytes())
    named = set(schema["properties"]["holidays"]["items"]["enum"])
    there_are = set(country_holidays("DK", years=2023, expand=False, language="da").values())
    assert named == there_are


def test_24_hours_and_six_working_days_from_a_notification_on_maundy_thursday() -> None:
    notified = local("2026-04-02 16:40")
    day = deadline(24, DeadlineUnit.HOURS, "x")
    assert due_at(day, event_at=notified, calendar=CALENDAR) == local(
        "2026-04-03 16:40"
    )  # Good Friday or not
    six = deadline(6, DeadlineUnit.WORKING_DAYS, "x")  # Tuesday 7 April is the first
    assert due_at(six, event_at=notified, calendar=CALENDAR) == local("2026-04-14 23:59:59")


@pytest.mark.parametrize(
    ("on", "at", "expected"),
    [
        (DayOfYear(1, 5, None), "2026-01-05 09:00", "2026-01-05"),  # the day itself
        (DayOfYear(1, 5, None), "2026-01-06 09:00", "2027-01-05"),
        (DayOfYear(2, 31, None), "2027-03-01 09:00", "2028-02-29"),  # the last day there is
        (DayOfYear(None, 5, None), "2026-12-06 09:00", "2027-01-05"),
        (DayOfYear(None, None, 5), "2026-04-01 09:00", "2026-04-10"),  # 1, 7, 8, 9 and 10 April
        (DayOfYear(None, None, 5), "2026-04-11 09:00", "2026-05-07"),
        (DayOfYear(9, None, 1), "2026-10-01 09:00", "2027-09-01"),
    ],
)
def test_a_calendar_date_is_the_first_one_not_before_the_event(on: DayOfYear, at: str, expected: str) -> None:
    one = replace(deadline(0, DeadlineUnit.DATE, "x"), on=on)
    assert due_at(one, event_at=local(at), calendar=CALENDAR) == local(f"{expected} 23:59:59")


@pytest.mark.parametrize(
    ("day", "amount", "expected"),
    [
        ("2026-11-21", 1, "2026-11-23"),  # from a Saturday
        ("2026-11-20", 1, "2026-11-23"),  # from a Friday
        ("2026-11-22", -1, "2026-11-20"),  # before a Sunday
        ("2026-12-10", -5, "2026-12-03"),
        ("2026-12-23", 2, "2026-12-28"),  # Christmas Eve counts unless the calendar closes it
        ("2026-11-21", 0, "2026-11-23"),
        ("2026-11-23", 0, "2026-11-23"),
    ],
)
def test_working_days_are_counted_from_the_day_after(day: str, amount: int, expected: str) -> None:
    assert CALENDAR.add_working_days(date.fromisoformat(day), amount) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("amount", "unit", "at", "expected"),
    [
        (24, DeadlineUnit.HOURS, "2026-03-28 12:00", "2026-03-29 13:00"),  # summer time begins
        (24, DeadlineUnit.HOURS, "2026-10-24 12:00", "2026-10-25 11:00"),  # and ends
        (0, DeadlineUnit.SAME_DAY, "2026-11-23 00:00", "2026-11-23 23:59:59"),
        (0, DeadlineUnit.AT_EVENT, "2026-12-10 13:00", "2026-12-10 23:59:59"),
        (30, DeadlineUnit.CALENDAR_DAYS, "2026-12-10 13:00", "2027-01-09 23:59:59"),
        (1, DeadlineUnit.MONTHS, "2027-01-31 13:00", "2027-02-28 23:59:59"),
        (12, DeadlineUnit.MONTHS, "2028-02-29 13:00", "2029-02-28 23:59:59"),
        (-1, DeadlineUnit.MONTHS, "2026-01-31 13:00", "2025-12-31 23:59:59"),
        (1, DeadlineUnit.WORKING_DAYS, "2026-12-31 13:00", "2027-01-04 23:59:59"),
    ],
)
def test_each_unit_counts_in_danish_time(amount: int, unit: DeadlineUnit, at: str, expected: str) -> None:
    due = due_at(deadline(amount, unit, "x"), event_at=local(at), calendar=CALENDAR)
    assert due == local(expected)
    assert due.tzinfo is COPENHAGEN


def test_the_day_is_the_danish_one_whatever_the_time_zone_of_the_event() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # half past midnight on the 23rd in Denmark
    same_day = deadline(0, DeadlineUnit.SAME_DAY, "x")
    assert due_at(same_day, event_at=late, calendar=CALENDAR) == local("2026-11-23 23:59:59")


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        due_at(deadline(1, DeadlineUnit.HOURS, "x"), event_at=datetime(2026, 1, 1), calendar=CALENDAR)  # noqa: DTZ001 (the point)


@pytest.mark.parametrize("day", [date(1770, 12, 31), date(2101, 1, 1)])
def test_a_year_whose_holidays_nobody_knows_is_refused(day: date) -> None:
    with pytest.raises(CalendarYearUnknown, match=str(day.year)):
        CALENDAR.is_working_day(day)


def test_counting_into_an_unknown_year_is_refused() -> None:
    with pytest.raises(CalendarYearUnknown, match="2101"):
        CALENDAR.add_working_days(date(2100, 12, 30), 5)


COUNTED = [unit for unit in DeadlineUnit if unit is not DeadlineUnit.DATE]
deadlines = st.builds(deadline, st.integers(-40, 40), st.sampled_from(COUNTED), st.just("x"))
moments = st.integers(0, 15 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(deadlines, moments, moments)
def test_a_later_event_never_gives_an_earlier_deadline(one, first: datetime, second: datetime) -> None:
    earlier, later = sorted((first, second))
    assert due_at(one, event_at=earlier, calendar=CALENDAR) <= due_at(one, event_at=later, calendar=CALENDAR)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 60))
def test_working_days_there_and_back(day: date, amount: int) -> None:
    there = CALENDAR.add_working_days(day, amount)
    between = [day + timedelta(n) for n in range(1, (there - day).days + 1)]
    assert sum(CALENDAR.is_working_day(one) for one in between) == amount
    assert CALENDAR.is_working_day(there)
