"""`casehub audit verify` and `export`, as an operator and as an outsider run them; and erasure, which must be recorded."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import Result
from psycopg import connect
from sqlalchemy import text
from sqlalchemy.orm import Session

from casehub.audit import Entry, Event, ObjectRef, Outcome, append_entry, recorded
from casehub.audit.checking import check_log
from casehub.model import new_id
from casehub.services import referrals
from casehub.transparency.notes import VerifierKey
from tests.audit.commands import casehub
from tests.house import START, House, referral
from tests.services.scenes import POLICE
from tests.story import engine


def verify(house: House, *arguments: object) -> Result:
    return casehub(house, "audit", "verify", "--database", house.database.superuser_url, *arguments)


def test_a_whole_log_holds_and_a_broken_one_is_told_entry_by_entry(kept: House):
    whole = verify(kept)
    assert (whole.exit_code, whole.stderr) == (0, "")
    assert whole.stdout.endswith("1 checkpoints: all holds\n")
    with connect(kept.database.superuser_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        changed = superuser.execute(
            "UPDATE audit_content SET content = content || ' ' WHERE event IN ('case.referred', 'staff.added') RETURNING entry_id"
        ).fetchall()
    broken = verify(kept)
    assert broken.exit_code == 1
    assert len(changed) > 2
    assert all(str(entry) in broken.stdout for (entry,) in changed)
    assert "the log is broken" in broken.stderr


def test_a_nodes_own_login_is_told_that_it_does_not_see_enough(kept: House):
    told = casehub(kept, "audit", "verify")
    assert told.exit_code == 1
    assert told.stderr.startswith("casehub: this login may not see the whole log")
    assert len(told.stderr.splitlines()) == 1


def test_an_export_is_verified_by_an_outsider_with_the_key_and_nothing_else(kept: House, tmp_path: Path):
    directory = tmp_path / "export"
    exported = casehub(kept, "audit", "export", directory)
    assert exported.exit_code == 0, exported.stderr
    key = json.loads((directory / "export.json").read_text())["keys"][0]
    program = (
        "import sys; from casehub.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "audit", "verify", "--export", directory, "--key", key],
        capture_output=True, text=True, check=False, env={"CASEHUB_HOME": str(tmp_path), "PATH": os.defpath}, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "0 contents" in done.stdout
    imported = done.stdout.splitlines()[-1]
    for module in ("psycopg", "sqlalchemy", "alembic", "procrastinate", "flask", "werkzeug"):
        assert f"'{module}'" not in imported
    stranger = VerifierKey("casehub/other", bytes(32))
    refused = casehub(kept, "audit", "verify", "--export", directory, "--key", stranger, node=False)
    assert refused.exit_code == 1
    assert "no key that is trusted" in refused.stdout


def test_an_export_without_a_given_key_is_held_against_the_keystore_or_a_warning(kept: House, tmp_path: Path):
    casehub(kept, "audit", "export", tmp_path / "export")
    arguments = ("audit", "verify", "--export", tmp_path / "export")
    known = casehub(kept, *arguments, node=False)
    assert (known.exit_code, known.stderr) == (0, "")
    unknown = casehub(kept, *arguments, node=False, home=tmp_path)
    assert unknown.exit_code == 0
    assert "taken from the export itself" in unknown.stderr


def test_what_is_missing_or_changed_in_an_export_is_named(kept: House, tmp_path: Path):
    directory = tmp_path / "export"
    superuser = kept.database.superuser_url
    assert casehub(kept, "audit", "export", directory, "--all", "--database", superuser).exit_code == 0
    contents = directory / "contents" / "000000.jsonl"
    lines = contents.read_text().splitlines(keepends=True)
    for wrong, named in (
        (lines[1:], "entry 0"),
        ([*lines, lines[0]], "here twice, or out of place"),
        (
            [lines[0].replace('outcome\\":\\"allowed', 'outcome\\":\\"refused'), *lines[1:]],
            "entry 0",
        ),
        ([*lines[:3], "nonsense\n", *lines[3:]], "line 4 cannot be read"),
    ):
        assert wrong != lines
        contents.write_text("".join(wrong))
        told = casehub(kept, "audit", "verify", "--export", directory, node=False)
        assert told.exit_code == 1
        assert named in told.stdout, (named, told.stdout)
    contents.write_text("".join(lines))
    (directory / "tile" / "0").rename(directory / "tile" / "9")
    assert "tile/0/000" in casehub(kept, "audit", "verify", "--export", directory, node=False).stdout
    (directory / "export.json").unlink()
    gone = casehub(kept, "audit", "verify", "--export", directory, node=False)
    assert (gone.exit_code, len(gone.stderr.splitlines())) == (1, 1)


def test_a_reviewers_export_holds_what_concerns_the_authority_and_is_itself_an_entry(
    kept: House, tmp_path: Path
):
    authority = kept.actor("politi.herning").authority
    done = casehub(kept, "audit", "export", tmp_path / "export", "--authority", authority)
    assert done.exit_code == 0, done.stderr
    lines = (tmp_path / "export" / "contents" / "000000.jsonl").read_text().splitlines()
    contents = [json.loads(json.loads(line)["content"]) for line in lines]
    assert "case.referred" in {content["event"] for content in contents}
    for content in contents:
        owners = {ref["authority"] for ref in content["objects"]}
        assert authority in {content["authority"], *content["recipients"], *owners}
    assert casehub(kept, "audit", "verify", "--export", tmp_path / "export", node=False).exit_code == 0
    with connect(kept.database.superuser_url) as superuser:
        recorded = superuser.execute(
            "SELECT concerned FROM audit_content WHERE event = 'log.exported'"
        ).fetchall()
    assert recorded == [([authority],)]


def test_an_export_of_another_nodes_authority_or_into_a_full_directory_is_refused(
    kept: House, tmp_path: Path
):
    other = casehub(kept, "audit", "export", tmp_path / "export", "--authority", "nobody")
    assert "does not hold the keys of nobody" in other.stderr
    (tmp_path / "export").mkdir(exist_ok=True)
    (tmp_path / "export" / "file").touch()
    full = casehub(kept, "audit", "export", tmp_path / "export")
    assert (other.exit_code, full.exit_code) == (1, 1)
    assert "is not empty" in full.stderr


def test_a_restored_older_backup_is_caught_by_a_witnessed_checkpoint(kept: House, tmp_path: Path):
    with connect(kept.database.superuser_url) as superuser:
        before = superuser.execute("SELECT max(size) FROM audit_checkpoint").fetchone()[0]  # type: ignore[index]
        with kept.work("politi.herning") as ctx:
            referrals.create_referral(ctx, network="psp", data=referral(cpr="670385-1242"))
        kept.runtime.keep_log()
        witnessed = tmp_path / "witnessed"
        witnessed.write_text(
            superuser.execute("SELECT note FROM audit_checkpoint ORDER BY size DESC").fetchone()[0]
        )  # type: ignore[index]
        assert verify(kept, "--witnessed", witnessed).exit_code == 0
        for table in ("audit_leaf", "audit_checkpoint", "audit_commitment"):
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("DELETE FROM audit_leaf WHERE position >= %s", [before])
        superuser.execute("DELETE FROM audit_checkpoint WHERE size > %s", [before])
    told = verify(kept, "--witnessed", witnessed)
    assert told.exit_code == 1
    assert "cut off or rolled back" in told.stdout


# --- erasure


@pytest.fixture
def eraser(kept: House) -> Iterator[Session]:
    write_old(kept)
    kept.runtime.keep_log()
    with Session(engine(kept.database.superuser_url)) as session:
        session.execute(text("SET LOCAL ROLE casehub_eraser"))
        yield session


def erase(session: Session, entry: UUID, *, named: bytes) -> None:
    """As the eraser does it: the content goes, and an entry of the same transaction says so."""
    objects, covering = (ObjectRef("entry", str(entry), sha256=named.hex()),), new_id()
    append_entry(
        session, Entry(covering, START, Event.LOG_CONTENT_ERASED, Outcome.ALLOWED, "r", objects=objects)
    )
    session.execute(text("SELECT set_config('casehub.entry', :it, true)"), {"it": str(covering)})
    session.execute(text("DELETE FROM audit_content WHERE entry_id = :id"), {"id": entry})
    session.commit()


def write_old(house: House) -> None:
    """An entry of long ago."""
    with (
        house.runtime.read_tree(POLICE) as session,
        recorded(
            session, event=Event.CASE_LISTED, at=START.replace(year=2020), request_id="r", authority=POLICE
        ),
    ):
        pass


def findings(house: House) -> list[str]:
    signer = house.runtime.log_signer
    assert signer is not None
    with engine(house.database.superuser_url).connect() as connection:
        report = check_log(connection, keys=(VerifierKey(signer.origin, signer.public),))
    return [str(finding) for finding in report.findings]


def some(session: Session) -> tuple[UUID, bytes]:
    return session.execute(  # type: ignore[return-value]
        text(
            "SELECT id, leaf FROM audit_commitment JOIN audit_content ON id = entry_id WHERE event = 'case.listed'"
        )
    ).one()


def test_a_content_that_was_erased_on_record_is_no_fault(kept: House, eraser: Session, tmp_path: Path):
    entry, commitment = some(eraser)
    erase(eraser, entry, named=commitment)
    kept.runtime.keep_log()
    assert findings(kept) == []
    assert (
        casehub(
            kept, "audit", "export", tmp_path / "export", "--all", "--database", kept.database.superuser_url
        ).exit_code
        == 0
    )
    told = casehub(kept, "audit", "verify", "--export", tmp_path / "export", node=False)
    assert told.exit_code == 0, told.stdout


def test_an_erasure_that_names_another_entry_excuses_nothing(kept: House, eraser: Session):
    entry, _ = some(eraser)
    erase(eraser, entry, named=bytes(32))
    kept.runtime.keep_log()
    told = findings(kept)
    assert any(str(entry) in each and "its content is missing" in each for each in told)


def test_an_erasure_that_is_not_in_the_tree_yet_excuses_nothing(kept: House, eraser: Session):
    entry, commitment = some(eraser)
    erase(eraser, entry, named=commitment)
    assert any(str(entry) in each for each in findings(kept))


def test_entries_that_wait_for_their_checkpoint_are_counted_and_no_fault(kept: House):
    with kept.work("politi.herning") as ctx:
        referrals.create_referral(ctx, network="psp", data=referral(cpr="670385-1242"))
    told = verify(kept)
    assert told.exit_code == 0
    assert "wait for their checkpoint" in told.stdout
