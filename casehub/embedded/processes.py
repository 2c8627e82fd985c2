"""Which of this machine's processes are the server of a data directory: told by where they run, not by a number in a file."""

import signal
from pathlib import Path

import psutil

_SECONDS_FOR_CHILDREN = 10


def processes_in(data: Path) -> list[psutil.Process]:
    """PostgreSQL processes that run in this data directory; those of other users are not seen unless we are root."""
    place = data.resolve()
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == place:
                found.append(process)
        except psutil.Error:  # gone meanwhile, or someone else's
            continue
    return found


def shut_down(data: Path, *, seconds: float) -> None:
    """Stop what runs in the data directory, fast but cleanly; a no-op where nothing does.

    Children whose postmaster was killed end by themselves; those that do not are ended, their work is lost already.
    """
    running = processes_in(data)
    numbers = {process.pid for process in running}
    for process in running:
        try:
            if process.ppid() not in numbers and _is_postmaster(process, data):
                process.send_signal(signal.SIGINT)  # its "fast" shutdown
                process.wait(seconds)
        except psutil.NoSuchProcess:
            continue
    _gone, left = psutil.wait_procs(processes_in(data), timeout=_SECONDS_FOR_CHILDREN)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=_SECONDS_FOR_CHILDREN)


def clear_stale_pid(data: Path) -> None:
    """Remove a stale postmaster.pid: its number may since have gone to a process that PostgreSQL takes for a server."""
    stale = data / "postmaster.pid"
    if stale.exists() and not processes_in(data):
        stale.unlink()


def _is_postmaster(process: psutil.Process, data: Path) -> bool:
    told = (
        (data / "postmaster.pid").read_text().split("\n", 1)[0] if (data / "postmaster.pid").exists() else ""
    )
    return told.strip() == str(process.pid)
