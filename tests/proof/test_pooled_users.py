"""Many users at once over few pooled connections: nobody ever sees a row of another authority's, whatever the connection did before."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import UUID

from psycopg import connect
from sqlalchemy import text

from casehub.access.actor import Actor
from casehub.model.bootstrap import set_node_authorities
from casehub.services.cases import list_cases, read_case
from casehub.services.errors import NotFound
from tests.house import House
from tests.proof.conftest import Proof
from tests.services.scenes import KOMMUNE, POLICE, look, open_case, refer, write_note

SEED = 20261123
USERS = 20
# what is each authority's own, and what a participant sees of a case
OWN = ("compartment", "draft", "index_token", "assignment", "message", "log_signal", "review")
IN_CASES = ("item", "step", "case_event", "participant")


def test_interleaved_requests(house: House, proof: Proof) -> None:
    """Users of all authorities interleaved over pooled connections, row-level security on: no row of another's, ever."""
    cases = [open_case(house, cpr=f"67038{number}-1234") for number in range(3)]
    kept = [refer(house, cpr=f"68038{number}-1234") for number in range(3)]
    write_note(house, "psykiatri.midt", cases[0], "Kun for os.")
    users = [actor for login in sorted(house.staff) if (actor := house.actor(login))][:USERS]
    users += users[: USERS - len(users)]
    may_see = seen_by(house, {actor.authority for actor in users})
    total = proof.size(small=300, full=100_000)
    numbers = iter(range(total))
    done: Counter[str] = Counter()

    def work(thread: int) -> None:
        random = Random(SEED + thread)
        for _ in numbers:  # each number is one thread's
            one_request(house, random.choice(users), [*cases, *kept], may_see, random)
            done[str(thread)] += 1

    with ThreadPoolExecutor(USERS) as pool:
        list(pool.map(work, range(USERS)))
    assert sum(done.values()) == total
    assert house.runtime.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    proof.figure("requests", total)
    proof.figure("users, each thread any of them", len(users))
    proof.figure("connections at most", house.runtime.engine.pool.size() * 2)  # type: ignore[attr-defined]
    proof.figure("rows of another's", 0)


def one_request(
    house: House, actor: Actor, cases: list[UUID], may_see: Mapping[str, frozenset[UUID]], random: Random
) -> None:
    """One of what people do: a list, a case, or any table there is, by the session a service has."""
    mine = may_see[actor.authority]
    kind = random.random()
    with house.runtime.work(actor) as ctx:
        if kind < 0.02:
            listed = {line.id for line in list_cases(ctx)} if actor.contacts else set()
            assert listed <= mine, (actor.authority, listed - mine)
        elif kind < 0.1:
            case_id = random.choice(cases)
            try:
                read_case(ctx, case_id=case_id)
                assert case_id in mine
            except NotFound:
                pass
        elif kind < 0.5:
            seen = set(ctx.session.scalars(text("SELECT id FROM cases")))
            assert seen == mine, actor.authority
        elif kind < 0.75:
            table = random.choice(IN_CASES)
            seen = set(ctx.session.scalars(text(f"SELECT DISTINCT case_id FROM {table}")))
            assert seen <= mine, (actor.authority, table)
        else:
            table = random.choice(OWN)
            whose = set(ctx.session.scalars(text(f"SELECT DISTINCT authority_id FROM {table}")))
            assert whose <= {actor.authority}, (actor.authority, table)


def seen_by(house: House, authorities: set[str]) -> dict[str, frozenset[UUID]]:
    """The cases whose rows are each authority's to see, asked around all security."""
    query = """SELECT id FROM cases WHERE referring_authority = %s
        UNION SELECT case_id FROM participant WHERE authority_id = %s"""
    return {each: frozenset(row[0] for row in look(house, query, each, each)) for each in authorities}


def test_a_login_that_sets_another_authority_reads_none_of_its_rows(house: House) -> None:
    case_id = open_case(house)
    set_node_authorities(house.database.owner_url, login="casehub_other_node", authorities=[KOMMUNE])
    with connect(house.database.other_url) as other:
        for authority, there in ((KOMMUNE, True), (POLICE, False), ("", False), ("'; --", False)):
            other.execute("SELECT set_config('casehub.authority', %s, false)", [authority])
            for table in (*IN_CASES, "compartment", "item_grant", "item_version", "disclosure"):
                found = other.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
                assert found is not None
                assert bool(found[0]) is there, (authority, table)
            [[seen]] = other.execute("SELECT count(*) FROM cases WHERE id = %s", [case_id]).fetchall()
            assert bool(seen) is there
