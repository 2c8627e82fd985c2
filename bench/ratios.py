"""The benchmarks: what casehub adds to what has to be done anyway. Each row is measured against its floor by turns, in this run,
on an embedded PostgreSQL with fsync on. Read the ratios; the times are this machine's, now.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/ furnishes the house

from parts import deciding, opening, reading, recording
from parts.cases import case_with_notes
from parts.furnishing import furnished
from parts.measuring import ROUNDS, Figure


def figures() -> Iterator[Figure]:
    """All of them."""
    with furnished() as house:
        case_id = case_with_notes(house)
        yield from reading.figures(house, case_id)
        yield from recording.figures(house, case_id)
        yield from opening.figures(house, case_id)
        yield from deciding.figures(house)


def main() -> None:
    """Print a line for each."""
    load = os.getloadavg()[0]
    console = Console(width=None if sys.stdout.isatty() else 150)
    table = Table(
        title=f"{os.cpu_count()} processors, load {load:.1f} at the start; {ROUNDS} rounds by turns, medians",
        title_justify="left",
    )
    for head in ("what", "its floor"):
        table.add_column(head)
    for head in ("ms", "floor ms", "times the floor", "rounds"):
        table.add_column(head, justify="right", no_wrap=True)
    for figure in figures():
        table.add_row(
            figure.what,
            figure.floor,
            f"{figure.seconds * 1e3:.3f}",
            f"{figure.floor_seconds * 1e3:.3f}",
            f"{figure.ratio:.2f}",
            f"{figure.low:.2f} to {figure.high:.2f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
