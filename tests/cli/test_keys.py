"""`casehub keys`: the whole way on the command line, and one clear line for what goes wrong."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from casehub.cli import main
from casehub.embedded import EmbeddedServer
from casehub.services import cases
from tests.databases import copy_of
from tests.house import House, live_in
from tests.services.scenes import POLICE, entries, refer


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
