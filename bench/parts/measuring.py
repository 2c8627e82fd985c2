"""Comparing two ways of doing a thing: by turns, so that what else the machine does falls on both.

A figure is a ratio of medians; beside it the lowest and highest ratio of a single round, which show how steady it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter, thread_time

Doing = Callable[[], object]
ROUNDS = 15
SECONDS_A_TURN = 0.05
MOST_A_TURN = 2000


@dataclass(frozen=True, slots=True)
class Figure:
    """`what` took `seconds`, its floor `floor_seconds` (medians, once each); `low` and `high`: ratios of single rounds."""

    what: str
    floor: str
    seconds: float
    floor_seconds: float
    low: float
    high: float

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.seconds / self.floor_seconds


def compare(
    what: str,
    doing: Doing,
    floor: str,
    bare: Doing,
    *,
    each: int = 1,
    bare_each: int = 1,
    clock: Callable[[], float] = perf_counter,
) -> Figure:
    """Measure both. `each`, `bare_each`: how many things one call does."""
    times, bare_times = _how_often(doing), _how_often(bare)
    rounds = [
        (_turn(doing, times, clock) / each, _turn(bare, bare_times, clock) / bare_each) for _ in range(ROUNDS)
    ]
    ratios = [one / other for one, other in rounds]
    return Figure(
        what,
        floor,
        median(one for one, _ in rounds),
        median(other for _, other in rounds),
        min(ratios),
        max(ratios),
    )


# for what only computes: the processor's time of this thread, so that other processes do not count
compare_computing = partial(compare, clock=thread_time)


def _how_often(doing: Doing) -> int:
    """As often as fills a turn; the first calls warm up."""
    for _ in range(3):
        doing()
    return max(1, min(MOST_A_TURN, int(SECONDS_A_TURN / _turn(doing, 2))))


def _turn(doing: Doing, times: int, clock: Callable[[], float] = perf_counter) -> float:
    begun = clock()
    for _ in range(times):
        doing()
    return (clock() - begun) / times
