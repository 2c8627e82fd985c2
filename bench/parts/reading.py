"""Opening a case, and listing cases, against their own statements without casehub.

The case has 20 notes of 1 KB, its referral and its identity: 22 sealed items. The floor runs the same SELECTs through psycopg as the
same login (row-level security applies to both), fetches all rows and inserts the entry's bytes in a bare table, durably.
What is between them: SQLAlchemy's rows, Cedar, the entry's three tables with their indexes and triggers, and opening.
"""

from collections.abc import Iterator
from uuid import UUID

from parts.bare import Bare, selects, statements_of
from parts.cases import ALL, OWN, REFERRER, many_cases
from parts.measuring import Doing, Figure, compare

from casehub.access.actions import Action
from casehub.access.gate import Gate
from casehub.audit import Event
from casehub.services.cases import list_cases, read_case
from tests.house import House

ENTRY = b"{" + b"x" * 4000 + b"}"  # as long as the content of such a read's entry


def figures(house: House, case_id: UUID) -> Iterator[Figure]:
    """Reading first; then the list, when there are many cases."""
    actor = house.actor(REFERRER)
    bare = Bare(house, actor.authority)

    def by_gate(act: str) -> Doing:
        def doing() -> None:
            with house.runtime.work(actor) as ctx:
                _do(ctx.gate, act, case_id)

        return doing

    def page() -> None:
        with house.runtime.work(actor) as ctx:
            read_case(ctx, case_id=case_id)

    def line() -> None:
        with house.runtime.work(actor) as ctx:
            list_cases(ctx)

    with statements_of(house) as sent:
        by_gate("read")()
    wanted = selects(sent)
    floor = f"its {len(wanted)} SELECTs and one INSERT"
    yield compare("open a case: gate.read_case", by_gate("read"), floor, lambda: bare.read(wanted, ENTRY))
    yield compare("open a case: all of the page's data", page, floor, lambda: bare.read(wanted, ENTRY))

    many_cases(house, case_id)
    with statements_of(house) as sent:
        by_gate("list")()
    listed = selects(sent)
    first = next(statement for statement in listed if "FROM cases" in statement[0])
    what = f"list {OWN} cases of {ALL}"
    yield compare(what, line, f"its {len(listed)} SELECTs and one INSERT", lambda: bare.read(listed, ENTRY))
    yield compare(what, line, "its first SELECT alone", lambda: bare.read([first], None))
    bare.close()


def _do(gate: Gate, act: str, case_id: UUID) -> None:
    if act == "read":
        gate.read_case(case_id=case_id, event=Event.CASE_READ)
    else:
        gate.list_cases(action=Action.CASE_LIST, event=Event.CASE_LISTED)
