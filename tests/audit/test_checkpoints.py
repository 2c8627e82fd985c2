"""Checkpoints follow what happens, each continues the one before, and none is signed over a changed past."""

import pytest
from psycopg import connect

from casehub.audit import Event
from casehub.audit.checkpoints import LogBroken
from casehub.audit.reading import read_keys, read_tile
from casehub.transparency.notes import open_checkpoint
from casehub.transparency.proofs import check_consistency, consistency_proof
from casehub.transparency.tiles import NoSuchTile, Tile, node_in, tiles_of
from casehub.vault.authority_keys import KeystoreError
from tests.house import House, live_in


def happen(house: House, times: int = 1) -> None:
    with house.runtime.work_as_operator() as ctx:
        for _ in range(times):
            with ctx.record(Event.ADMINISTRATION_READ):
                pass


def checkpoints(house: House) -> list[tuple[int, bytes, str]]:
    with connect(house.database.app_url) as app:
        return app.execute("SELECT size, root, note FROM audit_checkpoint ORDER BY size").fetchall()  # type: ignore[return-value]


def test_what_happened_is_signed_and_nothing_is_signed_twice(house: House):
    house.runtime.keep_log()
    first = checkpoints(house)
    house.runtime.keep_log()
    assert checkpoints(house) == first
    assert house.runtime.log_standing().unsigned == 0
    happen(house, 3)
    assert house.runtime.log_standing().unsigned == 3
    house.runtime.keep_log()
    assert house.runtime.log_standing().unsigned == 0
    assert [size for size, _, _ in checkpoints(house)] == [first[0][0], first[0][0] + 3]


def test_each_checkpoint_is_signed_and_continues_the_one_before(house: House):
    for times in (1, 1, 2, 300, 1, 0, 40):
        happen(house, times)
        house.runtime.keep_log()
    signed = checkpoints(house)
    newest = signed[-1][0]
    with house.runtime.read_tree() as session:
        keys = read_keys(session)
        node = node_in(newest, lambda tile: read_tile(session, tile))
        for size, root, note in signed:
            said = open_checkpoint(note, keys)
            assert (said.size, said.root) == (size, root)
            check_consistency(
                old=size,
                old_root=root,
                new=newest,
                new_root=signed[-1][1],
                proof=consistency_proof(node, size, newest),
            )
        for tile in tiles_of(newest):
            assert len(read_tile(session, tile)) == 32 * tile.width
        with pytest.raises(NoSuchTile):
            read_tile(session, Tile(0, newest // 256))
    assert len(signed) == 6


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_leaf SET leaf = sha256('other') WHERE position = 3",
        "DELETE FROM audit_leaf WHERE position = 3",
        "UPDATE audit_checkpoint SET root = sha256('other')",
        "UPDATE audit_checkpoint SET note = replace(note, 'casehub/', 'other/')",
        "UPDATE audit_checkpoint SET size = size - 1",
    ],
)
def test_nothing_is_signed_on_a_changed_past(house: House, change: str):
    house.runtime.keep_log()
    before = len(checkpoints(house))
    with connect(house.database.superuser_url) as superuser:
        for table in ("audit_leaf", "audit_checkpoint"):
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        assert superuser.execute(change).rowcount == 1
    happen(house)
    with pytest.raises(LogBroken):
        house.runtime.keep_log()
    assert len(checkpoints(house)) == before


def test_a_swapped_key_is_refused_at_start(house: House):
    with connect(house.database.superuser_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE log_key SET public = sha256('another key')")
    home = house.runtime.config.home
    with (
        pytest.raises(KeystoreError, match="the log's key, version 1, in the database"),
        live_in(house.database, home),
    ):
        pass


def test_the_log_does_not_wait_for_a_reader_of_it(house: House):
    with connect(house.database.app_url) as reader:
        reader.execute("SELECT count(*) FROM audit_leaf")
        happen(house)
        house.runtime.keep_log()
        assert house.runtime.log_standing().unsigned == 0
