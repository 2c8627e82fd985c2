"""The demo's own processes: told apart when they end by themselves, stopped with all they started, never left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from casehub.demo import children
from casehub.demo.children import ChildEnded, Stopped, StopRequest

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"])
print(grandchild.pid, flush=True)
time.sleep(60)
"""


def run(name: str, code: str, log: Path) -> children.Child:
    return children.start(name, [sys.executable, "-c", code], environment=os.environ, log=log)


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_child_that_ended_by_itself_is_told_with_its_last_words(tmp_path: Path):
    child = run("web", "print('no such port')", tmp_path / "log" / "web.log")
    wait_for(lambda: child.process.poll() is not None)
    with pytest.raises(ChildEnded, match=r"the web ended by itself \(no such port\): see .*web.log"):
        child.check()
    child.stop()


def test_what_a_child_says_is_for_the_owners_eyes_alone(tmp_path: Path):
    child = run("web", "import time; time.sleep(60)", tmp_path / "log" / "web.log")
    child.check()
    child.stop()
    assert child.log.stat().st_mode & 0o777 == 0o600
    assert child.log.parent.stat().st_mode & 0o777 == 0o700


def test_a_child_that_refuses_to_stop_is_killed_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(children, "SECONDS_TO_STOP", 0.2)
    child = run("web", STUBBORN, tmp_path / "log" / "web.log")
    wait_for(lambda: child.log.read_text().endswith("\n"))
    grandchild = psutil.Process(int(child.log.read_text()))
    child.stop()
    assert child.process.returncode == -signal.SIGKILL
    wait_for(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


def test_a_child_that_stops_when_asked_is_not_killed(tmp_path: Path):
    child = run("web", "import time; time.sleep(60)", tmp_path / "log" / "web.log")
    child.stop()
    assert child.process.returncode == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_pause_and_nothing_else(number: signal.Signals):
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        request = StopRequest()
        request.check()
        os.kill(os.getpid(), number)
        began = time.monotonic()
        with pytest.raises(Stopped):
            request.pause(30)
        assert time.monotonic() - began < 5
        with pytest.raises(Stopped):
            request.check()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
