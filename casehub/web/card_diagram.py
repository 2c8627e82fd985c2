"""A card drawn as a line of dots with arcs from each step to those that wait for it: an SVG without script or style.

Pure: places in user units of a drawing `WIDTH` wide, which the template writes and the style sheet colours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from casehub.services.card_pages import CardStepView, CardView

WIDTH = 360
ROW = 58
LINE = 92  # where the dots are
RADIUS = 15
TEXT = LINE + RADIUS + 11
LETTERS = 31  # of a title, in one line
FARTHEST = LINE - 6


@dataclass(frozen=True, slots=True)
class Dot:
    """A step: its place, its number, the lines of its title, and who does it."""

    y: int
    number: int
    kind: str
    gate: bool
    title: tuple[str, ...]
    who: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """The drawing: `arcs` are SVG paths, nearest first."""

    height: int
    dots: tuple[Dot, ...]
    arcs: tuple[str, ...]


def draw(card: CardView) -> Diagram:
    """Each step on its row, in the card's order."""
    at = {step.number: row for row, step in enumerate(card.steps)}
    return Diagram(
        height=ROW * len(card.steps),
        dots=tuple(_dot(step, row) for row, step in enumerate(card.steps)),
        arcs=tuple(_arcs(card, at)),
    )


def _dot(step: CardStepView, row: int) -> Dot:
    title = wrap(step.title, LETTERS, max_lines=2, placeholder=" …")
    return Dot(
        _middle(row), step.number, step.kind, step.gate, tuple(title), step.who.removesuffix(", hver for sig")
    )


def _arcs(card: CardView, at: dict[int, int]) -> Iterator[str]:
    """To the next row a straight line; farther, a bow to the left, the wider the farther."""
    pairs = [(at[earlier], at[step.number]) for step in card.steps for earlier in step.requires]
    for start, end in sorted(pairs, key=lambda pair: abs(pair[1] - pair[0])):
        top, bottom = _middle(start), _middle(end)
        if end == start + 1:
            yield f"M {LINE} {top + RADIUS} V {bottom - RADIUS}"
        else:
            bow = LINE - min(FARTHEST, 26 + 12 * abs(end - start)) * 4 // 3
            edge = LINE - RADIUS
            yield f"M {edge} {top} C {bow} {top} {bow} {bottom} {edge} {bottom}"


def _middle(row: int) -> int:
    return ROW * row + ROW // 2
