"""Who runs the server: ourselves, or, when we are root, a system user of its own, because PostgreSQL refuses root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from casehub.embedded.errors import EmbeddedError

SYSTEM_USER = "casehub-db"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine. `separate`: it is another than ourselves, so what it uses must be given to it."""

    name: str
    uid: int
    gid: int
    separate: bool

    def give(self, path: Path, mode: int) -> None:
        """Make `path`, inside the state directory, the account's own."""
        if self.separate:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        path.chmod(mode)


def find_account() -> Account:
    """Ourselves; as root the system user, made when there is none (EmbeddedError when it cannot be)."""
    if os.geteuid() != 0:
        return Account(str(os.geteuid()), os.geteuid(), os.getegid(), separate=False)
    entry = _entry() or _make_system_user()
    return Account(SYSTEM_USER, entry.pw_uid, entry.pw_gid, separate=True)


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


def _make_system_user() -> pwd.struct_passwd:
    """Without a home, a shell or a password. Two starts at once may both try: the user is there afterwards."""
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        done = subprocess.run(
            [*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        told = " ".join(done.stderr.split())
    except OSError as error:
        told = str(error)
    entry = _entry()
    if entry is None:
        raise EmbeddedError(
            f"PostgreSQL does not run as root and the system user {SYSTEM_USER} cannot be made ({told}): "
            "make it with your system's tool, or start as an ordinary user"
        )
    return entry
