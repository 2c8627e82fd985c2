"""An action card as data: frozen, parsed from `policies/cards/*.yaml`, named by the SHA-256 of its bytes.

Semantics follow CMMN where CMMN has them: required (SKAL) and discretionary (KAN) items, entry criteria
(`requires`, `when`), milestones (`effect`). Nothing here knows a database, a clock or who may do what.
"""

from dataclasses import dataclass
from enum import StrEnum


class StepKind(StrEnum):
    """SKAL must be done (or recorded as not needed) before the case can close; KAN may be done."""

    MUST = "SKAL"
    MAY = "KAN"


class DeadlineUnit(StrEnum):
    """How an amount is counted. Hours are clock time; the rest are days in Europe/Copenhagen ending at 23:59:59."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    SAME_DAY = "same_day"
    AT_EVENT = "at_event"


class DeadlineKind(StrEnum):
    """Where a deadline's force comes from; always shown beside it."""

    STATUTORY = "lovfrist"
    TARGET = "mål"
    AS_SOON_AS_POSSIBLE = "snarest_muligt"
    DEFAULT = "egen_frist"


@dataclass(frozen=True, slots=True)
class Deadline:
    """`amount` `unit` counted from the event `of` (negative: before it). `acute` replaces it in an acute case."""

    amount: int
    unit: DeadlineUnit
    of: str
    kind: DeadlineKind
    source: str
    acute: "Deadline | None" = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice field. `id` becomes the step's outcome when the field is the card's `outcome` field."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an evidence form.

    `type`: line, text, choice, checks, date, datetime, party (one of the participating authorities),
    actions (rows of text, owner authority and date).
    `when`: (field id, choice id): asked only when that choice is made.
    """

    id: str
    label: str
    type: str
    required: bool
    hint: str | None = None
    choices: tuple[Choice, ...] = ()
    when: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a card.

    `party`: who is responsible: referrer, coordinator (tovholder), responsible (the appointed authority), each (every
    participating authority has its own part), or an authority kind such as `psykiatri`.
    `requires`: keys of steps that must be done or not needed first. `when`: names of events, all of which must have happened
    for the step to apply at all (e.g. `child_involved`).
    `gate`: nothing after it can be ready before it. `effect`: what completing it does besides: referral, necessity,
    triage, answer, meeting, appoint, plan, status, close (services know these by name), or None.
    `outcome_field`: the choice field whose answer is the step's outcome, which stays readable without opening anything.
    """

    key: str
    number: int
    title: str
    kind: StepKind
    party: str
    role: str
    deadline: Deadline | None
    requires: tuple[str, ...]
    when: tuple[str, ...]
    gate: bool
    basis: str
    evidence: tuple[Field, ...]
    outcome_field: str | None
    effect: str | None
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A card version. `sha256` is of the file's bytes; `calendar` names a file in `policies/calendars/`."""

    id: str
    name: str
    network: str
    calendar: str
    steps: tuple[Step, ...]
    sha256: bytes

    def step(self, key: str) -> Step:
        """Return the step named `key`; KeyError if the card has none."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)

    def has_effect(self, effect: str) -> bool:
        """Whether a step of the card does this besides."""
        return any(step.effect == effect for step in self.steps)

    def asks_for(self, event: str) -> bool:
        """Whether a step applies only when `event` has happened."""
        return any(event in step.when for step in self.steps)
