"""The wheel as a drawing: twelve months round a year, and a mark for each task. Numbers for an SVG; no styles, no words of its own.

A pure function of the view. Colour is not all that tells: what is done is filled, what is overdue is square.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi, sin

from casehub.services.wheel_views import MonthView, WheelView

CENTRE = 200.0
INNER, OUTER, RIM, NAMES = 62.0, 160.0, 196.0, 175.0
ROW, MARK = 12.0, 11.0
MONTHS_IN_YEAR = 12
ORDER = {"overdue": 0, "ready": 1, "blocked": 2, "meeting": 3, "done": 4}


@dataclass(frozen=True, slots=True)
class Mark:
    """One task or meeting. `kind`: done, ready, blocked, overdue or meeting."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class Sector:
    """A month: the path of its field, where its name stands, its marks, and how many more there was no room for."""

    number: int
    path: str
    x: float
    y: float
    marks: tuple[Mark, ...]
    more: int
    more_x: float
    more_y: float


def draw(page: WheelView) -> tuple[Sector, ...]:
    """The twelve sectors, January first, from the top and round with the clock."""
    return tuple(_sector(month) for month in page.months)


def _sector(month: MonthView) -> Sector:
    start = (month.number - 1) / MONTHS_IN_YEAR
    end = month.number / MONTHS_IN_YEAR
    kinds = sorted([*(task.state for task in month.tasks), *("meeting" for _ in (*month.meetings, *month.seats))], key=ORDER.__getitem__)  # fmt: skip
    places = list(_places(start, end))
    marks = tuple(Mark(*place, kind) for place, kind in zip(places, kinds, strict=False))
    name_x, name_y = _point((start + end) / 2, NAMES)
    more_x, more_y = _point((start + end) / 2, INNER - 8)
    return Sector(
        month.number,
        _path(start, end),
        name_x,
        name_y,
        marks,
        max(0, len(kinds) - len(places)),
        more_x,
        more_y,
    )


def _places(start: float, end: float) -> Iterator[tuple[float, float]]:
    """Where marks can stand, from the rim inwards, each row spread over the month."""
    radius = OUTER - ROW
    while radius > INNER + ROW / 2:
        arc = 2 * pi * radius * (end - start) - MARK
        count = max(1, int(arc / MARK))
        for number in range(count):
            yield _point(start + (end - start) * (number + 1) / (count + 1), radius)
        radius -= ROW


def _path(start: float, end: float) -> str:
    """The field of a month between the inner ring and the rim."""
    (a, b), (c, d) = _point(start, RIM), _point(end, RIM)
    (e, f), (g, h) = _point(end, INNER), _point(start, INNER)
    return f"M{a} {b} A{RIM} {RIM} 0 0 1 {c} {d} L{e} {f} A{INNER} {INNER} 0 0 0 {g} {h} Z"


def _point(part: float, radius: float) -> tuple[float, float]:
    """A point that part of the year round, from the top with the clock."""
    angle = 2 * pi * part - pi / 2
    return round(CENTRE + radius * cos(angle), 1), round(CENTRE + radius * sin(angle), 1)
