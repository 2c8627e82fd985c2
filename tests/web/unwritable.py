"""Ways in which the log cannot be written, each a context around what is tried meanwhile. Everything else can be."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from psycopg import Connection, connect
from psycopg.errors import InternalError

from tests.house import House
from tests.services.scenes import alter

PAGE, SEGMENT = 8192, 16 << 20  # bytes of a table's page and of a file of the write-ahead log


@contextmanager
def right_taken_away(house: House) -> Iterator[None]:
    """The node's login may not insert contents any more."""
    alter(house, "REVOKE INSERT ON audit_content FROM casehub_app")
    yield
    alter(house, "GRANT INSERT ON audit_content TO casehub_app")


@contextmanager
def table_locked(house: House) -> Iterator[None]:
    """Somebody holds the commitments; nobody waits for ever."""
    alter(house, f"ALTER DATABASE {house.database.name} SET lock_timeout = '50ms'")
    house.runtime.engine.dispose()
    with connect(house.database.superuser_url) as connection:
        connection.execute("LOCK TABLE audit_commitment IN EXCLUSIVE MODE")
        yield


@contextmanager
def disk_full(house: House) -> Iterator[None]:
    """The file of the contents cannot grow: the kernel refuses the server's write, as on a full disk.

    It is EFBIG and not ENOSPC, since a limit on the size of files needs no right to mount anything; PostgreSQL cannot
    extend the file in both cases, and gives the same hint. The contents are filled beyond the size of the other files first, so that they alone are hit.
    """
    alter(house, "ALTER TABLE audit_content SET (autovacuum_enabled = off), ALTER content SET STORAGE PLAIN")
    with connect(house.database.superuser_url) as connection:
        _fill(connection, PAGE - 200, SEGMENT // PAGE + 10)
        postmaster = psutil.Process(connection.info.backend_pid).parent()
    assert postmaster is not None
    _limit_files(postmaster, SEGMENT)
    try:
        house.runtime.engine.dispose()  # what is connected now knows no limit; who connects anew inherits it
        for size in (4000, 1000, 300, 100, 1):  # the room that is left in the pages there are
            with connect(house.database.superuser_url) as connection:
                _fill_up(connection, size)
        yield
    finally:
        _limit_files(postmaster, resource.RLIM_INFINITY)
        house.runtime.engine.dispose()


def _fill_up(connection: Connection[tuple[object, ...]], size: int) -> None:
    try:
        while True:
            _fill(connection, size, 1)
            connection.commit()
    except InternalError as refused:
        if "File too large" not in str(refused):
            raise
        connection.rollback()


def _fill(connection: Connection[tuple[object, ...]], size: int, rows: int) -> None:
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        "INSERT INTO audit_content (entry_id, nonce, content, at, event, outcome, concerned) SELECT gen_random_uuid(), '',"
        " convert_to(repeat('x', %s), 'UTF8'), now(), '', '', '{}' FROM generate_series(1, %s)",
        [size, rows],
    )


def _limit_files(process: psutil.Process, size: int) -> None:
    """As the user that it runs as, who needs no further right for it."""
    uid, gid = process.uids().real, process.gids().real
    before = os.getresuid(), os.getresgid()
    os.setresgid(gid, gid, before[1][2])
    os.setresuid(uid, uid, before[0][2])
    try:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    finally:
        os.setresuid(*before[0])
        os.setresgid(*before[1])


WAYS = {"right taken away": right_taken_away, "table locked": table_locked, "disk full": disk_full}
