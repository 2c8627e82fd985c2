"""Web, worker and database killed while entries are appended: nothing that was acknowledged is lost, and nothing was shown
without its entry.
"""

import random
import time
from uuid import UUID

from casehub.audit.checking import check_log
from casehub.transparency.notes import VerifierKey
from tests.house import House
from tests.proof.conftest import Proof
from tests.proof.killing import PARTS, Reader, Running, Writer, running
from tests.services.scenes import look, open_case, read, refer
from tests.story import engine

SEALED = "Asger Fjeldgaard Prøvesen"
READS = (
    "SELECT count(*) FROM audit_content WHERE event = 'case.read' AND outcome = 'allowed' AND actor_id = %s"
)
READERS = ("kommune.herning", "psykiatri.midt")


def test_crashes(proof: Proof):
    """Web, worker and database killed (SIGKILL) during appends"""
    cycles = proof.size(small=3, full=50)
    chance, written, failures = random.Random(4), dict[UUID, list[str]](), 0
    with running() as (parts, house):
        shared = open_case(house)
        readers = {login: Reader(parts.url, login, shared, SEALED) for login in READERS}
        for reader in readers.values():
            reader.start()
        for cycle in range(cycles):
            case_id = refer(house)
            writers = [Writer(parts.url, "politi.herning", case_id) for _ in range(2)]
            for writer in writers:
                writer.start()
            crash(parts, house, PARTS[cycle % len(PARTS)], after=chance.uniform(0.3, 1.2))
            time.sleep(0.3)  # and some more of it afterwards
            for writer in writers:
                writer.enough()
            written[case_id] = [text for writer in writers for text in writer.written]
            failures += sum(writer.failures for writer in writers)
            assert kept(house, case_id) >= set(written[case_id])
            assert findings(house) == ()
        for reader in readers.values():
            reader.enough()
        for login, reader in readers.items():
            [(entries,)] = look(house, READS, house.staff[login])
            assert 0 < reader.seen <= entries
        assert all(kept(house, case_id) >= set(texts) for case_id, texts in written.items())
        house.runtime.keep_log()
        assert findings(house) == ()
    proof.figure("kill -9 of web, worker or database", cycles)
    proof.figure("notes acknowledged, none lost", sum(map(len, written.values())))
    proof.figure("pages shown, each with its entry", sum(reader.seen for reader in readers.values()))
    proof.figure(
        "requests that failed meanwhile", failures + sum(reader.failures for reader in readers.values())
    )
    assert sum(map(len, written.values())) >= cycles


def crash(parts: Running, house: House, part: str, *, after: float) -> None:
    time.sleep(after)
    parts.kill(part)
    house.runtime.engine.dispose()
    parts.start()


def kept(house: House, case_id: UUID) -> set[str]:
    """The texts of the case's notes, opened."""
    return {note.text for note in read(house, "politi.herning", case_id).notes}


def findings(house: House) -> tuple[str, ...]:
    signer = house.runtime.log_signer
    assert signer is not None
    with engine(house.database.superuser_url).connect() as connection:
        report = check_log(connection, keys=(VerifierKey(signer.origin, signer.public),))
    return tuple(str(finding) for finding in report.findings)
