"""Printing figures: a line for each, the ratio to its floor, and how steady it was."""

import os
import sys
from collections.abc import Iterable

from parts.measuring import ROUNDS, Figure
from rich.console import Console
from rich.table import Table


def show(figures: Iterable[Figure]) -> None:
    """Measure as they come, and print a table."""
    load = os.getloadavg()[0]
    console = Console(width=None if sys.stdout.isatty() else 150)
    table = Table(
        title=f"{os.cpu_count()} processors, load {load:.1f} at the start; {ROUNDS} rounds by turns, medians",
        title_justify="left",
    )
    for head in ("what", "its floor"):
        table.add_column(head)
    for head in ("ms", "a second", "floor ms", "times the floor", "rounds"):
        table.add_column(head, justify="right", no_wrap=True)
    for figure in figures:
        table.add_row(
            figure.what,
            figure.floor,
            f"{figure.seconds * 1e3:.3f}",
            f"{1 / figure.seconds:,.0f}",
            f"{figure.floor_seconds * 1e3:.3f}",
            f"{figure.ratio:.2f}",
            f"{figure.low:.2f} to {figure.high:.2f}",
        )
    console.print(table)
