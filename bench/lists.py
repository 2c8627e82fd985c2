"""A list of 50 cases among 100,000 against the same query by hand, and a decision and the making of the list's bound against what they are
made of: by turns, on an embedded PostgreSQL with fsync on, under row-level security. The list goes by indexes, or the benchmark fails.

`python bench/lists.py 10000` for fewer cases.
"""

import sys
from functools import partial
from pathlib import Path
from uuid import UUID

from psycopg import Connection, connect
from psycopg.sql import SQL, Identifier
from sqlalchemy import select
from sqlalchemy.dialects.postgresql.psycopg import dialect

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/ furnishes the house

from parts.cases import ELSEWHERE, REFERRER
from parts.furnishing import furnished
from parts.measuring import Figure, compare
from parts.showing import show

from casehub.access.actions import Action
from casehub.access.scope import case_scope
from casehub.model import Case
from tests.house import House
from tests.services.scenes import refer

CASES, MINE = 100_000, 50
WORST = 1.5  # times the query by hand: the goal
BY_HAND = """
    SELECT cases.* FROM cases JOIN (
        SELECT case_id FROM participant WHERE unit_id = ANY(%(units)s)
        UNION SELECT case_id FROM assignment WHERE staff_id = %(me)s
    ) mine ON mine.case_id = cases.id
    WHERE network = 'psp'
    AND EXISTS (SELECT FROM participant p WHERE p.case_id = cases.id AND p.authority_id = %(own)s)
    AND NOT EXISTS (SELECT FROM case_erasure e WHERE e.case_id = cases.id AND e.authority_id = %(own)s)
    AND NOT EXISTS (SELECT FROM exclusion x WHERE x.case_id = cases.id AND x.staff_id = %(me)s AND x.lifted_at IS NULL)
    ORDER BY opened_at DESC
"""


def main() -> int:
    """Print a line for each figure; 1 if the list reads a whole table or is too far from the query by hand."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with furnished() as house:
        plant(house, refer(house), count)
        actor, policies = house.actor(REFERRER), house.runtime.policies
        listed = select(Case).where(case_scope(policies.remaining(actor, Action.CASE_LIST)))
        compiled = listed.order_by(Case.opened_at.desc()).compile(
            dialect=dialect(), compile_kwargs={"render_postcompile": True}
        )
        by_hand = {"units": [actor.unit], "me": actor.staff_id, "own": actor.authority}
        with connect(house.database.app_url) as node:
            ask = partial(fetch, node, actor.authority)
            ours, same = partial(ask, str(compiled), compiled.params), partial(ask, BY_HAND, by_hand)
            if not (len(ours()) == MINE and sorted(ours()) == sorted(same())):
                raise ValueError("the query by hand is not the same query")
            plan = "\n".join(row[0] for row in ask(f"EXPLAIN {compiled}", compiled.params))
            lists = compare(f"a list of {MINE} among {count:,}", ours, "the same query by hand", same)
        show([lists, *deciding(house)])
    failed = lists.ratio > WORST or "Seq Scan on cases" in plan
    if failed:
        print(plan, file=sys.stderr)
    return 1 if failed else 0


def deciding(house: House) -> list[Figure]:
    """What the list costs besides its query."""
    actor, policies = house.actor(REFERRER), house.runtime.policies
    remaining = policies.remaining(actor, Action.CASE_LIST)
    return [
        compare(
            "the bound of a list", lambda: case_scope(policies.remaining(actor, Action.CASE_LIST)),
            "Cedar's part of it", lambda: policies.remaining(actor, Action.CASE_LIST),
        ),
        compare(
            "the bound of a list", lambda: case_scope(policies.remaining(actor, Action.CASE_LIST)),
            "the translation of it", lambda: case_scope(remaining),
        ),
    ]  # fmt: skip


def fetch(connection: Connection, authority: str, query: str, values: object) -> list[tuple[object, ...]]:
    """Ask as a node does, in a transaction of its own."""
    connection.execute("SELECT set_config('casehub.authority', %s, true)", [authority])
    found = connection.execute(query.encode(), values).fetchall()
    connection.commit()
    return found


def plant(house: House, pattern: UUID, count: int) -> None:
    """Copies of a case and its participants; all but `MINE` of them of another unit than the one who asks."""
    home = house.actor(REFERRER).unit
    with connect(house.database.superuser_url, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "CREATE TEMPORARY TABLE planted AS SELECT gen_random_uuid() AS case_id, n FROM generate_series(1, %s) n",
            [count - 1],
        )
        superuser.execute("CREATE INDEX ON planted (n)")
        moved = SQL("CASE WHEN unit_id = {home} AND n >= {mine} THEN {away} ELSE unit_id END").format(
            home=home, mine=MINE, away=ELSEWHERE
        )
        copy(
            superuser, "cases", SQL("id"), pattern, {"id": SQL("p.case_id"), "number": SQL("p.case_id::text")}
        )
        copy(
            superuser, "participant", SQL("case_id"), pattern,
            {"id": SQL("gen_random_uuid()"), "case_id": SQL("p.case_id"), "unit_id": moved},
        )  # fmt: skip
        superuser.execute("VACUUM ANALYZE")


def copy(superuser: Connection, table: str, key: SQL, pattern: UUID, changed: dict[str, object]) -> None:
    columns = [
        row[0]
        for row in superuser.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", [table]
        )
    ]  # fmt: skip
    values = SQL(", ").join(changed.get(name, SQL("t.") + Identifier(name)) for name in columns)
    superuser.execute(
        SQL("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, planted p WHERE t.{key} = {pattern}").format(
            table=Identifier(table), columns=SQL(", ").join(map(Identifier, columns)), values=values, key=key, pattern=pattern
        )
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
