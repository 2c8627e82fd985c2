"""The rules of signals: facts of the log in, what stands out by person and Danish day. Pure; thresholds are data."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from casehub.definitions.control import Rule, SignalDefinition
from casehub.services.look_ups import Act, LookUp
from casehub.workflow.calendar import COPENHAGEN, Calendar, danish_day

A = TypeVar("A", bound=Act)
Found = Mapping[tuple[UUID, date], tuple[UUID, ...]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at, each oldest first. `refusals`: of own staff; `foreign`: of others, at own cases or data."""

    look_ups: Sequence[LookUp]
    refusals: Sequence[Act]
    foreign: Sequence[Act]
    calendar: Calendar


def apply_rule(definition: SignalDefinition, facts: Facts) -> Found:
    """Entries that stand out, by (who, which Danish day); days and people with fewer than the threshold are absent."""
    match definition.rule:
        case Rule.NO_TASK:
            return _a_day(definition, (each for each in facts.look_ups if each.reason is None))
        case Rule.MANY_CITIZENS:
            return _at_once(definition, facts.look_ups, lambda acts: len({each.case_id for each in acts}))
        case Rule.OUTSIDE_HOURS:
            return _a_day(
                definition, (each for each in facts.look_ups if _is_outside(definition, facts, each.at))
            )
        case Rule.REFUSALS:
            return _at_once(definition, facts.refusals, len)
        case Rule.FOREIGN_ATTEMPTS:
            return _a_day(definition, facts.foreign)


def _is_outside(definition: SignalDefinition, facts: Facts, at: datetime) -> bool:
    local = at.astimezone(COPENHAGEN)
    in_hours = definition.from_hour <= local.hour < definition.to_hour
    return not (in_hours and facts.calendar.is_working_day(local.date()))


def _a_day(definition: SignalDefinition, acts: Iterable[Act]) -> Found:
    """So many by one person on one day."""
    found: dict[tuple[UUID, date], list[UUID]] = {}
    for act in acts:
        found.setdefault((act.actor_id, danish_day(act.at)), []).append(act.entry_id)
    return {key: tuple(entries) for key, entries in found.items() if len(entries) >= definition.threshold}


def _at_once(definition: SignalDefinition, acts: Sequence[A], count: Callable[[Sequence[A]], int]) -> Found:
    """So many by one person within some minutes; all of them count to the day of the last."""
    within = timedelta(minutes=definition.minutes)
    windows: dict[UUID, deque[A]] = {}
    found: dict[tuple[UUID, date], dict[UUID, None]] = {}
    for act in acts:
        window = windows.setdefault(act.actor_id, deque())
        window.append(act)
        while act.at - window[0].at > within:
            window.popleft()
        if count(window) >= definition.threshold:
            key = (act.actor_id, danish_day(act.at))
            found.setdefault(key, {}).update(dict.fromkeys(each.entry_id for each in window))
    return {key: tuple(entries) for key, entries in found.items()}
