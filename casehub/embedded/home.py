"""The state directory: closed to others, locked by the process that owns the server, and the keeper of its passwords."""

import fcntl
import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import IO

from casehub.embedded.account import Account
from casehub.embedded.errors import EmbeddedError

_LONGEST_SOCKET_PATH = 103  # bytes; sun_path is 108 on Linux and 104 on macOS, both with a closing NUL
_OURS = {"secrets", "database", "keystore.json", "keystore.json.key", "lock", "log", "server"}


def make_home(home: Path, account: Account) -> None:
    """Make it, or close it again; the server's account may pass through it to `database`, and read nothing else."""
    _require_plain(home)
    _require_reachable(home, account)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _require_ours(home)
    if account.separate:
        _require_reachable(home, account)  # of what was just made above it too
        os.chown(home, 0, account.gid)
    home.chmod(0o710 if account.separate else 0o700)
    secret = home / "secrets"
    secret.mkdir(exist_ok=True, mode=0o700)
    secret.chmod(0o700)
    database = home / "database"
    database.mkdir(exist_ok=True, mode=0o700)
    account.give(database, 0o700)


def _require_plain(home: Path) -> None:
    """PostgreSQL's own programs hand paths to a shell between double quotes."""
    if set(str(home)) & set('"$`\\\n'):
        raise EmbeddedError(
            f"{str(home)!r} has a character that PostgreSQL's programs stumble over (a double quote, $, ` or \\): "
            "set CASEHUB_HOME to another directory"
        )


def _require_ours(home: Path) -> None:
    """Refuse a directory full of other things: closing /tmp or somebody's home would be no small mistake."""
    there = {path.name for path in home.iterdir()}
    if there and not there & _OURS:
        raise EmbeddedError(
            f"{home} holds other things and is not casehub's: set CASEHUB_HOME to a directory of its own"
        )


def _require_reachable(home: Path, account: Account) -> None:
    """Say which directory above `home` is closed: they are not ours to open."""
    for above in filter(Path.exists, reversed(home.parents) if account.separate else ()):
        status = above.stat()
        if status.st_uid == account.uid:
            allowed = status.st_mode & 0o100
        elif status.st_gid == account.gid:
            allowed = status.st_mode & 0o010
        else:
            allowed = status.st_mode & 0o001
        if not allowed:
            raise EmbeddedError(
                f"{home} lies in {above}, which is closed to the database's user {account.name}: "
                "set CASEHUB_HOME to a directory outside it (as root the default is /var/lib/casehub)"
            )


def lock_home(home: Path) -> IO[bytes]:
    """Lock it for as long as the server is ours; the operating system lets go when the process ends in whatever way."""
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


def secret(home: Path, name: str) -> str:
    """Read the secret, or make it: written whole beside its place, so that a half-written one is never read."""
    path = home / "secrets" / name
    if not path.exists():
        handle, making = tempfile.mkstemp(dir=path.parent)  # 0600
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(making)
        except FileExistsError:
            pass  # another process was first: its secret holds
        finally:
            Path(making).unlink()
    return path.read_text()


def socket_directory(home: Path, account: Account, port: int) -> Path:
    """Inside home; where that path is too long for a socket, or has a comma, a private one under the temporary directory.

    A comma divides hosts in a libpq URL.
    """
    inside = home / "database" / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{port}")) > _LONGEST_SOCKET_PATH or "," in str(inside):
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        inside = Path(tempfile.gettempdir()) / f"casehub-{name}"
        _refuse_foreign(inside, account)
    inside.mkdir(exist_ok=True, mode=0o700)
    account.give(inside, 0o700)
    return inside


def _refuse_foreign(directory: Path, account: Account) -> None:
    """In a directory open to all, someone else may have made ours first."""
    owners = {account.uid, os.geteuid()}
    if directory.is_symlink() or (directory.exists() and directory.stat().st_uid not in owners):
        raise EmbeddedError(
            f"{directory} belongs to someone else: remove it, or set CASEHUB_HOME to a shorter path"
        )
