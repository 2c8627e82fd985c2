"""An action card as data: frozen, parsed from `policies/cards/*.yaml`, named by the SHA-256 of its bytes.

Semantics follow CMMN where CMMN has them: required (SKAL), optional (KAN), discretionary and repeatable items, entry
criteria (`requires`, `when`), milestones. What each word means: `docs/card-format.md`. Nothing here knows a database, a clock or
who may do what.
"""

from dataclasses import dataclass
from enum import StrEnum

from casehub.definitions.overdue import Overdue, default_overdue

EACH = "each"
# What services tell the engine besides `step.<key>` and `step.<key>.<outcome>`
EVENTS = frozenset(
    {
        "case.created",
        "parties.joined",
        "responsible.appointed",
        "meeting",
        "next_meeting",
        "child_involved",
        "citizen_minor",
        "citizen_adult",
        "health_disclosed",
    }
)
# Written together when the case is created: there is no form to fill in again
_BEGINNING = frozenset({"referral", "necessity"})
# Without them the case could not go on, or end
_NEEDED = _BEGINNING | {"triage", "appoint", "close"}


class StepKind(StrEnum):
    """SKAL must be settled before the case can close; KAN may be done. A milestone is no work: it is reached."""

    MUST = "SKAL"
    MAY = "KAN"
    MILESTONE = "MILEPÆL"


class DeadlineUnit(StrEnum):
    """How an amount is counted. Hours are clock time; the rest are days in Europe/Copenhagen ending at 23:59:59."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    SAME_DAY = "same_day"
    AT_EVENT = "at_event"
    DATE = "date"


class DeadlineKind(StrEnum):
    """Where a deadline's force comes from; always shown beside it."""

    STATUTORY = "lovfrist"
    TARGET = "mål"
    AS_SOON_AS_POSSIBLE = "snarest_muligt"
    DEFAULT = "egen_frist"


class Mover(StrEnum):
    """Who a card lets move a deadline: whose step it is, the tovholder, or a leader of the authority whose step it is."""

    PARTY = "party"
    COORDINATOR = "coordinator"
    LEADER = "leader"


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """A recurring day: `day` of the month, or its `working_day`th working day; of `month`, or of every month if None.

    Exactly one of `day` (31: the last in a shorter month) and `working_day` is set.
    """

    month: int | None
    day: int | None
    working_day: int | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """`amount` `unit` counted from the event `of` (negative: before it). `acute` replaces it in an acute case.

    With unit `date` it is the first day `on` that is not before the day of the event.
    """

    amount: int
    unit: DeadlineUnit
    of: str
    kind: DeadlineKind
    source: str
    acute: "Deadline | None" = None
    on: DayOfYear | None = None


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
    participating authority has its own part; with `each_of`: every one of these kinds, and one of each kind there must be), or
    an authority kind such as `psykiatri`. "" for a milestone.
    `requires`: keys of steps that must be settled first. `when`: names of events, all of which must have happened for the step
    to apply at all (e.g. `child_involved`, `step.triage.accept`).
    `gate`: nothing after it can be ready before it. `effect`: what completing it does besides: referral, necessity,
    triage, answer, meeting, appoint, plan, status, close (services know these by name), or None.
    `outcome_field`: the choice field whose answer is the step's outcome, which stays readable without opening anything.
    `target`: when it should be done, before the final `deadline`. `catch_up`: in an acute case the step holds nothing back and has
    this deadline instead. `discretionary`: applies only once it is added to the case. `repeat_limit`: how many times it may be
    done at most. `may_extend`, `may_suspend`: who may move its deadline. `own_track`: what is written stays with whose step it is, and is no free text. `transferable`: another participating authority can
    take it over. `overdue`: what happens around the deadline, where it differs from the card's.
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
    each_of: tuple[str, ...] = ()
    target: Deadline | None = None
    catch_up: Deadline | None = None
    discretionary: bool = False
    repeat_limit: int = 1
    may_extend: tuple[Mover, ...] = ()
    may_suspend: tuple[Mover, ...] = ()
    transferable: bool = False
    own_track: bool = False
    overdue: Overdue | None = None

    @property
    def can_be_impossible(self) -> bool:
        """Whether the case can go on without it: no gate, and nothing it could not go on or end without."""
        return not self.gate and self.effect not in _NEEDED

    @property
    def can_be_done_again(self) -> bool:
        """Whether it has a form of its own to fill in again."""
        return self.kind is not StepKind.MILESTONE and self.effect not in _BEGINNING

    def deadline_in(self, *, acute: bool) -> Deadline | None:
        """The deadline that counts in a case that is acute, or is not."""
        if acute and self.catch_up is not None:
            return self.catch_up
        if acute and self.deadline is not None and self.deadline.acute is not None:
            return self.deadline.acute
        return self.deadline


@dataclass(frozen=True, slots=True)
class CardEvent:
    """Something a case of this card can meet besides `EVENTS`; `text` finishes the sentence "kun relevant, hvis …"."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card version. `sha256` is of the file's bytes; `calendar` names a file in `policies/calendars/`."""

    id: str
    name: str
    network: str
    calendar: str
    steps: tuple[Step, ...]
    sha256: bytes
    events: tuple[CardEvent, ...] = ()
    overdue: Overdue | None = None

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

    def overdue_of(self, step: Step, *, acute: bool) -> Overdue:
        """What happens around the step's deadline: its own rule, else the card's, else the default for such a deadline."""
        deadline = step.deadline_in(acute=acute)
        in_hours = deadline is not None and deadline.unit is DeadlineUnit.HOURS
        return step.overdue or self.overdue or default_overdue(in_hours=in_hours)
