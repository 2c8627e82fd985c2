"""The benchmarks: what casehub adds to what has to be done anyway. Each row is measured against its floor by turns, in this run,
on an embedded PostgreSQL with fsync on. Read the ratios; the times are this machine's, now.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/ furnishes the house

from parts import deciding, reading, recording
from parts.cases import case_with_notes
from parts.furnishing import furnished
from parts.measuring import Figure
from parts.showing import show


def figures() -> Iterator[Figure]:
    """All of them."""
    with furnished() as house:
        case_id = case_with_notes(house)
        yield from reading.figures(house, case_id)
        yield from recording.figures(house, case_id)
        yield from deciding.figures(house)


if __name__ == "__main__":
    show(figures())
