"""A tick of the worker with 100,000 open steps of which 100 are due, against a bare UPDATE, INSERT and COMMIT of the same 100 rows, by
turns, on an embedded PostgreSQL with fsync on. The due are found by an index under row-level security, or the benchmark fails.

`python bench/tick.py 10000` for fewer open steps. The bare tables are copies without any trigger, policy or entry.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID

from psycopg import Connection, connect
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/ furnishes the house

from parts.furnishing import furnished

from casehub.services import deadlines
from tests.house import House
from tests.services.scenes import POLICE, refer, system

OPEN, DUE, ROUNDS = 100_000, 100, 15
# open steps of the same cases that fall due in a year
PLANT = """
    INSERT INTO step (id, case_id, key, responsible_authority, responsible_unit, state, ready_at, due_at, version, entry_id)
    SELECT gen_random_uuid(), case_id, 'planted ' || n, responsible_authority, responsible_unit, 'ready', ready_at,
        due_at + interval '1 year' + n * interval '1 second', 1, entry_id
    FROM step, generate_series(1, %s) n WHERE key = 'triage'
"""
COPIES = (
    "CREATE TABLE bare_step AS SELECT * FROM step",
    "ALTER TABLE bare_step ADD PRIMARY KEY (id)",
    "CREATE TABLE bare_notice (LIKE step_notice)",
    "ALTER TABLE bare_notice ADD PRIMARY KEY (id)",
    "ALTER TABLE bare_notice ADD UNIQUE (step_id, due_at, kind)",
    "VACUUM ANALYZE",
)
RESET = (
    "UPDATE step SET overdue_at = NULL, next_notice = NULL, next_notice_at = NULL WHERE key = 'triage'",
    "DELETE FROM step_notice",
    "DELETE FROM bare_notice",
)
BARE_UPDATE = (
    "UPDATE bare_step SET overdue_at = %s, next_notice = 'deputy', next_notice_at = %s WHERE id = ANY(%s)"
)
BARE_INSERT = """
    INSERT INTO bare_notice (id, step_id, case_id, authority_id, kind, due_at, at, told_at, entry_id)
    SELECT gen_random_uuid(), id, case_id, responsible_authority, 'overdue', due_at, due_at, %s, entry_id
    FROM bare_step WHERE id = ANY(%s)
"""
SEARCH = """
    EXPLAIN SELECT id FROM step WHERE responsible_authority = %s AND state = 'ready' AND overdue_at IS NULL
    AND due_at < %s AND next_notice IS DISTINCT FROM 'reminder' ORDER BY due_at LIMIT 500
"""


def main() -> int:
    """Print the figures; 1 if what is due is not found by an index."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else OPEN
    with furnished() as house, connect(house.database.superuser_url, autocommit=True) as superuser:
        for _ in range(DUE):
            refer(house)
        ids = plant(superuser, count)
        house.clock.turn(days=2, hours=20)  # Friday morning: they were due by Thursday's end
        ours, floors = [], []
        for _ in range(ROUNDS):
            reset(superuser)
            floors.append(timed(lambda: bare(house, superuser, ids)))
            ours.append(timed(lambda: tick(house, DUE)))
        idle = [timed(lambda: tick(house, 0)) for _ in range(ROUNDS)]
        plan = explain(house)
    show(count, ours, floors, idle)
    if "Seq Scan" in plan:
        print(plan, file=sys.stderr)
    return int("Seq Scan" in plan)


def plant(superuser: Connection, count: int) -> list[UUID]:
    """Fill the table; the ids of the steps that will be due."""
    superuser.execute("SET session_replication_role = replica")  # no trigger asks for an entry
    superuser.execute(PLANT, [count // DUE])
    for statement in COPIES:
        superuser.execute(statement.encode())
    return [row[0] for row in superuser.execute("SELECT id FROM step WHERE key = 'triage'")]


def reset(superuser: Connection) -> None:
    """As before the tick."""
    for statement in RESET:
        superuser.execute(statement.encode())


def bare(house: House, superuser: Connection, ids: list[UUID]) -> None:
    """The floor: the same rows, in a transaction."""
    now = house.clock.now
    with superuser.transaction():
        superuser.execute(BARE_UPDATE, [now, now + timedelta(days=1), ids])
        superuser.execute(BARE_INSERT, [now, ids])


def tick(house: House, expected: int) -> None:
    """What the worker does each minute for one authority."""
    with house.runtime.work(system(house, POLICE)) as ctx:
        told = deadlines.watch_deadlines(ctx)
    if told != expected:
        raise ValueError(f"{told} told, not {expected}")


def timed(act: Callable[[], None]) -> float:
    """Seconds."""
    begun = perf_counter()
    act()
    return perf_counter() - begun


def explain(house: House) -> str:
    """How the node finds what is due."""
    with connect(house.database.app_url) as node:
        node.execute("SELECT set_config('casehub.authority', %s, true)", [POLICE])
        return "\n".join(row[0] for row in node.execute(SEARCH, [POLICE, house.clock.now]))


def show(count: int, ours: list[float], floors: list[float], idle: list[float]) -> None:
    """The table."""
    ratios = sorted(mine / floor for mine, floor in zip(ours, floors, strict=True))
    table = Table(
        title=f"{count:,} open steps, {DUE} due; {ROUNDS} rounds by turns, medians", title_justify="left"
    )
    for head in ("tick, ms", "bare, ms", "times the floor", "rounds", "with nothing due, ms"):
        table.add_column(head, justify="right")
    table.add_row(
        f"{median(ours) * 1e3:.1f}", f"{median(floors) * 1e3:.1f}", f"{median(ratios):.1f}",
        f"{ratios[0]:.1f} to {ratios[-1]:.1f}", f"{median(idle) * 1e3:.1f}",
    )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 150).print(table)


if __name__ == "__main__":
    sys.exit(main())
