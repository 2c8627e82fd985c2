"""What was erased cannot come back from a backup, once the KEK that the backup needs is destroyed; before that it can."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import copytree
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from psycopg import connect

from casehub.cli import main
from casehub.embedded import EmbeddedServer
from casehub.services import keys
from casehub.services.errors import CaseErased, NotOpened
from casehub.services.final_erasure import Outlook, finish_erasures
from casehub.services.keys import KeysRefused
from casehub.vault.errors import KeystoreError
from tests.databases import Database, copy_of
from tests.house import House, live_in
from tests.services.scenes import (
    POLICE,
    ask_erasure,
    confirm,
    end,
    entries,
    open_case,
    read,
    refer,
    system,
)

ASKS, OTHER = "politi.herning-stedfortraeder", "politi.herning"
NAME = "Asger Fjeldgaard Prøvesen"


@pytest.fixture
def house(cluster: EmbeddedServer, house_template: tuple[str, Path], tmp_path: Path) -> Iterator[House]:
    """As `house`, with a keystore of its own: what is done to keys here is done to no other test's."""
    name, home = house_template
    own = Path(copytree(home, tmp_path / "home"))
    with copy_of(cluster, name) as database, live_in(database, own) as house:
        yield house


def tonight(house: House) -> Outlook:
    """What the clock does each night."""
    work = partial(house.runtime.work, system(house, POLICE))
    return finish_erasures(work, house.runtime.keys.keystore)


def rotate_kek(house: House) -> None:
    work = partial(house.runtime.work, system(house, POLICE))
    for _ in keys.rotate(work, house.runtime.keys.keystore, purpose="kek"):
        pass


def erase(house: House, case_id: UUID) -> None:
    end(house, case_id)
    confirm(house, OTHER, ask_erasure(house, ASKS, case_id))


def erasure_of(house: House, case_id: UUID) -> CaseErased:
    with pytest.raises(CaseErased) as caught:
        read(house, OTHER, case_id)
    return caught.value


@contextmanager
def dump_of(cluster: EmbeddedServer, house: House) -> Iterator[Database]:
    """The database as it is now, kept."""
    house.runtime.engine.dispose()
    with copy_of(cluster, house.database.name) as dump:
        yield dump


def opens(dump: Database, home: Path, case_id: UUID) -> bool:
    """Whether the dump gives the citizen's name to whoever has this keystore."""
    try:
        with live_in(dump, home) as restored:
            identity = read(restored, OTHER, case_id).identity
    except (KeystoreError, NotOpened):
        return False
    return identity is not None and identity.name == NAME


def take_keys_from(house: House, dump: Database) -> None:
    """The thief's best: the dump's rows with the keys that the living database holds, wrapped by the KEK in use."""
    columns = "authority_id, purpose, version, kek_version, wrapped, public, public_signature, created_at, retired_at, entry_id"
    with connect(house.database.superuser_url) as living, connect(dump.superuser_url) as target:
        found = living.execute(f"SELECT {columns} FROM authority_key".encode()).fetchall()
        target.execute("SET session_replication_role = replica")
        target.execute("DELETE FROM authority_key")
        target.cursor().executemany(
            f"INSERT INTO authority_key ({columns}) VALUES ({', '.join(['%s'] * 10)})".encode(), found
        )


def test_a_dump_opens_until_the_kek_it_needs_is_destroyed(
    cluster: EmbeddedServer, house: House, tmp_path: Path
) -> None:
    case_id = open_case(house)
    home = house.runtime.config.home
    before = Path(copytree(home, tmp_path / "before"))
    with dump_of(cluster, house) as dump:
        erase(house, case_id)
        assert tonight(house).rotate_kek
        assert opens(dump, home, case_id)  # the working key is replaced, and the KEK still opens the old one
        rotate_kek(house)
        outlook = tonight(house)
        assert (outlook.waiting, outlook.rotate_kek, outlook.problem) == (1, False, None)
        assert opens(dump, home, case_id)
        house.clock.turn(days=house.runtime.config.backup_days - 1)
        assert tonight(house).waiting == 1
        house.clock.turn(days=1)
        assert (tonight(house).waiting, house.runtime.keys.keystore.versions(POLICE)) == (0, (2,))
        assert not opens(dump, home, case_id)
        assert opens(dump, before, case_id)  # so the dump was good, and it is the KEK that is gone
        take_keys_from(house, dump)
        assert not opens(dump, home, case_id)
    assert erasure_of(house, case_id).erasure.final_at == house.clock.now
    events = [entry["event"] for entry in entries(house)]
    assert (events.count("erasure.dated"), events.count("erasure.finished")) == (0, 1)


