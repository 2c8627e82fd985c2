"""A witness's directory: its key, the logs it knows, and for each log the newest checkpoint it cosigned.

key                  one line, as golang.org/x/mod/sumdb/note writes a signer; 0600
logs                 the public keys of the logs it knows, a line each, as a log serves them at /log/key
checkpoints/<name>   signed by the log and cosigned here; replaced in one step, and on disk before anybody is answered
lock                 held while one is compared and replaced, so that two processes or two requests never cross
"""

import base64
import binascii
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casehub.transparency.cosignatures import WitnessKey
from casehub.transparency.notes import NoteRefused, VerifierKey, is_key_name

PRIVATE = "PRIVATE+KEY"


class WitnessRefused(Exception):
    """The witness cannot run from this directory; one line: what, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Home:
    """The directory, opened. `logs`: keys by the log's origin."""

    path: Path
    key: WitnessKey
    private: Ed25519PrivateKey
    logs: Mapping[str, tuple[VerifierKey, ...]]

    @classmethod
    def open(cls, path: Path) -> "Home":
        """Open a directory that `create` made; WitnessRefused if it is not whole."""
        key, private = _read_key(path / "key")
        if not (path / "checkpoints").is_dir():
            raise WitnessRefused(
                f"{path}: what this witness had cosigned is gone: it must not go on with this key; make a new one in a new directory"
            )
        return cls(path, key, private, _read_logs(path / "logs"))

    @staticmethod
    def create(path: Path, name: str) -> None:
        """Make directory and key where there is none yet. `name`: the witness's, best a URL without its scheme."""
        if (path / "key").exists():
            return
        if not is_key_name(name):
            raise WitnessRefused(
                f"{name!r} is no name for a witness: no spaces and no plus, best like politi.example/witness"
            )
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate()
        key = WitnessKey(name, private.public_key().public_bytes_raw())
        secret = base64.b64encode(key.KIND + private.private_bytes_raw()).decode()
        (path / "checkpoints").mkdir(mode=0o700, exist_ok=True)
        (path / "logs").touch()
        write_durably(path / "key", f"{PRIVATE}+{key.name}+{key.id.hex()}+{secret}\n")

    def checkpoint_of(self, origin: str) -> Path:
        """Where the newest checkpoint of a log is."""
        return self.path / "checkpoints" / quote(origin, safe="")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone, among all threads and processes; given back by the system when the process dies."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def write_durably(path: Path, text: str) -> None:
    """Replace a file in one step; on disk when this returns."""
    draft = path.with_name(f"{path.name}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read_key(path: Path) -> tuple[WitnessKey, Ed25519PrivateKey]:
    try:
        private_, key_, name, key_id, encoded = path.read_text().strip().split("+", 4)
        raw = base64.b64decode(encoded, validate=True)
        private = Ed25519PrivateKey.from_private_bytes(raw[1:])
    except OSError:
        raise WitnessRefused(f"{path}: cannot be read; a new witness is made with --name") from None
    except (ValueError, binascii.Error):
        raise WitnessRefused(f"{path}: is no key of a witness") from None
    key = WitnessKey(name, private.public_key().public_bytes_raw())
    if (f"{private_}+{key_}", raw[:1], key_id) != (PRIVATE, key.KIND, key.id.hex()):
        raise WitnessRefused(f"{path}: is no key of a witness")
    return key, private


def _read_logs(path: Path) -> dict[str, tuple[VerifierKey, ...]]:
    logs: dict[str, tuple[VerifierKey, ...]] = {}
    try:
        lines = path.read_text().splitlines()
    except OSError:
        raise WitnessRefused(f"{path}: cannot be read; it holds the line of each log's /log/key") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                key = VerifierKey.parse(line)
            except NoteRefused as refused:
                raise WitnessRefused(f"{path}:{number}: {refused}") from None
            logs[key.name] = (*logs.get(key.name, ()), key)
    return logs
