"""The embedded server as a person starts, stops and kills it. Each test has a state directory of its own."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from psycopg import OperationalError, connect
from psycopg.errors import UniqueViolation

from casehub.embedded import EmbeddedError, EmbeddedServer, stop_orphan
from casehub.embedded.processes import processes_in

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
SECRET_NAME = "Kim Opdigtet"


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer.start(home)
    yield server
    server.stop()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def postmaster(server: EmbeddedServer) -> psutil.Process:
    return psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))


def write_row(server: EmbeddedServer) -> None:
    with connect(server.superuser_url()) as connection:
        connection.execute("CREATE TABLE kept (value text PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES (%s)", [SECRET_NAME])


def has_row(server: EmbeddedServer) -> bool:
    with connect(server.superuser_url()) as connection:
        return connection.execute("SELECT value FROM kept").fetchone() == (SECRET_NAME,)


def test_it_stops_and_starts_again_with_the_same_data(server: EmbeddedServer):
    write_row(server)
    server.stop()
    server.stop()
    assert processes_in(server.data) == []
    again = EmbeddedServer.start(server.home)
    try:
        assert has_row(again)
    finally:
        again.stop()


def test_it_is_postgresql_18_durable_and_silent(server: EmbeddedServer):
    with connect(server.superuser_url()) as connection:
        assert connection.info.server_version // 10000 == 18
        for name, expected in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "listen_addresses": "",
            "log_statement": "none",
            "server_encoding": "UTF8",
        }.items():
            assert connection.execute("SELECT current_setting(%s)", [name]).fetchone() == (expected,), name


def test_nothing_listens_on_the_network(server: EmbeddedServer):
    for process in processes_in(server.data):
        assert process.net_connections(kind="inet") == []


def test_every_login_needs_its_password(server: EmbeddedServer):
    for wrong in ("", "wrong"):
        with pytest.raises(OperationalError):
            connect(server.superuser_url(), password=wrong)
    rules = [line.split() for line in (server.data / "pg_hba.conf").read_text().splitlines()]
    assert {rule[-1] for rule in rules if rule and not rule[0].startswith("#")} == {"scram-sha-256"}


def test_passwords_are_made_once_and_differ(server: EmbeddedServer):
    assert server.password("postgres") == server.password("postgres") != server.password("casehub_node")
    assert len(server.password("casehub_node")) > 40


def test_what_people_are_called_never_reaches_the_log(server: EmbeddedServer):
    write_row(server)
    with connect(server.superuser_url()) as connection, pytest.raises(UniqueViolation):
        connection.execute("INSERT INTO kept VALUES (%s)", [SECRET_NAME])
    with (
        connect(server.superuser_url()) as connection,
        pytest.raises(Exception, match="invalid input syntax"),
    ):
        connection.execute("SELECT %s::uuid", [SECRET_NAME])
    with connect(server.superuser_url()) as connection, pytest.raises(Exception, match="does not exist"):
        connection.execute(f"SELECT '{SECRET_NAME}' FROM nowhere")
    server.stop()
    log = server.log.read_text()
    assert "ready to accept connections" in log
    assert SECRET_NAME not in log
    assert "kept" not in log


def test_a_second_start_is_refused_in_one_line(server: EmbeddedServer):
    with pytest.raises(EmbeddedError, match="already run by another casehub process") as refused:
        EmbeddedServer.start(server.home)
    assert "\n" not in str(refused.value)
    write_row(server)
    stop_orphan(server.home)
    assert has_row(server)


def test_another_process_can_attach_and_leaves_it_running(server: EmbeddedServer):
    write_row(server)
    attached = EmbeddedServer.attach(server.home)
    assert has_row(attached)
    attached.stop()
    assert has_row(server)
    server.stop()
    with pytest.raises(EmbeddedError, match="no database runs in"):
        EmbeddedServer.attach(server.home)


def test_a_server_whose_process_was_killed_is_taken_over(home: Path):
    program = (
        "import os, signal, sys; from pathlib import Path; from casehub.embedded import EmbeddedServer\n"
    )
    program += "EmbeddedServer.start(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    died = subprocess.run([sys.executable, "-c", program, str(home)], check=False, cwd=ROOT)
    assert died.returncode == -signal.SIGKILL
    orphan = EmbeddedServer.attach(home)
    write_row(orphan)
    left = postmaster(orphan).pid
    server = EmbeddedServer.start(home)
    try:
        assert postmaster(server).pid != left
        assert has_row(server)
    finally:
        server.stop()


def test_an_orphan_can_be_stopped(home: Path):
    server = EmbeddedServer.start(home)
    server._lock.close()  # what the end of the process does
    stop_orphan(home)
    assert processes_in(server.data) == []
    stop_orphan(home)


def test_what_was_committed_survives_a_killed_server(server: EmbeddedServer):
    write_row(server)
    postmaster(server).kill()
    server.stop()
    again = EmbeddedServer.start(server.home)
    try:
        assert has_row(again)
    finally:
        again.stop()


def test_a_stale_pid_file_does_not_hinder_even_if_its_number_lives_on(server: EmbeddedServer):
    write_row(server)
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    for number in ("999999999", str(os.getppid()), str(os.getpid())):
        pid_file.write_text("\n".join([number, *lines[1:]]) + "\n")
        again = EmbeddedServer.start(server.home)
        try:
            assert has_row(again)
        finally:
            again.stop()


def test_a_first_start_that_was_cut_off_is_begun_anew(home: Path):
    EmbeddedServer.start(home).stop()
    data = home / "database" / "data"
    data.rename(data.with_name("data.new"))
    (data.with_name("data.new") / "PG_VERSION").unlink()
    server = EmbeddedServer.start(home)
    try:
        write_row(server)
    finally:
        server.stop()


def test_the_state_directory_is_closed(server: EmbeddedServer):
    assert mode(server.home) == (0o710 if AS_ROOT else 0o700)
    for private in ("secrets", "database"):
        assert mode(server.home / private) == 0o700
    for secret in (server.home / "secrets").iterdir():
        assert mode(secret) == 0o600
    assert mode(server.socket) == 0o700
    assert mode(server.log) == 0o600
    assert not (server.home / "database" / "password").exists()


def test_what_lies_above_stays_as_it_was(home: Path):
    above = home / "above"
    above.mkdir()
    above.chmod(0o711)
    home.chmod(0o711)
    EmbeddedServer.start(above / "state").stop()
    assert mode(above) == 0o711
    assert above.stat().st_uid == os.geteuid()
    assert sorted(path.name for path in above.iterdir()) == ["state"]


def test_a_directory_full_of_other_things_is_refused_and_left_alone(home: Path):
    (home / "letters").touch()
    home.chmod(0o755)
    with pytest.raises(EmbeddedError, match="holds other things"):
        EmbeddedServer.start(home)
    assert mode(home) == 0o755


@pytest.mark.parametrize("name", ["x" * 90, "a,b", "it's a home; æøå"])
def test_a_long_or_odd_path_is_no_hindrance(home: Path, name: str):
    home.chmod(0o711)
    server = EmbeddedServer.start(home / name)
    try:
        write_row(server)
        assert has_row(EmbeddedServer.attach(home / name))
        assert mode(server.socket) == 0o700
        if server.socket.parent == Path(tempfile.gettempdir()):
            assert len(os.fsencode(server.socket)) < 90
        else:
            assert server.socket.is_relative_to(server.home)
    finally:
        server.stop()
        if not server.socket.is_relative_to(home):
            server.socket.rmdir()


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\\b"])
def test_a_path_that_would_be_read_by_a_shell_is_refused(home: Path, name: str):
    with pytest.raises(EmbeddedError, match="stumble over"):
        EmbeddedServer.start(home / name)
    assert list(home.iterdir()) == []


def test_a_socket_directory_that_someone_else_made_first_is_refused(home: Path):
    home.chmod(0o711)
    long = home / ("y" * 90)
    server = EmbeddedServer.start(long)
    server.stop()
    server.socket.rmdir()
    server.socket.symlink_to(home)
    try:
        with pytest.raises(EmbeddedError, match="belongs to someone else"):
            EmbeddedServer.start(long)
    finally:
        server.socket.unlink()


def test_data_of_another_version_is_refused_with_what_to_do(server: EmbeddedServer):
    server.stop()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 17.*pg_upgrade"):
        EmbeddedServer.start(server.home)


def test_the_environment_leads_nothing_astray(home: Path, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for name, value in {
            "PGPORT": str(taken.getsockname()[1]),
            "PGHOST": "127.0.0.1",
            "PGDATA": "/nonexistent",
            "PGUSER": "nobody",
            "LC_ALL": "xx_XX",
        }.items():
            monkeypatch.setenv(name, value)
        server = EmbeddedServer.start(home)
        try:
            write_row(server)
            assert has_row(server)
        finally:
            server.stop()
