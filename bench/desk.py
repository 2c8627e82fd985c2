"""Searching the log at the reviewer's desk: each search against the bare indexed query it needs, by turns in this run, on
an embedded PostgreSQL with fsync on. Every plan must go by indexes, under row-level security, or the benchmark fails.

`python bench/desk.py 1000000` for another length than the 200,000 entries that are made in a quarter of a minute.
"""

import re
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

from psycopg import Connection, connect
from rich.console import Console
from rich.table import Table
from sqlalchemy.dialects.postgresql.psycopg import dialect

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/ furnishes the house

from parts.furnishing import furnished
from parts.measuring import Figure, compare
from parts.searching_log import BARE, OWN, Wanted, searches, write_long_log

from casehub.services.log import PAGE
from casehub.services.log_lines import matching, newest
from tests.house import House

COUNT = 200_000
WORST = 5.0  # times the bare query: the goal
GOES_BY = re.compile(r"(?:using|Bitmap Index Scan on) (\w+)")


def main() -> int:
    """Print a line for each search; 1 if one reads a whole table or is too far from its floor."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    console = Console(width=None if sys.stdout.isatty() else 150)
    with furnished() as house:
        begun = perf_counter()
        write_long_log(house, count)
        console.print(f"{count:,} entries, made in {perf_counter() - begun:.0f} s")
        table = Table(title="The query of a page of 50 lines, under row-level security", title_justify="left")
        for head in ("searched by", "ms", "bare indexed query, ms", "times the floor", "rounds", "goes by"):
            table.add_column(head)
        failed = []
        for wanted in searches(count):
            plan = explain(house, wanted)
            figure = measure(house, wanted)
            if "Seq Scan on audit" in plan or figure.ratio > WORST:
                failed.append(f"{wanted.name}\n{plan}")
            ways = sorted(set(GOES_BY.findall(plan)))
            table.add_row(
                wanted.name, f"{figure.seconds * 1e3:.3f}", f"{figure.floor_seconds * 1e3:.3f}", f"{figure.ratio:.2f}",
                f"{figure.low:.2f} to {figure.high:.2f}", ", ".join(ways),
            )  # fmt: skip
        console.print(table)
    print("\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


def statement(wanted: Wanted) -> tuple[str, dict[str, object]]:
    """What the node sends for the first page, as the driver takes it."""
    compiled = newest(matching(wanted.search), before=None, most=PAGE + 1).compile(
        dialect=dialect(), compile_kwargs={"render_postcompile": True}
    )
    return str(compiled), dict(compiled.params)


def explain(house: House, wanted: Wanted) -> str:
    """The plan as the node gets it."""
    with connect(house.database.app_url) as node:
        speak(node)
        text, values = statement(wanted)
        return "\n".join(
            row[0] for row in node.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF) {text}".encode(), values)
        )


def measure(house: House, wanted: Wanted) -> Figure:
    """By turns."""
    text, values = statement(wanted)
    with connect(house.database.app_url) as node, connect(house.database.superuser_url) as superuser:
        bare = BARE.format(wanted.condition).encode()
        return compare(
            wanted.name, partial(fetch, node, text.encode(), values, speaking=True),
            "bare", partial(fetch, superuser, bare, wanted.values),
        )  # fmt: skip


def fetch(connection: Connection, text: bytes, values: object, *, speaking: bool = False) -> None:
    """Ask and fetch all."""
    if speaking:
        speak(connection)
    connection.execute(text, values).fetchall()
    connection.rollback()


def speak(connection: Connection) -> None:
    """Begin a transaction as the node does."""
    connection.execute("SELECT set_config('casehub.authority', %s, true)", [OWN])


if __name__ == "__main__":
    sys.exit(main())