def test_everything_else_stays_readable(house: House) -> None:
    gone, kept = open_case(house), refer(house, cpr="680385-1235")
    erase(house, gone)
    tonight(house)
    rotate_kek(house)
    house.clock.turn(days=36)
    assert tonight(house).waiting == 0
    with live_in(house.database, house.runtime.config.home) as fresh:
        identity = read(fresh, OTHER, kept).identity
        assert identity is not None
        assert read(fresh, "kommune.herning", gone).identity is not None


def test_a_kek_replaced_before_the_working_key_is_replaced_once_more(house: House) -> None:
    """The old working key got a wrap under the new KEK: that one must go too."""
    case_id = open_case(house)
    erase(house, case_id)
    rotate_kek(house)
    assert tonight(house).rotate_kek
    house.clock.turn(days=10)
    rotate_kek(house)
    assert not tonight(house).rotate_kek
    house.clock.turn(days=30)
    assert tonight(house).waiting == 1
    assert erasure_of(house, case_id).erasure.final_on > house.clock.now.date()
    house.clock.turn(days=5)
    assert tonight(house).waiting == 0
    assert house.runtime.keys.keystore.versions(POLICE) == (3,)


def test_a_night_that_was_cut_off_goes_on_the_next(house: House) -> None:
    case_id = open_case(house)
    erase(house, case_id)
    work = partial(house.runtime.work, system(house, POLICE))
    next(iter(keys.rotate(work, house.runtime.keys.keystore, purpose="working")))  # begun, and killed
    tonight(house)
    lines = []
    with work() as ctx:
        lines = keys.read_keys(ctx, house.runtime.keys.keystore)
    states = {(line.purpose, line.version): line.state for line in lines}
    assert {states["working", 1], states["receiving", 1]} == {"retired"}
    assert {states["working", 2], states["receiving", 2]} == {"in use"}


def casehub(house: House, *arguments: str) -> Result:
    settings = {
        "CASEHUB_HOME": str(house.runtime.config.home),
        "CASEHUB_DATABASE_URL": house.database.app_url,
    }
    return CliRunner().invoke(main, arguments, env=settings, prog_name="casehub")


def test_custodians_are_told_which_shares_to_destroy_and_it_waits_for_them(house: House) -> None:
    with house.runtime.work(system(house, POLICE)) as ctx:
        keys.back_up_kek(ctx, house.runtime.keys.keystore, needed=2, shares=3)
    case_id = open_case(house)
    erase(house, case_id)
    tonight(house)
    told = casehub(house, "keys", "status", POLICE).stdout
    assert f"casehub keys rotate {POLICE} --purpose kek" in told
    rotate_kek(house)
    with house.runtime.work(system(house, POLICE)) as ctx, pytest.raises(KeysRefused, match="still needed"):
        keys.record_shares_destroyed(ctx, house.runtime.keys.keystore, version=1)
    house.clock.turn(days=36)
    outlook = tonight(house)
    assert (outlook.waiting, outlook.shares) == (1, (1,))
    assert f"shares-destroyed {POLICE} --version 1" in casehub(house, "keys", "status", POLICE).stdout
    done = casehub(house, "keys", "shares-destroyed", POLICE, "--version", "1")
    assert done.exit_code == 0, done.stderr
    assert erasure_of(house, case_id).erasure.final_at is not None
    assert tonight(house).waiting == 0
    again = casehub(house, "keys", "shares-destroyed", POLICE, "--version", "1")
    assert (again.exit_code, "knows of no shares" in again.stderr) == (1, True)


def test_shares_are_made_of_a_kek_that_wraps_everything(house: House) -> None:
    house.runtime.keys.keystore.add_version(POLICE)  # a rotation that was begun, and is not done
    with (
        house.runtime.work(system(house, POLICE)) as ctx,
        pytest.raises(KeysRefused, match="not all under KEK version 2"),
    ):
        keys.back_up_kek(ctx, house.runtime.keys.keystore, needed=2, shares=3)
