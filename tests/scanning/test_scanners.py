"""A scanner gives a verdict on the very bytes of a file, or says in one line why there is none."""

import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from casehub.config import ConfigError, read_config
from casehub.scanning import Scanner, ScannerFailed, clamd, command, open_scanner
from tests.scanning.clamd_server import EICAR, Clamd, clamd_at

CLEAN = bytes(range(256)) * 8192  # 2 MiB
PIECES = (CLEAN[:100], CLEAN[100:70_000], CLEAN[70_000:])


def verdict(scanner: Scanner, *pieces: bytes) -> str | None:
    with scanner.begin() as scan:
        for piece in pieces:
            scan.feed(piece)
        return scan.verdict()


@pytest.fixture(params=["unix", "tcp"])
def daemon(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clamd]:
    with clamd_at(tmp_path / "clamd.ctl" if request.param == "unix" else "127.0.0.1") as found:
        yield found


def test_clamd_has_every_byte_in_order_and_finds_nothing(daemon: Clamd) -> None:
    assert verdict(open_scanner(daemon.setting), *PIECES, b"") is None
    assert daemon.seen == [(sha256(CLEAN).hexdigest(), len(CLEAN))]
    assert open_scanner(daemon.setting).answers()


def test_clamd_says_what_it_found_across_pieces(daemon: Clamd) -> None:
    assert (
        verdict(open_scanner(daemon.setting), CLEAN + EICAR[:9], EICAR[9:], CLEAN) == "Eicar-Test-Signature"
    )


def test_what_clamd_will_not_read_to_the_end_has_no_verdict(daemon: Clamd) -> None:
    daemon.most = 1000
    with pytest.raises(ScannerFailed, match="size limit exceeded"):
        verdict(open_scanner(daemon.setting), *(CLEAN for _ in range(20)))


@pytest.mark.parametrize("answer", [b"\0", b"stream: OK and more\0", b"ERROR\0", b"stream: FOUND\0"])
def test_any_other_answer_is_no_verdict(daemon: Clamd, answer: bytes) -> None:
    daemon.answer = answer
    with pytest.raises(ScannerFailed, match="answered"):
        verdict(open_scanner(daemon.setting), b"x")


def test_a_clamd_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    for setting in (f"unix:{tmp_path}/none", "tcp:127.0.0.1:1"):
        scanner = open_scanner(setting)
        assert not scanner.answers()
        with pytest.raises(ScannerFailed, match="does not answer"):
            verdict(scanner, b"x")


def test_a_clamd_that_goes_silent_is_given_up(daemon: Clamd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamd, "SECONDS", 0.2)
    daemon.answer = b"stream"  # and no end
    with pytest.raises(ScannerFailed, match="answered"):
        verdict(open_scanner(daemon.setting), b"x")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Reads a file and finds EICAR's; with an argument, does something else."""
    path = tmp_path / "scanner"
    path.write_text(
        "#!/bin/sh\n"
        'case "$1" in early) exit 0 ;; broken) cat >/dev/null; exit 2 ;; asleep) exec sleep 60 ;; esac\n'
        "grep -q EICAR-STANDARD && exit 1 || exit 0\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_commands_exit_code_is_its_verdict(program: Path) -> None:
    scanner = open_scanner(f"command:{program} -")
    assert scanner.answers()
    assert verdict(scanner, *PIECES) is None
    assert verdict(scanner, CLEAN, b"\n", EICAR, b"\n") is not None


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("early", "ended before it had read"),
        ("broken", "ended with code 2"),
        ("asleep", "took nothing|no verdict"),
    ],
)
def test_a_command_that_does_not_read_to_the_end_gives_no_verdict(
    program: Path, monkeypatch: pytest.MonkeyPatch, argument: str, told: str
) -> None:
    monkeypatch.setattr(command, "SECONDS", 0.5)
    with pytest.raises(ScannerFailed, match=told):
        verdict(open_scanner(f"command:{program} {argument}"), *(CLEAN for _ in range(4)))


def test_a_command_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    scanner = open_scanner(f"command:{tmp_path}/none")
    assert not scanner.answers()
    with pytest.raises(ScannerFailed, match="cannot be started"):
        verdict(scanner, b"x")


@pytest.mark.parametrize(
    "setting", ["clamd", "unix:clamd.ctl", "tcp:3310", "tcp:host:port", "command:", "command: "]
)
def test_a_setting_that_names_no_scanner_is_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match="CASEHUB_SCANNER"):
        read_config({"CASEHUB_SCANNER": setting})
    assert read_config({}).scanner is None
