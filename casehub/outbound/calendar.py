"""The calendar of a person's own deadlines and meetings (RFC 5545): that there is something, and when; never what or where.

Content-free by type: a `CalendarLine` holds an id, a kind and a time, and the words are all here. Which network meets is not told:
its name says what the citizens of its cases are about. Times are UTC, so that no program has to read a time zone from the file; days are Danish.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

MEDIA_TYPE = "text/calendar; charset=utf-8"
ASK_AGAIN = timedelta(hours=1)
_ZONE = ZoneInfo("Europe/Copenhagen")


class LineKind(StrEnum):
    """What a line is about: the whole of what can differ besides the time."""

    DEADLINE = "deadline"
    TASK = "task"
    MEETING = "meeting"
    FORUM = "forum"


_WORDS = {
    LineKind.DEADLINE: "Frist i en sag",
    LineKind.TASK: "Frist for en opgave",
    LineKind.MEETING: "Møde i et netværk",
    LineKind.FORUM: "Møde i et forum",
}
_BUSY = frozenset({LineKind.MEETING, LineKind.FORUM})


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One deadline or meeting. `id`: of what it is about; `whole_day`: it is for the day, as a deadline at the day's end."""

    id: UUID
    kind: LineKind
    at: datetime
    whole_day: bool = False


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """What one person has, by time. `owner`: their staff id."""

    owner: UUID
    lines: Sequence[CalendarLine]


def etag_of(own: OwnCalendar) -> str:
    """The same for the same lines, whenever they are written out."""
    told = "".join(f"{line.id} {line.kind} {line.at.isoformat()} {line.whole_day}\n" for line in own.lines)
    return sha256(told.encode()).hexdigest()


def write_calendar(own: OwnCalendar, *, made_at: datetime) -> bytes:
    """The calendar as it is sent. A line's UID is the same each time, and another in each person's calendar."""
    calendar = Calendar()
    calendar.add("prodid", "-//casehub//DA")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "casehub")
    calendar.add("x-wr-timezone", _ZONE.key)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    for line in own.lines:
        calendar.add_component(_event(line, own.owner, made_at))
    written: bytes = calendar.to_ical()
    return written


def _event(line: CalendarLine, owner: UUID, made_at: datetime) -> Event:
    event = Event()
    event.add("uid", str(uuid5(owner, f"{line.kind} {line.id}")))
    event.add("dtstamp", made_at)
    day = line.at.astimezone(_ZONE).date()
    event.add("dtstart", day if line.whole_day else line.at.astimezone(UTC))
    event.add("summary", _WORDS[line.kind])
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE" if line.kind in _BUSY else "TRANSPARENT")
    return event
