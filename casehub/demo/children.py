"""The demo's own processes: started in their own groups, watched, stopped in order, never left behind.

A child reads its standard input and stops at its end, so that it goes when we are killed outright; `stop` asks first,
then insists. Signals only raise a flag: nothing is torn down halfway through a step of the set-up.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_STOP = 8.0
_LOOK_EVERY = 0.05


class ChildEnded(Exception):
    """A process of the demo ended by itself; one line: which, and where it says why."""


class Stopped(Exception):
    """Somebody asked the demo to stop."""


@dataclass(slots=True)
class Child:
    """A running process and the file that takes all it says."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raise ChildEnded when the process is gone."""
        if self.process.poll() is not None:
            last = self.log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise ChildEnded(f"the {self.name} ended by itself ({last[0]}): see {self.log}")

    def stop(self) -> None:
        """End it and what it started: a request, and after SECONDS_TO_STOP the kill no process can refuse."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS_TO_STOP)
        with suppress(ProcessLookupError):  # the group may outlive its first process
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


def start(name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> Child:
    """Start `command` in a group of its own, which the terminal's Ctrl-C does not reach; its output goes to `log`."""
    log.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
    return Child(name, log, process)


class StopRequest:
    """Whether somebody asked us to stop: Ctrl-C, a kill, the terminal closed."""

    def __init__(self) -> None:
        """Take over the signals for the rest of this process's life."""
        self.asked = False
        for number in _SIGNALS:
            if (
                number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
            ):  # nohup ignores it
                signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (a signal handler's signature)
        self.asked = True

    def check(self) -> None:
        """Raise Stopped when asked to."""
        if self.asked:
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Wait for that long; Stopped as soon as somebody asks."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_EVERY))  # goes on sleeping after a signal's handler ran
        self.check()
