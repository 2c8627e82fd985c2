"""Risk checklists as data, parsed from `policies/risk/*.yaml`: what is asked, what it counts, which level that makes.

A level is what the answers make it, and what professional judgement adds. There is no way to say less: `Judgement` holds
steps upwards, and at least one.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RiskLevel:
    """One level; `from_points`: how many points make it (0 where the checklist has no items)."""

    id: str
    text: str
    from_points: int


@dataclass(frozen=True, slots=True)
class RiskItem:
    """Something that is there, is not, or is not known. `points`: what it counts when it is there."""

    id: str
    text: str
    points: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """That the risk is judged higher than the answers make it: how many levels (at least one), and why."""

    steps: int
    reason: str

    def __post_init__(self) -> None:
        if self.steps < 1 or not self.reason.strip():
            raise ValueError("professional judgement raises, and says why")


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist version. `levels`: the lowest first. Without `items` it is a licensed tool: level and date are all that is noted."""

    id: str
    name: str
    about: str
    source: str
    levels: tuple[RiskLevel, ...]
    items: tuple[RiskItem, ...]
    sha256: bytes

    def points(self, present: Collection[str]) -> int:
        """What the items that are there count together."""
        return sum(item.points for item in self.items if item.id in present)

    def computed(self, present: Collection[str]) -> int:
        """The place, among `levels`, of the level that the answers make."""
        points = self.points(present)
        return max(at for at, level in enumerate(self.levels) if level.from_points <= points)

    def judged(self, present: Collection[str], judgement: Judgement | None) -> int:
        """The place of the level that counts: never lower than `computed`."""
        raised = judgement.steps if judgement else 0
        return min(self.computed(present) + raised, len(self.levels) - 1)

    def place_of(self, level_id: str) -> int | None:
        """The place of a level among `levels`."""
        return next((at for at, level in enumerate(self.levels) if level.id == level_id), None)
