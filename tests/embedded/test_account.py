"""Who runs the server. As root it is a user of its own with a copy of the programs; otherwise it is ourselves."""

import os
import pwd
from pathlib import Path

import pytest

from casehub.embedded import EmbeddedError, EmbeddedServer
from casehub.embedded.account import SYSTEM_USER, Account, find_account
from casehub.embedded.binaries import wheel_binaries
from casehub.embedded.home import _require_reachable, make_home
from casehub.embedded.processes import processes_in

AS_ROOT = os.geteuid() == 0


def test_the_server_never_runs_as_root(home: Path):
    server = EmbeddedServer.start(home)
    try:
        uids = {process.uids().effective for process in processes_in(server.data)}
        assert uids == {pwd.getpwnam(SYSTEM_USER).pw_uid if AS_ROOT else os.geteuid()}
    finally:
        server.stop()


def test_as_root_nothing_of_the_checkout_is_needed_by_the_server(home: Path):
    """Which may lie in root's closed home: every file the server has mapped or opened is elsewhere."""
    server = EmbeddedServer.start(home)
    try:
        assert (server.binaries == wheel_binaries()) is not AS_ROOT
        wheel = wheel_binaries().parents[2]
        mapped = {
            Path(part.path)
            for process in processes_in(server.data)
            for part in process.memory_maps()
            if part.path.startswith("/")
        }
        assert any(path.is_relative_to(server.binaries.parent) for path in mapped)
        assert any(path.is_relative_to(wheel) for path in mapped) is not AS_ROOT
    finally:
        server.stop()


def test_the_programs_are_copied_once(home: Path):
    server = EmbeddedServer.start(home)
    server.stop()
    first = (server.binaries / "postgres").stat().st_mtime_ns, (server.binaries / "postgres").stat().st_ino
    again = EmbeddedServer.start(home)
    again.stop()
    assert (
        (again.binaries / "postgres").stat().st_mtime_ns,
        (again.binaries / "postgres").stat().st_ino,
    ) == first


def test_the_account_is_found_again():
    assert find_account() == find_account()
    assert find_account().separate is AS_ROOT


def test_a_home_the_database_user_cannot_reach_is_refused_by_the_name_of_what_is_closed(home: Path):
    """The directory above is not opened, whoever owns it."""
    home.chmod(0o700)
    stranger = Account("casehub-db", uid=987654, gid=987654, separate=True)
    with pytest.raises(
        EmbeddedError, match=rf"lies in {home}, which is closed to the database's user casehub-db"
    ):
        make_home(home / "state", stranger)
    assert home.stat().st_mode & 0o777 == 0o700
    assert list(home.iterdir()) == []


def test_the_group_opens_a_directory_to_its_members(home: Path):
    home.chmod(0o710)
    member = Account("casehub-db", uid=987654, gid=home.stat().st_gid, separate=True)
    _require_reachable(home / "state", member)
