"""The year wheel: which tasks a year has, when they are due, and what must be done before. Pure: no clock, no database.

Called by services and by tests.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from casehub.definitions.forums import Forum, Seat, units_of
from casehub.definitions.obligations import Obligation, ObligationTask
from casehub.definitions.organisation import Organisation
from casehub.workflow.calendar import Calendar

_DAYS_OF = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose a task is: a forum or a unit (`id`), for which `unit` of `authority` answers. `readers`: who sees how it stands."""

    id: str
    name: str
    authority: str
    unit: str
    readers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """One task of one year: where it stands on the wheel."""

    obligation: str
    task: str
    subject: str
    cycle: int


def subjects_of(
    obligation: Obligation,
    task: ObligationTask,
    organisation: Organisation,
    forums: Mapping[str, Sequence[Forum]],
) -> tuple[Subject, ...]:
    """Whose the task is. `forums`: by the id of their definition."""
    told: frozenset[str] = frozenset()
    if obligation.reported_to:
        told = frozenset().union(*(forum.authorities for forum in forums[obligation.reported_to]))
    if task.forum:
        return tuple(
            Subject(
                forum.id,
                forum.name,
                forum.secretary.authority,
                forum.secretary.unit,
                told | forum.authorities,
            )
            for forum in forums[task.forum]
        )
    seat = Seat(task.authority_kind or "", task.unit_kind or "", "")
    names = {unit.id: unit.name for authority in organisation.authorities for unit in authority.units}
    return tuple(
        Subject(member.unit, names[member.unit], member.authority, member.unit, told | {member.authority})
        for member in units_of(organisation, seat, None)
    )


def falls_in(task: ObligationTask, cycle: int) -> bool:
    """Whether the task is one of that year."""
    return cycle >= task.first_year and (cycle - task.first_year) % task.every_years == 0


def due_on(task: ObligationTask, cycle: int, calendar: Calendar) -> date:
    """The day by which it is to be done: the last of a month that has no such day; a working day, unless it is `exact`."""
    year = cycle - 1 if task.year_before else cycle
    day = date(year, task.month, min(task.day, _DAYS_OF[task.month - 1]))
    if task.exact or calendar.is_working_day(day):
        return day
    return calendar.add_working_days(day, -1)


def host_of(task: ObligationTask, cycle: int, organisation: Organisation) -> str | None:
    """The kommune whose turn it is."""
    kommuner = organisation.kommuner
    return kommuner[(cycle - task.first_year) % len(kommuner)].name if task.host_rotates else None


def held_back_by(
    place: Place, obligation: Obligation, there: Iterable[Place], done: Collection[Place]
) -> tuple[Place, ...]:
    """What must be done before, of the places there are: one's own part of it, if one has one; else everybody's."""
    task = obligation.task(place.task)
    if task is None:
        return ()
    wanted = [
        other
        for other in there
        if (other.obligation, other.cycle) == (place.obligation, place.cycle) and other.task in task.requires
    ]
    own = {other.task for other in wanted if other.subject == place.subject}
    return tuple(
        other
        for other in wanted
        if other not in done and (other.task not in own or other.subject == place.subject)
    )
