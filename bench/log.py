"""How fast the log behind the entries is kept and checked: numbered, signed and verified entries a second, as a share of the
floor measured by turns in this run, on an embedded PostgreSQL with fsync on.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/ furnishes the house

from parts.furnishing import furnished
from parts.keeping_log import ROUNDS, checking, keeping
from sqlalchemy.orm import Session

from casehub.audit.exporting import export_contents, export_tree, finish_export, start_export
from tests.house import House
from tests.story import engine


def export(house: House, directory: Path) -> None:
    """All of the log, as the auditor hands it out."""
    with engine(house.database.superuser_url).connect() as connection, Session(connection) as session:
        newest = start_export(session, directory)
        export_tree(session, directory, newest.size, progress=lambda _done, _all: None)
        export_contents(session, directory, newest.size, progress=lambda _done, _all: None)
        finish_export(session, directory, newest, contents="all")


def main() -> None:
    """Print a line for each."""
    title = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start; {ROUNDS} rounds by turns, medians"
    table = Table(title=title, title_justify="left")
    for head in ("what", "its floor"):
        table.add_column(head)
    for head in ("entries/s", "floor, entries/s", "share", "rounds"):
        table.add_column(head, justify="right", no_wrap=True)
    directory = Path(tempfile.mkdtemp(prefix="casehub-bench-"))
    try:
        with furnished() as house:
            rates = [*keeping(house)]
            export(house, directory / "export")
            rates += checking(house, directory / "export")
    finally:
        shutil.rmtree(directory)
    for rate in rates:
        table.add_row(
            rate.what, rate.floor, f"{rate.ours:,.0f}", f"{rate.bare:,.0f}", f"{rate.ours / rate.bare:.2f}",
            f"{rate.low:.2f} to {rate.high:.2f}",
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 150).print(table)


if __name__ == "__main__":
    main()
