"""A card under way, as values: what happened, who takes part, and how each step stands.

A `Run` is rebuilt from rows before each use and never outlives it. Its invariant: settled steps (done, not needed) are facts
and never change again; everything about an open step follows from card, roles, parties and events. Changed by the engine alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from casehub.definitions.cards import Card

CASE_CREATED = "case.created"
PARTIES_JOINED = "parties.joined"
RESPONSIBLE_APPOINTED = "responsible.appointed"

# An appointment can be moved, so the last one recorded counts. Anything else happened when it first happened: telling
# it again must not move a deadline.
APPOINTMENTS = frozenset({"meeting", "next_meeting"})


class StepStatus(StrEnum):
    """How a step, or one party's part of it, stands."""

    WAITING = "waiting"
    READY = "ready"
    DONE = "done"
    NOT_NEEDED = "not_needed"

    @property
    def is_settled(self) -> bool:
        """Done or recorded as not needed: it changes no more."""
        return self in {StepStatus.DONE, StepStatus.NOT_NEEDED}


@dataclass(frozen=True, slots=True)
class Party:
    """A participating authority: its id and its kind (`politi`, `kommune`, `psykiatri`, ...)."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, or an appointment, at its own time; `party` when it is one party's. ValueError if `at` is naive."""

    name: str
    at: datetime
    party: str | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            message = f"the time of the event {self.name!r} has no time zone"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class StepRun:
    """A step, or one party's part of an `each` step (then `party` is set).

    `responsible`: authority id, None while unknown. `ready_at`: when the last thing it waited for happened, None unless it was
    ready. `due_at`: kept once settled, None while the event it counts from is unknown. `done_at`: when it was settled, not
    needed included.
    """

    key: str
    party: str | None = None
    responsible: str | None = None
    status: StepStatus = StepStatus.WAITING
    ready_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A card under way in one case. `roles`: referrer, coordinator, responsible -> authority id. `events` in the order recorded."""

    card: Card
    acute: bool
    roles: Mapping[str, str]
    parties: tuple[Party, ...]
    events: tuple[Event, ...]
    steps: tuple[StepRun, ...]

    def parts(self, key: str) -> tuple[StepRun, ...]:
        """The parts of a step: one, or one per party for an `each` step (none before parties have joined)."""
        return tuple(part for part in self.steps if part.key == key)

    def part(self, key: str, party: str | None = None) -> StepRun:
        """The step, or `party`'s part of it. KeyError if there is none."""
        for part in self.steps:
            if part.key == key and part.party == party:
                return part
        raise KeyError((key, party))
