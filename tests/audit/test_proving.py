"""`casehub audit proof` and `verify-proof`: an entry shown to be in the log, to an outsider who has the keys and no more."""

import json
from pathlib import Path

import pytest
from psycopg import Connection, connect

from casehub.transparency.notes import VerifierKey
from tests.audit.commands import casehub
from tests.house import House
from tests.transparency.outsider import Key, check_proof
from tests.witness.notaries import Notary


@pytest.fixture
def witnesses(kept: House) -> list[Notary]:
    """Two witnesses that cosigned the log as it is."""
    found = [Notary("kommune.example/witness"), Notary("psykiatri.example/witness")]
    for each in found:
        each.cosign_all(kept.database.superuser_url)
    return found


def policy(house: House, witnesses: list[Notary], path: Path, least: str = "all") -> Path:
    with connect(house.database.superuser_url) as connection:
        log = log_key(connection)
    lines = [f"log {log}", *(f"witness w{number} {each.key}" for number, each in enumerate(witnesses))]
    names = " ".join(f"w{number}" for number in range(len(witnesses)))
    path.write_text("\n".join([*lines, f"group enough {least} {names}", "quorum enough", ""]))
    return path


def log_key(connection: Connection) -> str:
    return str(VerifierKey(*connection.execute("SELECT origin, public FROM log_key").fetchone()))


def entry_of(house: House, event: str) -> tuple[str, bytes, int]:
    with connect(house.database.superuser_url) as connection:
        return connection.execute(  # type: ignore[return-value]
            "SELECT c.id::text, c.leaf, l.position FROM audit_commitment c JOIN audit_content k ON k.entry_id = c.id"
            " JOIN audit_leaf l ON l.commitment_id = c.id WHERE k.event = %s LIMIT 1",
            [event],
        ).fetchone()


def test_an_outsider_checks_an_entry_with_the_keys_alone(
    kept: House, witnesses: list[Notary], tmp_path: Path
):
    trust = policy(kept, witnesses, tmp_path / "policy")
    entry, commitment, position = entry_of(kept, "case.referred")
    made = casehub(kept, "audit", "proof", entry, "--witnesses", trust)
    assert (made.exit_code, made.stderr) == (0, "")
    with connect(kept.database.superuser_url) as connection:
        log = Key.read(log_key(connection))
    tree = check_proof(made.stdout, commitment, log, [Key.read(str(each.key)) for each in witnesses])
    assert sorted(tree.cosigned) == [each.name for each in witnesses]

    path = tmp_path / "entry.tlog-proof"
    path.write_text(made.stdout)
    directory = tmp_path / "export"
    assert (
        casehub(
            kept, "audit", "export", directory, "--all", "--database", kept.database.superuser_url
        ).exit_code
        == 0
    )
    contents = directory / "contents" / "000000.jsonl"
    told = casehub(
        kept, "audit", "verify-proof", path, "--witnesses", trust, "--contents", contents, node=False
    )
    assert told.exit_code == 0, told.stderr
    for expected in (
        f"entry {position} of",
        commitment.hex(),
        "cosigned by psykiatri.example/witness",
        entry,
    ):
        assert expected in told.stdout
    for name in (entry, position):  # the same from an export, by id or by place
        again = casehub(kept, "audit", "proof", name, "--export", directory, "--witnesses", trust, node=False)
        assert again.stdout == made.stdout


def test_a_proof_that_does_not_hold_is_refused_in_one_line(
    kept: House, witnesses: list[Notary], tmp_path: Path
):
    trust = policy(kept, witnesses, tmp_path / "policy")
    entry, _, position = entry_of(kept, "case.referred")
    whole = casehub(kept, "audit", "proof", entry, "--witnesses", trust).stdout
    path, contents = tmp_path / "entry.tlog-proof", tmp_path / "contents.jsonl"
    contents.write_text(
        json.dumps({"position": position, "id": entry, "nonce": "AAAA", "content": "{}"}) + "\n"
    )
    last = whole.splitlines(keepends=True)[-1]
    moved = whole.replace(f"index {position}\n", f"index {position - 1}\n")
    for text, given, named in (
        (whole, ["--contents", contents], "it was changed"),
        (moved, [], "is not in the tree"),
        (whole.replace("extra ", "extra AAAA"), [], "is no proof of an entry"),
        (whole.removeprefix("c2sp"), [], "is no proof of an entry"),
        (whole.removesuffix(last), [], "was cosigned by 1 of the witnesses, which is not enough"),
        (
            whole.replace(last, f"{last[:-8]}{'A' if last[-8] != 'A' else 'B'}{last[-7:]}"),
            [],
            "does not belong to this checkpoint",
        ),
        (whole.split("\u2014")[0], [], "no signature lines"),
        (whole, ["--key", "example.com/log+d81c3d3a+AQ" + "A" * 42], "no Ed25519 key"),
    ):
        path.write_text(text)
        told = casehub(kept, "audit", "verify-proof", path, "--witnesses", trust, *given, node=False)
        assert told.exit_code in {1, 2}
        assert named in told.stderr, (named, told.stderr)
    nameless = casehub(kept, "audit", "verify-proof", path, node=False)
    assert "the log's key is needed" in nameless.stderr


def test_an_entry_that_waits_is_told_to_and_one_that_is_not_witnessed_is_told_of(
    kept: House,
    witnesses: list[Notary],
    tmp_path: Path,
):
    trust = policy(kept, witnesses, tmp_path / "policy")
    casehub(
        kept, "audit", "export", tmp_path / "export", "--authority", kept.actor("politi.herning").authority
    )
    with connect(kept.database.superuser_url) as connection:
        (waiting,) = connection.execute(
            "SELECT entry_id::text FROM audit_content WHERE event = 'log.exported'"
        ).fetchone()  # type: ignore[misc]
    told = casehub(kept, "audit", "proof", waiting)
    assert (told.exit_code, "no entry" in told.stderr) == (1, True)
    kept.runtime.keep_log()
    signed = casehub(kept, "audit", "proof", waiting, "--witnesses", trust)
    assert (signed.exit_code, "not witnessed yet" in signed.stderr) == (0, True)
