"""A card under way, as values: what happened, who takes part, and how each step stands.

A `Run` is rebuilt from rows before each use and never outlives it. Its invariant: settled steps (done, not needed, impossible) are
facts and never change again: what is to be done over is a new round of the step beside the old one. Everything about an open step
follows from card, roles, parties, events and what people moved. Changed by the engine alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from casehub.definitions.cards import EACH, Card, Step

CASE_CREATED = "case.created"
PARTIES_JOINED = "parties.joined"
RESPONSIBLE_APPOINTED = "responsible.appointed"
CARD_RENEWED = "card.renewed"

# An appointment can be moved, so the last one recorded counts. Anything else happened when it first happened: telling
# it again must not move a deadline.
APPOINTMENTS = frozenset({"meeting", "next_meeting"})


class StepStatus(StrEnum):
    """How a step, or one party's part of it, stands."""

    WAITING = "waiting"
    READY = "ready"
    DONE = "done"
    NOT_NEEDED = "not_needed"
    IMPOSSIBLE = "impossible"

    @property
    def is_settled(self) -> bool:
        """Done, or recorded as not needed or impossible: it changes no more."""
        return self not in {StepStatus.WAITING, StepStatus.READY}


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
    """A step, or one party's part of a shared step (then `party` is set), in one round: from 1, more when it is done over.

    `responsible`: authority id, None while unknown. `ready_at`: when the last thing it waited for happened, None unless it was
    ready. `due_at`, `target_at`: kept once settled, None while the event they count from is unknown. `done_at`: when it was
    settled, not needed and impossible included. What people decided, and an open step keeps: `moved_to` (the deadline is no
    earlier), `suspended_until`, `handed_to` (the authority that took it over).
    """

    key: str
    party: str | None = None
    responsible: str | None = None
    status: StepStatus = StepStatus.WAITING
    ready_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    outcome: str | None = None
    round: int = 1
    target_at: datetime | None = None
    moved_to: datetime | None = None
    suspended_until: datetime | None = None
    handed_to: str | None = None

    @property
    def identity(self) -> tuple[str, str | None, int]:
        """What tells it from every other in the run."""
        return self.key, self.party, self.round


@dataclass(frozen=True, slots=True)
class Run:
    """A card under way in one case. `roles`: referrer, coordinator, responsible -> authority id. `events` in the order recorded.

    `steps`: every round of every part, in the card's order, earlier rounds first.
    """

    card: Card
    acute: bool
    roles: Mapping[str, str]
    parties: tuple[Party, ...]
    events: tuple[Event, ...]
    steps: tuple[StepRun, ...]

    def parts(self, key: str) -> tuple[StepRun, ...]:
        """The parts of a step in their latest round: one, or one per party for a shared step (none before they joined)."""
        return tuple({part.party: part for part in self.steps if part.key == key}.values())

    def part(self, key: str, party: str | None = None) -> StepRun:
        """The step, or `party`'s part of it, in its latest round. KeyError if there is none."""
        for part in self.parts(key):
            if part.party == party:
                return part
        raise KeyError((key, party))

    def last_settled(self, key: str) -> tuple[StepRun, ...]:
        """Of each part the latest round that is settled: what stands until a new round replaces it."""
        settled = (part for part in self.steps if part.key == key and part.status.is_settled)
        return tuple({part.party: part for part in settled}.values())

    def lacks_a_party(self, step: Step) -> bool:
        """Whether a shared step cannot be done yet, because a kind that shares it (or any party at all) is not in the case."""
        kinds = {party.kind for party in self.parties}
        return step.party == EACH and not (set(step.each_of) <= kinds if step.each_of else kinds)
