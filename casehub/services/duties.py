"""Who has which contact duty on a day: within its validity, not away, and a deputy in the place of those who are.

The one place that says so; routing, participation, notices, escalation and whom to call go by it. Pure but for the rows it is
given, which must be all of the units and networks concerned.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casehub.access.actor import Function
from casehub.model import Absence, ContactDuty

# what a deputy stands in for
STOOD_IN = (Function.CONTACT, Function.COORDINATOR)
HOLDERS = frozenset(function.value for function in STOOD_IN)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One who has a duty on the day. `stands_in`: a deputy, because nobody who has that function is there."""

    staff_id: UUID
    network: str
    unit_id: str
    function: Function
    valid_to: date | None
    stands_in: bool = False


def in_force(duty: ContactDuty, day: date) -> bool:
    """Whether the duty is valid on the day, whether or not its holder is there."""
    return duty.valid_from <= day and (duty.valid_to is None or day <= duty.valid_to)


def covers(absence: Absence, day: date) -> bool:
    """Whether the absence holds on the day."""
    return absence.first_day <= day and (absence.last_day is None or day <= absence.last_day)


def away_of(session: Session, people: Collection[UUID | None], day: date) -> frozenset[UUID]:
    """Those of these people who are away on the day; no statement where there are none."""
    if not people:
        return frozenset()
    found = session.scalars(select(Absence).where(Absence.staff_id.in_(people)))
    return frozenset(absence.staff_id for absence in found if covers(absence, day))


def is_away(duty: ContactDuty, day: date) -> bool:
    """Whether the one who has the duty is away on the day."""
    return any(covers(absence, day) for absence in duty.absences)


def on_duty(duties: Iterable[ContactDuty], day: date) -> tuple[OnDuty, ...]:
    """Who has which of these duties on the day, in the order given."""
    valid = [duty for duty in duties if in_force(duty, day)]
    there = [duty for duty in valid if not is_away(duty, day)]
    present = {_post(duty) for duty in there}
    missing = {_post(duty) for duty in valid if duty.function in HOLDERS} - present
    return tuple(each for duty in there for each in _of(duty, missing))


def _of(duty: ContactDuty, missing: set[tuple[str, str, str]]) -> Iterator[OnDuty]:
    """The duty as it is; a deputy's as what it stands in for, where that is missing."""
    stood_in = [each for each in STOOD_IN if (duty.network, duty.unit_id, each.value) in missing]
    if duty.function == Function.DEPUTY and stood_in:
        for function in stood_in:
            yield OnDuty(duty.staff_id, duty.network, duty.unit_id, function, duty.valid_to, stands_in=True)
    else:
        yield OnDuty(duty.staff_id, duty.network, duty.unit_id, Function(duty.function), duty.valid_to)


def _post(duty: ContactDuty) -> tuple[str, str, str]:
    return duty.network, duty.unit_id, duty.function
