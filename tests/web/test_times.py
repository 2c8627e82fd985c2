"""Times as people read them, across the two changes of the clock."""

from datetime import UTC, datetime

import pytest

from casehub.web import times

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)  # 12.00 in Denmark


def danish_end_of(day: int, hour: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, 59, 59, tzinfo=UTC)


def test_a_time_is_danish_words_in_danish_time():
    assert times.time_text(datetime(2026, 11, 24, 11, 0, tzinfo=UTC)) == "tirsdag 24. november 2026 kl. 12.00"
    assert times.time_text(datetime(2026, 7, 1, 11, 5, tzinfo=UTC)) == "onsdag 1. juli 2026 kl. 13.05"


def test_a_moment_late_in_the_evening_belongs_to_its_danish_day():
    assert times.day_text(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == "onsdag 1. juli 2026"


def test_tables_shorten_the_month():
    assert times.short_text(NOON) == "22. nov. 2026 kl. 12.00"
    assert times.short_text(datetime(2026, 5, 2, 6, 0, tzinfo=UTC)) == "2. maj 2026 kl. 08.00"


def test_a_deadline_at_the_end_of_a_day_is_that_day():
    assert times.deadline_text(danish_end_of(24)) == "tirsdag 24. november 2026"
    assert times.deadline_text(NOON) == "søndag 22. november 2026 kl. 12.00"


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (danish_end_of(22), "i dag"),
        (danish_end_of(23), "i morgen"),
        (danish_end_of(24), "om 2 dage"),
        (danish_end_of(20), "2 dage over fristen"),
        (danish_end_of(21), "1 dag over fristen"),
        (datetime(2026, 11, 22, 14, 0, tzinfo=UTC), "om 3 timer"),
        (datetime(2026, 11, 22, 11, 20, tzinfo=UTC), "om 1 time"),
        (datetime(2026, 11, 22, 9, 0, tzinfo=UTC), "2 timer over fristen"),
        (datetime(2026, 11, 22, 10, 30, tzinfo=UTC), "under en time over fristen"),
    ],
)
def test_what_is_left_is_said_as_people_say_it(due: datetime, words: str):
    assert times.remaining_text(due, NOON) == words


def test_a_day_of_25_hours_is_one_day():
    before = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # 00.30 on the 25th, the day the clock goes back
    assert times.remaining_text(datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), before) == "i dag"
    assert times.remaining_text(datetime(2026, 10, 26, 22, 59, 59, tzinfo=UTC), before) == "i morgen"
