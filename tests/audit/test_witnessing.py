"""The log's own side of being witnessed: what is asked, what is kept, what counts, and what a witness that differs tells."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import connect
from psycopg.errors import InsufficientPrivilege

from casehub.audit import Event
from casehub.runtime import Runtime
from casehub.transparency.asking import Outcome
from casehub.transparency.notes import VerifierKey
from casehub.transparency.trust import Trust, read_trust
from tests.audit.commands import casehub
from tests.house import House
from tests.transparency.outsider import Key, read_checkpoint
from tests.web.browsing import Visitor
from tests.web.conftest import pages_of
from tests.witness.running import Running, running

TABLES = ("audit_leaf", "audit_checkpoint", "audit_cosignature", "audit_commitment")


def happen(house: House, times: int = 1) -> None:
    with house.runtime.work_as_operator() as ctx:
        for _ in range(times):
            with ctx.record(Event.ADMINISTRATION_READ):
                pass
    house.runtime.keep_log()


def log_key(house: House) -> str:
    signer = house.runtime.log_signer
    assert signer is not None
    return str(VerifierKey(signer.origin, signer.public))


@pytest.fixture
def witnesses(house: House, tmp_path: Path) -> Iterator[list[Running]]:
    """Two witnesses of the house's log."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(running(tmp_path / name, log_key(house), name=f"{name}.example/witness"))
            for name in ("kommune", "psykiatri")
        ]


def trusting(witnesses: list[Running], quorum: str, path: Path) -> Trust:
    lines = [f"witness {each.home.name} {each.witness.key} {each.witness.url}" for each in witnesses]
    path.write_text("\n".join([*lines, f"group both {quorum} kommune psykiatri", "quorum both", ""]))
    return read_trust(path)


def ask_all(runtime: Runtime) -> list[Outcome | None]:
    answers = [runtime.ask_witness(witness) for witness in runtime.trust.witnesses]
    return [answer and answer.outcome for answer in answers]


def test_what_is_signed_is_cosigned_kept_and_served(house: House, witnesses: list[Running], tmp_path: Path):
    runtime = replace(house.runtime, trust=trusting(witnesses, "all", tmp_path / "policy"))
    assert ask_all(runtime) == [None, None]  # nothing is signed yet
    for times in (1, 4, 300):
        happen(house, times)
        assert runtime.log_standing().unwitnessed >= times
        assert ask_all(runtime) == [Outcome.COSIGNED, Outcome.COSIGNED]
        assert runtime.log_standing().unwitnessed == 0
    assert ask_all(runtime) == [None, None]
    asking = (
        "audit",
        "verify",
        "--ask",
        "--witnesses",
        tmp_path / "policy",
        "--database",
        house.database.superuser_url,
    )
    told = casehub(house, *asking)
    assert (told.exit_code, "entries witnessed" in told.stdout) == (0, True), told.output
    note = Visitor(pages_of(house)).get("/log/checkpoint").get_data(as_text=True)
    tree = read_checkpoint(
        note, Key.read(log_key(house)), [Key.read(str(each.witness.key)) for each in witnesses]
    )
    assert sorted(tree.cosigned) == ["kommune.example/witness", "psykiatri.example/witness"]
    with connect(house.database.superuser_url) as superuser, pytest.raises(InsufficientPrivilege):
        superuser.execute("DELETE FROM audit_cosignature")


def test_a_silent_witness_is_told_since_when_and_only_a_quorum_counts(
    house: House, witnesses: list[Running], tmp_path: Path
):
    both = replace(house.runtime, trust=trusting(witnesses, "all", tmp_path / "all"))
    either = replace(house.runtime, trust=trusting(witnesses, "any", tmp_path / "any"))
    happen(house)
    ask_all(both)
    witnesses[1].kill()
    happen(house, 5)
    silent_since = house.clock.now
    for _ in range(2):
        assert ask_all(both) in ([Outcome.COSIGNED, Outcome.SILENT], [None, Outcome.SILENT])
        house.clock.turn(hours=1)
    assert (both.log_standing().unwitnessed, either.log_standing().unwitnessed) == (5, 0)
    well, silent = both.log_standing().witnesses
    assert well.outcome == Outcome.COSIGNED
    assert silent.is_missing
    assert (silent.label, silent.outcome, silent.since) == ("psykiatri", Outcome.SILENT, silent_since)


def test_a_cosignature_that_was_written_into_the_database_counts_for_nothing(
    house: House, witnesses: list[Running], tmp_path: Path
):
    runtime = replace(house.runtime, trust=trusting(witnesses, "any", tmp_path / "policy"))
    happen(house)
    ask_all(runtime)
    happen(house, 3)
    with connect(house.database.app_url) as app:  # whose login may add rows
        app.execute(
            "INSERT INTO audit_cosignature SELECT (SELECT max(size) FROM audit_checkpoint), witness, key_id, signature"
            " FROM audit_cosignature"
        )
    assert runtime.log_standing().unwitnessed == 3


@pytest.mark.parametrize(("again", "outcome"), [(0, Outcome.AHEAD), (9, Outcome.FORKED)])
def test_a_log_that_was_rolled_back_is_told_by_its_witness_also_when_it_has_grown_again(
    house: House, witnesses: list[Running], tmp_path: Path, again: int, outcome: Outcome
):
    runtime = replace(house.runtime, trust=trusting(witnesses, "any", tmp_path / "policy"))
    happen(house)
    with connect(house.database.superuser_url) as superuser:
        (before,) = superuser.execute("SELECT max(size) FROM audit_checkpoint").fetchone()  # type: ignore[misc]
    happen(house, 3)
    ask_all(runtime)
    with connect(house.database.superuser_url) as superuser:  # as an older backup put back would have it
        superuser.execute("SET session_replication_role = replica")
        for table in TABLES:
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        superuser.execute("DELETE FROM audit_commitment WHERE id IN (SELECT commitment_id FROM audit_leaf WHERE position >= %s)",
                          [before])  # fmt: skip
        superuser.execute("DELETE FROM audit_leaf WHERE position >= %s", [before])
        superuser.execute("DELETE FROM audit_checkpoint WHERE size > %s", [before])
        superuser.execute("DELETE FROM audit_cosignature")
        for table in TABLES:
            superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
    if again:
        happen(house, again)
    asking = (
        "audit",
        "verify",
        "--ask",
        "--witnesses",
        tmp_path / "policy",
        "--database",
        house.database.superuser_url,
    )
    told = casehub(house, *asking)
    assert told.exit_code == 1
    assert all(f"witness {name}: " in told.stdout for name in ("kommune", "psykiatri"))
    assert ask_all(runtime) == [outcome, outcome]
    assert all(each.is_broken for each in runtime.log_standing().witnesses)
