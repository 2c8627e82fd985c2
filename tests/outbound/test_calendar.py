"""The calendar as another library reads it: the right instants over summer time, and nothing but kinds and times."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from vobject import readOne

from casehub.outbound.calendar import CalendarLine, LineKind, OwnCalendar, etag_of, write_calendar

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
OWNER = UUID(int=7)
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


def parsed(*lines: CalendarLine, owner: UUID = OWNER) -> list[object]:
    calendar = readOne(write_calendar(OwnCalendar(owner, lines), made_at=NOW).decode())
    return list(calendar.vevent_list)


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-28T16:40",
        "2026-03-29T16:40",  # summer time began that night
        "2026-10-24T16:40",
        "2026-10-25T16:40",  # and ended
        "2027-07-01T09:00",
        "2031-12-24T12:00",
    ],
)
def test_another_library_reads_the_time_that_it_is_in_denmark(at: str):
    [event] = parsed(CalendarLine(uuid4(), LineKind.MEETING, local(at).astimezone(UTC)))
    assert f"{event.dtstart.value.astimezone(COPENHAGEN):%Y-%m-%dT%H:%M}" == at


def test_a_deadline_at_the_days_end_is_that_day_and_takes_no_time():
    [deadline, meeting] = parsed(
        CalendarLine(uuid4(), LineKind.DEADLINE, local("2026-12-01T23:59:59"), whole_day=True),
        CalendarLine(uuid4(), LineKind.MEETING, local("2026-12-02T09:00")),
    )
    assert deadline.dtstart.value == date(2026, 12, 1)
    assert (deadline.transp.value, meeting.transp.value) == ("TRANSPARENT", "OPAQUE")
    assert {each.contents["class"][0].value for each in (deadline, meeting)} == {"PRIVATE"}


def test_a_line_keeps_its_name_when_it_moves_and_has_another_in_a_colleagues_calendar():
    about = uuid4()
    before, after = (CalendarLine(about, LineKind.MEETING, NOW + timedelta(days=days)) for days in (1, 8))
    [first], [moved], [theirs] = parsed(before), parsed(after), parsed(before, owner=UUID(int=8))
    assert first.uid.value == moved.uid.value != theirs.uid.value
    assert str(about) not in first.uid.value


def test_what_has_not_changed_has_the_same_etag_whenever_it_is_written():
    line = CalendarLine(uuid4(), LineKind.TASK, NOW)
    same, moved = (
        OwnCalendar(OWNER, (line,)),
        OwnCalendar(OWNER, (CalendarLine(line.id, line.kind, NOW + timedelta(1)),)),
    )
    assert etag_of(same) == etag_of(OwnCalendar(OWNER, [line])) != etag_of(moved)
