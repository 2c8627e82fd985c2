"""The demo's own processes: told apart when they end by themselves, stopped with all they started, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from casehub.demo import children
from casehub.demo.children import ChildEnded, Lifeline, Stopped, StopRequest


@pytest.fixture
def lifeline() -> Lifeline:
    return Lifeline()


def sleep() -> None:
    time.sleep(60)


def say_and_end() -> None:
    sys.stdout.write("no such port\n")


def refuse_to_stop() -> None:
    """Ignore the request, as a grandchild does too, whose number is printed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    sys.stdout.write(f"{grandchild.pid}\n")
    time.sleep(60)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_child_that_ended_by_itself_is_told_with_its_last_words(lifeline: Lifeline, tmp_path: Path):
    child = lifeline.start("web", say_and_end, log=tmp_path / "log" / "web.log")
    wait_for(lambda: not child.process.is_alive())
    with pytest.raises(ChildEnded, match=r"the web ended by itself \(no such port\): see .*web.log"):
        child.check()
    child.stop()


def test_what_a_child_says_is_for_the_owners_eyes_alone(lifeline: Lifeline, tmp_path: Path):
    child = lifeline.start("web", sleep, log=tmp_path / "log" / "web.log")
    child.check()
    wait_for(child.log.exists)
    child.stop()
    assert child.log.stat().st_mode & 0o777 == 0o600
    assert child.log.parent.stat().st_mode & 0o777 == 0o700


def test_a_child_that_refuses_to_stop_is_killed_with_what_it_started(
    lifeline: Lifeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(children, "SECONDS_TO_STOP", 0.2)
    child = lifeline.start("web", refuse_to_stop, log=tmp_path / "log" / "web.log")
    wait_for(lambda: child.log.exists() and child.log.read_text().endswith("\n"))
    grandchild = int(child.log.read_text())
    child.stop()
    assert child.process.exitcode == -signal.SIGKILL
    wait_for(lambda: gone(grandchild))


def test_a_child_that_stops_when_asked_is_not_killed(lifeline: Lifeline, tmp_path: Path):
    child = lifeline.start("web", sleep, log=tmp_path / "log" / "web.log")
    wait_for(child.log.exists)
    child.stop()
    assert child.process.exitcode == -signal.SIGTERM


def test_children_end_when_their_parent_is_killed_outright(tmp_path: Path):
    """Two of them: the second has inherited what it must let go of, or the first would never hear of the end."""
    code = f"""
import time
from pathlib import Path
from casehub.demo.children import Lifeline
lifeline = Lifeline()
for name in ("web", "worker"):
    print(lifeline.start(name, lambda: time.sleep(60), log=Path({str(tmp_path)!r}) / name).process.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    numbers = [int(parent.stdout.readline()) for _ in range(2)]
    parent.stdout.close()
    parent.kill()
    parent.wait()
    wait_for(lambda: all(gone(number) for number in numbers))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_pause_and_nothing_else(number: signal.Signals):
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        # these tests may themselves run under nohup, which is respected
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
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
