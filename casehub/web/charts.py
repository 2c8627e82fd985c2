"""Small charts as SVG drawn on the server: where things stand, and nothing of how they look (the stylesheet's).

A chart always stands beside a table with the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from casehub.web.times import day_text

WIDTH, ROW, TOP, LEFT, RIGHT = 400, 32, 12, 76, 16


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the line; `words` tell it to who does not see it."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class LevelChart:
    """Levels over time, the highest on top. `lines`: (y, name) of each level; `path`: the points of the polyline."""

    width: int
    height: int
    left: int
    lines: tuple[tuple[int, str], ...]
    marks: tuple[Mark, ...]

    @property
    def path(self) -> str:
        """As SVG's `points` has it."""
        return " ".join(f"{mark.x:g},{mark.y:g}" for mark in self.marks)


def level_chart(levels: Sequence[str], found: Sequence[tuple[date, int]]) -> LevelChart:
    """Draw `found` (day, place among `levels`), the oldest first; days stand apart as far as they are, those of one day evenly."""
    height = {at: TOP + ROW * (len(levels) - 1 - at) for at in range(len(levels))}
    days = [(day - found[0][0]).days for day, _ in found]
    across = days if days[-1] else list(range(len(found)))
    reach = (WIDTH - LEFT - RIGHT) / max(1, across[-1])
    marks = tuple(
        Mark(round(LEFT + 8 + reach * along, 1), height[at], f"{day_text(day)}: {levels[at]}")
        for along, (day, at) in zip(across, found, strict=True)
    )
    lines = tuple((height[at], levels[at]) for at in range(len(levels)))
    return LevelChart(WIDTH, max(height.values()) + TOP + 8, LEFT, lines, marks)
