"""A long log is handed out and erased a few entries at a time, in memory that does not grow with it."""

import time
from datetime import UTC, datetime
from pathlib import Path

from psutil import Process
from sqlalchemy import text

from casehub.audit.checking import check_log
from casehub.audit.erasing import count_old, erase
from casehub.audit.lines import Format
from casehub.services.log_export import export_to
from casehub.transparency.notes import VerifierKey
from tests.house import START, House
from tests.proof.conftest import Proof
from tests.proof.long_logs import write_log
from tests.services.scenes import KOMMUNE, POLICE
from tests.story import engine

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)
MOST_MEMORY = 64 * 2**20


def test_long_export(house: House, proof: Proof, tmp_path: Path):
    """A long log is handed out and erased in memory that does not grow with it"""
    count = proof.size(small=3_000, full=1_000_000)
    write_log(house, count, checkpoints=1, begin=LONG_AGO, authorities=(POLICE, KOMMUNE))
    proof.figure("entries", count)
    process = Process()
    most = before = process.memory_info().rss

    def progress(done: int, _all: int) -> None:
        nonlocal most
        if done % 1_000 == 0:
            most = max(most, process.memory_info().rss)

    for form in Format:
        began = time.monotonic()
        with house.runtime.exporting(POLICE, form, progress) as exporting:
            written = export_to(exporting, tmp_path / form)
        proof.figure(f"{form}: entries a second", round(written / (time.monotonic() - began)))
        assert written > count / 2

    began, erased = time.monotonic(), 0
    with engine(house.database.superuser_url).connect() as connection:
        connection.execute(text("SET ROLE casehub_eraser"))
        connection.commit()
        assert sum(old.count for old in count_old(connection, START)) == count
        for authority in (POLICE, KOMMUNE):
            for batch in erase(connection, authority, before=START, now=START):
                erased += batch
                progress(erased // 1_000 * 1_000, count)
        assert count_old(connection, START) == ()
    assert erased == count
    proof.figure("erased a second", round(erased / (time.monotonic() - began)))
    proof.figure("memory beyond that before", round((most - before) / 2**20), "MiB")
    assert most - before < MOST_MEMORY

    house.runtime.keep_log()
    signer = house.runtime.log_signer
    assert signer is not None
    with engine(house.database.superuser_url).connect() as connection:
        report = check_log(connection, keys=(VerifierKey(signer.origin, signer.public),))
    assert [str(finding) for finding in report.findings] == []
