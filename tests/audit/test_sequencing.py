"""Numbers are given to committed entries alone, once each, without gaps, and by nobody but the sequencer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg import Connection, connect
from psycopg.errors import InsufficientPrivilege

from casehub.model import new_id
from casehub.transparency.tree import leaf_hash
from tests.databases import Database


def append(connection: Connection[tuple[object, ...]], leaf: bytes = b"c" * 32) -> object:
    entry = new_id()
    connection.execute("INSERT INTO audit_commitment (id, leaf) VALUES (%s, %s)", [entry, leaf])
    return entry


def number(connection: Connection[tuple[object, ...]], most: int = 1000) -> object:
    return connection.execute("SELECT sequence_log(%s)", [most]).fetchone()[0]  # type: ignore[index]


def numbered(connection: Connection[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT position, commitment_id, leaf FROM audit_leaf ORDER BY position"
    ).fetchall()


def test_a_leaf_is_the_hash_of_a_commitment(database: Database):
    with connect(database.app_url, autocommit=True) as app:
        entries = [append(app, bytes([at]) * 32) for at in range(3)]
        assert number(app) == 3
        assert number(app) == 0
        assert numbered(app) == [
            (position, entry, leaf_hash(bytes([position]) * 32)) for position, entry in enumerate(entries)
        ]


def test_an_entry_that_is_not_committed_has_no_number_and_holds_nobody_up(database: Database):
    with connect(database.app_url) as slow, connect(database.app_url, autocommit=True) as app:
        late = append(slow)
        append(app)
        assert number(app) == 0  # of a younger transaction than one that still runs
        lost = connect(database.app_url)
        append(lost)
        lost.rollback()
        lost.close()
        slow.commit()
        assert number(app) == 2
        assert numbered(app)[0][1] == late
        append(app)
        assert number(app) == 1
        assert [row[0] for row in numbered(app)] == [0, 1, 2]


def test_ones_own_uncommitted_entry_is_not_numbered(database: Database):
    with connect(database.app_url) as app:
        append(app)
        assert number(app) == 0
        app.commit()
        assert number(app) == 1


def test_entries_of_one_transaction_that_do_not_fit_in_one_batch_are_numbered_by_the_next(database: Database):
    with connect(database.app_url) as app:
        entries = {append(app) for _ in range(5)}
        app.commit()
        assert [number(app, 2) for _ in range(4)] == [2, 2, 1, 0]
        assert {row[1] for row in numbered(app)} == entries


def test_entries_restored_from_a_dump_of_an_older_cluster_are_numbered_and_so_are_new_ones(
    database: Database,
):
    with connect(database.superuser_url, autocommit=True) as superuser:
        for txid in (10**9, 10**9 + 1):  # which this cluster has not reached
            superuser.execute(
                "INSERT INTO audit_commitment (id, leaf, txid) VALUES (gen_random_uuid(), '', %s::text::xid8)",
                [txid],
            )
            assert number(superuser) == 1
        for _ in range(2):
            append(superuser)
            assert number(superuser) == 1
        assert number(superuser) == 0


def test_many_writers_and_sequencers_at_once_leave_no_gap_and_lose_nothing(database: Database):
    def write(_: int) -> None:
        with connect(database.app_url) as app:
            for _each in range(25):
                append(app)
                app.commit()

    def keep_numbering(_: int) -> None:
        with connect(database.app_url, autocommit=True) as app:
            for _each in range(40):
                number(app, 7)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda job: job(0), [write] * 4 + [keep_numbering] * 2))
    with connect(database.app_url, autocommit=True) as app:
        number(app)
        rows = numbered(app)
        assert [row[0] for row in rows] == list(range(100))
        order = app.execute(
            "SELECT txid::text::bigint FROM audit_leaf JOIN audit_commitment c ON c.id = commitment_id ORDER BY position"
        ).fetchall()
        assert order == sorted(order)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_leaf (position, commitment_id, leaf) SELECT 7, id, leaf FROM audit_commitment",
        "SET ROLE casehub_sequencer",
        "ALTER TABLE audit_leaf DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION sequence_log(most integer) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'",
    ],
)
def test_a_node_cannot_number_by_itself(database: Database, statement: str):
    with connect(database.app_url) as app:
        append(app)
        app.commit()
        with pytest.raises(InsufficientPrivilege):
            app.execute(statement)


def test_the_sequencer_reads_commitments_and_nothing_else(database: Database):
    with connect(database.superuser_url) as superuser:
        may = superuser.execute(
            "SELECT DISTINCT table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee = 'casehub_sequencer'"
        ).fetchall()
    assert set(may) == {("audit_commitment", "SELECT"), ("audit_leaf", "SELECT"), ("audit_leaf", "INSERT")}
