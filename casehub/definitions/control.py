"""What a reviewer reviews with, as data, parsed from `policies/control/*.yaml`. How a rule finds is the services' to know."""

from dataclasses import dataclass
from enum import StrEnum

from casehub.definitions.networks import Option


class Rule(StrEnum):
    """The rules there are; a file names one and gives it its threshold."""

    NO_TASK = "no_task"
    MANY_CITIZENS = "many_citizens"
    OUTSIDE_HOURS = "outside_hours"
    REFUSALS = "refusals"
    FOREIGN_ATTEMPTS = "foreign_attempts"


@dataclass(frozen=True, slots=True)
class SignalDefinition:
    """One kind of signal. `threshold`: how many make one; within `minutes`, or a day. `from_hour` to `to_hour`: at work."""

    id: str
    rule: Rule
    threshold: int
    minutes: int
    from_hour: int
    to_hour: int
    title: str
    why: str
    harmless: str


@dataclass(frozen=True, slots=True)
class Control:
    """Samples, signals, deadlines and outcomes. `near_days`: how long a step or meeting explains a look-up.

    `glass_…`: how long a break-glass is open, by when it must be concluded, and for which kinds of reason it can be.
    """

    id: str
    calendar: str
    near_days: int
    sample_size: int
    sample_most: int
    sample_days: int
    signal_days: int
    answer_working_days: int
    review_working_days: int
    glass_hours: int
    glass_review_working_days: int
    glass_kinds: tuple[Option, ...]
    question: str
    outcomes: tuple[Option, ...]
    signals: tuple[SignalDefinition, ...]

    def signal(self, signal_id: str) -> SignalDefinition | None:
        """The kind of signal of that id; None if it has left the file."""
        return next((each for each in self.signals if each.id == signal_id), None)
