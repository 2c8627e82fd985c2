"""The demo's own processes: forked with everything imported, watched, stopped in order, never left behind.

Each leads a group of its own, which the terminal's Ctrl-C does not reach, and holds the reading end of a pipe whose other
end we hold: when we are gone, however that came, it ends, and so do they. Signals only raise a flag here: nothing is
torn down halfway through a step of the set-up.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_STOP = 8.0
_LOOK_EVERY = 0.1


class ChildEnded(Exception):
    """A process of the demo ended by itself; one line: which, and where it says why."""


class Stopped(Exception):
    """Somebody asked the demo to stop."""


@dataclass(slots=True)
class Child:
    """A running process and the file that takes all it says."""

    name: str
    log: Path
    process: ForkProcess

    def check(self) -> None:
        """Raise ChildEnded when the process is gone."""
        if not self.process.is_alive():
            last = self.log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise ChildEnded(f"the {self.name} ended by itself ({last[0]}): see {self.log}")

    def stop(self) -> None:
        """End it and what it started: a request, and after SECONDS_TO_STOP the kill no process can refuse."""
        self.process.terminate()
        self.process.join(SECONDS_TO_STOP)
        with suppress(ProcessLookupError):  # the group may outlive its first process
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.join()


@dataclass(slots=True)
class Lifeline:
    """A pipe that ends when this process does. `disown`: what a child must let go of besides, such as a lock."""

    disown: Callable[[], None] = lambda: None
    _ends: tuple[int, int] = field(default_factory=os.pipe)

    def start(self, name: str, work: Callable[[], object], *, log: Path, follow: bool = True) -> Child:
        """Run `work` in a process of its own; what it says goes to `log` (0600).

        `follow`: end it when we are gone; `work` that does not follow waits for that end itself.
        """
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
        process = get_context("fork").Process(target=self._live, args=(work, log, follow), name=name)
        before = signal.pthread_sigmask(
            signal.SIG_BLOCK, _SIGNALS
        )  # the child must not take one with our handlers
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return Child(name, log, process)

    def wait(self) -> None:
        """In a child: return when the parent is gone."""
        while os.read(self._ends[0], 1):
            pass

    def _live(self, work: Callable[[], object], log: Path, follow: bool) -> None:
        os.setsid()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = sys.stderr = os.fdopen(output, "w", buffering=1)
        os.close(self._ends[1])
        self.disown()
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        if follow:
            threading.Thread(target=self._follow, name="lifeline", daemon=True).start()
        work()

    def _follow(self) -> None:
        self.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(SECONDS_TO_STOP)
        os.killpg(0, signal.SIGKILL)


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
