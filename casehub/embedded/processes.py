"""Which of this machine's processes are the server of a data directory: told by where they run, not by a number in a file.

A number outlives its process: it may have gone to another one, or to a dead one that nobody has buried.
"""

import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

_SECONDS_FOR_CHILDREN = 10.0
_PAUSE = 0.05


def processes_in(data: Path) -> list[psutil.Process]:
    """PostgreSQL processes that run in this data directory; those of other users are not seen unless we are root."""
    place = data.resolve()
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == place:
                found.append(process)
        except psutil.Error:  # gone meanwhile, dead already, or someone else's
            continue
    return found


def shut_down(data: Path, *, seconds: float, immediately: bool = False) -> None:
    """Stop what runs in the data directory; nothing happens where nothing does.

    Cleanly within `seconds`; `immediately` leaves recovery to the next start. What has lost its postmaster, or does
    not end in time, is ended: what was committed is safe, and the next start recovers it.
    """
    postmaster = _postmaster(data)
    if postmaster is not None:
        _send(postmaster, signal.SIGQUIT if immediately else signal.SIGINT)
        if _gone(data, seconds=seconds):
            return
        _send(postmaster, signal.SIGQUIT)
    if not _gone(data, seconds=_SECONDS_FOR_CHILDREN):
        for process in processes_in(data):
            _send(process, signal.SIGKILL)
        _gone(data, seconds=_SECONDS_FOR_CHILDREN)


def clear_stale_files(data: Path, socket: Path, port: int) -> None:
    """Remove what a server that is gone left behind: its number may since have gone to what looks like a server."""
    if not processes_in(data):
        (data / "postmaster.pid").unlink(missing_ok=True)
        (socket / f".s.PGSQL.{port}").unlink(missing_ok=True)
        (socket / f".s.PGSQL.{port}.lock").unlink(missing_ok=True)


def _postmaster(data: Path) -> psutil.Process | None:
    """The parent of the others, if it lives: the number in the file, where it is one of those that run here."""
    running = {process.pid: process for process in processes_in(data)}
    told = data / "postmaster.pid"
    number = told.read_text().split("\n", 1)[0].strip() if told.exists() else ""
    return running.get(int(number)) if number.isdecimal() else None


def _send(process: psutil.Process, what: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(what)


def _gone(data: Path, *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while processes_in(data):
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True
