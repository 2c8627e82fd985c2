"""`casehub keys`: the whole way on the command line, and one clear line for what goes wrong."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from casehub.audit.checkpoints import LogBroken
from casehub.audit.reading import read_checkpoint, read_keys
from casehub.cli import main
from casehub.embedded import EmbeddedServer
from casehub.services import cases
from casehub.transparency.notes import VerifierKey, open_checkpoint
from tests.databases import copy_of
from tests.house import House, live_in
from tests.services.scenes import POLICE, alter, entries, refer


@pytest.fixture
def house(cluster: EmbeddedServer, house_template: tuple[str, Path], tmp_path: Path) -> Iterator[House]:
    name, home = house_template
    own = Path(copytree(home, tmp_path / "home"))
    with copy_of(cluster, name) as database, live_in(database, own) as house:
        yield house


def casehub(
    house: House, *arguments: str, home: Path | None = None, typed: str | None = None, **more: str
) -> Result:
    settings: dict[str, str | None] = dict.fromkeys(key for key in os.environ if key.startswith("CASEHUB_"))
    config = house.runtime.config
    settings |= {"CASEHUB_HOME": str(home or config.home), "CASEHUB_DATABASE_URL": config.database_url}
    settings |= more
    result = CliRunner().invoke(main, ["keys", *arguments], env=settings, input=typed)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def line_of(result: Result, purpose: str, version: str) -> str:
    cells = {line: [cell.strip() for cell in line.split("│")] for line in result.stdout.splitlines()}
    (line,) = [line for line, found in cells.items() if found[2:4] == [purpose, version]]
    return line


def test_status_rotate_and_retire(house: House) -> None:
    case_id = refer(house)
    shown = casehub(house, "status", POLICE)
    assert shown.exit_code == 0
    assert "1 compartments" in line_of(shown, "working", "1")
    assert "never" in line_of(shown, "working", "1")
    done = casehub(house, "rotate", POLICE)
    assert (
        done.exit_code,
        done.stdout.startswith(f"{POLICE}: working key version 2 done: 1 put under it"),
    ) == (0, True)
    shown = casehub(house, "status", POLICE)
    assert "older" in line_of(shown, "working", "1")
    assert "nothing" in line_of(shown, "working", "1")
    assert "1 compartments" in line_of(shown, "working", "2")
    assert casehub(house, "retire", POLICE, "--purpose", "working", "--version", "1").exit_code == 0
    assert "retired" in line_of(casehub(house, "status", POLICE), "working", "1")
    with house.work("politi.herning") as ctx:
        assert cases.read_case(ctx, case_id=case_id).identity is not None


def test_status_shows_every_authority_of_the_node(house: House) -> None:
    shown = casehub(house, "status").stdout
    assert all(f" {authority} " in shown for authority in house.runtime.authorities)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("rotate", "ukendt"), "does not hold the keys of 'ukendt'"),
        (("retire", POLICE, "--purpose", "working", "--version", "1"), "is the one in use"),
        (("retire", POLICE, "--purpose", "kek", "--version", "7"), "is the one in use"),
        (("backup", POLICE, "--to", "unused", "--needed", "1"), "nobody can alone"),
        (("rotate", POLICE, "--purpose", "index"), "two of its administrators must agree first"),
    ],
)
def test_what_cannot_be_done_is_one_line(house: House, arguments: tuple[str, ...], told: str) -> None:
    done = casehub(house, *arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert told in line


def test_a_kek_backed_up_is_restored_on_an_empty_machine_that_then_reads_the_case(
    house: House, tmp_path: Path
) -> None:
    case_id = refer(house)
    to, shares = tmp_path / "backup", tmp_path / "custodians"
    done = casehub(house, "backup", POLICE, "--to", str(to), "--shares-to", str(shares))
    assert done.exit_code == 0, done.stderr
    document = to / f"{POLICE}.kek-1.json"
    files = sorted(shares.iterdir())
    assert [file.name for file in files] == [f"{POLICE}.kek-1.share-{n}-of-3.txt" for n in (1, 2, 3)]
    assert {file.stat().st_mode & 0o777 for file in (document, *files)} == {0o600}
    assert entries(house)[-1]["event"] == "keys.backed_up"
    assert (
        "is there already"
        in casehub(house, "backup", POLICE, "--to", str(to), "--shares-to", str(shares)).stderr
    )

    empty = tmp_path / "empty"
    typed = files[0].read_text() + files[2].read_text()
    for name, (arguments, given) in {
        "files": (("--share", str(files[1]), "--share", str(files[2])), None),
        "typed": ((), typed),
    }.items():
        restored = casehub(house, "restore", str(document), *arguments, home=empty / name, typed=given)
        assert restored.exit_code == 0, restored.stderr
        entry = entries(house)[-1]
        assert (entry["event"], [ref["id"] for ref in entry["objects"]]) == (
            "keys.restored",
            [f"{POLICE}/kek/1"],
        )
        with live_in(house.database, empty / name) as fresh:
            assert fresh.runtime.authorities == {POLICE}
            with fresh.work("politi.herning") as ctx:
                assert cases.read_case(ctx, case_id=case_id).identity is not None

    passphrase = tmp_path / "passphrase"
    passphrase.write_text("en rigtig god hest\n")
    passphrase.chmod(0o600)
    unreached = {
        "CASEHUB_KEYSTORE_PASSPHRASE_FILE": str(passphrase),
        "CASEHUB_DATABASE_URL": "postgresql://127.0.0.1:1/x",
    }
    shared = ("--share", str(files[0]), "--share", str(files[2]))
    restored = casehub(house, "restore", str(document), *shared, home=empty / "unreached", **unreached)
    assert "at the next start" in restored.stdout
    assert not (empty / "unreached" / "keystore.json.key").exists()
    before = len(entries(house))
    opened = {"home": empty / "unreached", "CASEHUB_KEYSTORE_PASSPHRASE_FILE": str(passphrase)}
    assert casehub(house, "status", **opened).exit_code == 0
    assert casehub(house, "rotate", POLICE, **opened).exit_code == 0
    assert [entry["event"] for entry in entries(house)[before:]].count("keys.restored") == 1
    closed = casehub(house, "status", home=empty / "unreached")
    assert (closed.exit_code, len(closed.stderr.splitlines())) == (1, 1)

    alone = casehub(house, "restore", str(document), "--share", str(files[0]), home=empty / "alone")
    assert (alone.exit_code, len(alone.stderr.splitlines())) == (1, 1)
    assert not (empty / "alone" / "keystore.json").exists()


def test_each_custodian_is_shown_their_own_share_once(house: House, tmp_path: Path) -> None:
    done = casehub(house, "backup", POLICE, "--to", str(tmp_path / "backup"))
    assert done.exit_code == 0
    assert [done.stdout.count(f"share {number};") for number in (1, 2, 3)] == [1, 1, 1]


def audit(house: House, *arguments: str) -> Result:
    settings = {
        "CASEHUB_HOME": str(house.runtime.config.home),
        "CASEHUB_DATABASE_URL": house.database.app_url,
    }
    return CliRunner().invoke(main, ["audit", "verify", *arguments], env=settings)


def log_keys(house: House) -> list[str]:
    with house.runtime.read_tree() as session:
        return [str(key) for key in read_keys(session)]


def happen(house: House) -> None:
    refer(house)
    house.runtime.keep_log()


def test_the_logs_key_is_rotated_under_a_running_node_and_the_log_still_verifies(
    house: House, tmp_path: Path
) -> None:
    happen(house)
    (old,) = log_keys(house)
    rotated = casehub(house, "rotate", "log")
    assert rotated.exit_code == 0, rotated.stderr
    assert entries(house)[-1]["event"] == "log.key_rotated"
    _, new = log_keys(house)
    assert new in rotated.stdout.splitlines()
    happen(house)  # the node that ran all along follows
    with house.runtime.read_tree() as session:
        assert open_checkpoint(read_checkpoint(session).note, [VerifierKey.parse(new)])
    shown = casehub(house, "status", "log")
    assert "1 checkpoints" in line_of(shown, "signing", "1")
    assert "1 checkpoints" in line_of(shown, "signing", "2")
    assert "in use" in line_of(shown, "signing", "2")

    everything = ("--database", house.database.superuser_url)
    for how in ((), ("--key", old)):  # the new key alone does not vouch for what the old one signed
        held = audit(house, *everything, *how)
        assert held.exit_code == 0, held.stdout
    assert audit(house, *everything, "--key", new).exit_code == 1
    directory = tmp_path / "export"
    settings = {
        "CASEHUB_HOME": str(house.runtime.config.home),
        "CASEHUB_DATABASE_URL": house.database.app_url,
    }
    assert CliRunner().invoke(main, ["audit", "export", str(directory)], env=settings).exit_code == 0
    for how in ((), ("--key", old)):
        assert audit(house, "--export", str(directory), *how).exit_code == 0


def test_a_log_key_that_no_key_handed_over_to_is_refused_and_named(house: House) -> None:
    happen(house)
    casehub(house, "rotate", "log")
    alter(
        house,
        "SET session_replication_role = replica",
        "UPDATE log_key SET public = sha256('another'), succession = NULL WHERE version = 2",
    )
    told = audit(house, "--database", house.database.superuser_url)
    assert told.exit_code == 1
    assert "log key 2: is not the key that is trusted" in told.stdout
    with pytest.raises(LogBroken, match="version 2"):
        house.runtime.keep_log()
    assert casehub(house, "status", "log").exit_code == 1


def test_the_logs_key_is_backed_up_and_a_restored_node_follows_its_successors(
    house: House, tmp_path: Path
) -> None:
    to, shares = tmp_path / "backup", tmp_path / "custodians"
    for name in (POLICE, "log"):
        done = casehub(house, "backup", name, "--to", str(to), "--shares-to", str(shares))
        assert done.exit_code == 0, done.stderr
    happen(house)
    assert casehub(house, "rotate", "log").exit_code == 0
    empty = tmp_path / "empty"
    for name in (POLICE, "log"):
        held = [str(shares / f"{name}.kek-1.share-{number}-of-3.txt") for number in (1, 3)]
        done = casehub(
            house,
            "restore",
            str(to / f"{name}.kek-1.json"),
            "--share",
            held[0],
            "--share",
            held[1],
            home=empty,
        )
        assert done.exit_code == 0, done.stderr
    with live_in(house.database, empty) as fresh:
        happen(fresh)
        with fresh.runtime.read_tree() as session:
            assert open_checkpoint(read_checkpoint(session).note, [VerifierKey.parse(log_keys(house)[1])])
