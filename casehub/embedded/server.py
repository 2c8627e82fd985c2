"""Starts and stops the server of a state directory. Whoever holds the directory's lock owns the server."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from casehub.embedded.account import Account, find_account
from casehub.embedded.binaries import MAJOR, reachable_binaries
from casehub.embedded.errors import EmbeddedError
from casehub.embedded.home import lock_home, make_home, secret, socket_directory
from casehub.embedded.processes import clear_stale_files, processes_in, shut_down
from casehub.embedded.settings import PORT, configuration

SUPERUSER = "postgres"
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 60


@dataclass(slots=True)
class EmbeddedServer:
    """A running server. `socket`: the directory of its socket; passwords are in `home`/secrets, one file a login."""

    home: Path
    socket: Path
    binaries: Path
    _account: Account
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
        account = find_account()
        make_home(home, account)
        lock = lock_home(home)
        try:
            used = binaries or reachable_binaries(home, account)
            server = cls(home, socket_directory(home, account, PORT), used, account, lock)
            shut_down(server.data, seconds=_SECONDS_TO_STOP)
            if not (server.data / "PG_VERSION").exists():
                server._initialise(durable=(settings or {}).get("fsync") != "off")
            server._run(settings or {})
        except BaseException:
            lock.close()
            raise
        return server

    @classmethod
    def attach(cls, home: Path) -> "EmbeddedServer":
        """Reach the server that another process runs in `home`; EmbeddedError when none does. `stop` leaves it be."""
        home = home.absolute()
        account = find_account()
        server = cls(home, home, home, account)
        if not processes_in(server.data):
            raise EmbeddedError(f"no database runs in {home}: start casehub there first")
        server.socket = socket_directory(home, account, PORT)
        server.binaries = reachable_binaries(home, account)
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
        return secret(self.home, login)

    def url(self, login: str, database: str) -> str:
        """Make a libpq and SQLAlchemy URL for `login` on `database`."""
        return socket_url(self.socket, login=login, password=self.password(login), database=database)

    def superuser_url(self, database: str = "postgres") -> str:
        """Make a URL for the superuser, who makes roles and databases and nothing else."""
        return self.url(SUPERUSER, database)

    def stop(self, *, immediately: bool = False) -> None:
        """Stop the server: sessions are ended, what they committed is on disk. Twice is as good as once."""
        if self._lock is None:
            return
        try:
            shut_down(self.data, seconds=_SECONDS_TO_STOP, immediately=immediately)
        finally:
            self._lock.close()
            self._lock = None

    def disown(self) -> None:
        """In a forked process: leave the server to the parent, whose lock must not live on in us."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _initialise(self, *, durable: bool) -> None:
        """Make the data directory beside its place and move it there whole, so that a half-made one is never used."""
        making = self.home / "database" / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        password = self.home / "database" / "password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        self._account.give(password, 0o600)
        password.write_text(self.password(SUPERUSER))
        locale = ["--locale=C.UTF-8"]
        if self._major() == MAJOR:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            self._call(
                "initdb", f"--pgdata={making}", f"--username={SUPERUSER}", "--auth=scram-sha-256",
                f"--pwfile={password}", "--encoding=UTF8", *locale, "--no-instructions",
                *([] if durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            password.unlink()
        making.rename(self.data)

    def _major(self) -> int:
        told = subprocess.run(
            [self.binaries / "postgres", "--version"], check=True, capture_output=True, text=True
        )
        return int(told.stdout.split()[2].split(".")[0])

    def _run(self, settings: Mapping[str, str]) -> None:
        self._require_usable_data()
        clear_stale_files(self.data, self.socket, PORT)
        written = self.data / "postgresql.conf"
        written.write_text(configuration(self.socket, settings))
        self._account.give(written, 0o600)
        self.log.touch(mode=0o600)
        self._account.give(self.log, 0o600)
        waiting = ["-w", "-t", str(_SECONDS_TO_START)]
        self._call("pg_ctl", "start", "-s", *waiting, "-D", str(self.data), "-l", str(self.log))

    def _require_usable_data(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if int(made_by) != self._major():
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {made_by}, this is {self._major()}: "
                "move it with pg_upgrade, or dump it with the old version"
            )
        if self.data.stat().st_uid != self._account.uid:
            raise EmbeddedError(
                f"{self.data} belongs to another user than {self._account.name}: start casehub as the user who made "
                "it, or set CASEHUB_HOME to another directory"
            )

    def _call(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's account, with nothing of our environment."""
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        other: dict[str, Any] = {}
        if self._account.separate:
            other = {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
        # the server inherits the streams, so a pipe would never end: a file takes what the program says
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [self.binaries / program, *arguments],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self.home / "database", env=environment,
                umask=0o077, check=False, **other,
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
        lock = lock_home(home)
    except (EmbeddedError, OSError):
        return
    with lock:
        shut_down(home / "database" / "data", seconds=_SECONDS_TO_STOP)


def socket_url(socket: Path, *, login: str, password: str, database: str) -> str:
    """Name everything in the URL, so that no PGHOST or PGPORT of the environment can lead it astray."""
    secret_part = quote(password, safe="")
    return f"postgresql://{login}:{secret_part}@/{database}?host={quote(str(socket))}&port={PORT}"
