"""The keyset's file: JSON around one box, written whole and atomically, 0600 (docs/sealing-format.md, 3).

Every fault, whatever it is, becomes a KeystoreError of one line naming the file. For `keystore` alone.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from argon2.low_level import Type, hash_secret_raw

from casehub.vault.box import KEY_BYTES, BoxRefused, new_key, open_box, seal_box
from casehub.vault.encoding import context
from casehub.vault.errors import KeystoreError

FORMAT = "casehub-keyset/2"
KEY_FILE_FORMAT = "casehub-keyset-key/1"
# RFC 9106, section 4, second recommended option
ARGON2 = {"time": 3, "memory_kib": 65536, "lanes": 4}
RESTORE = "check CASEHUB_KEYSTORE or restore it"
LARGEST = {"time": 64, "memory_kib": 4 * 1024 * 1024, "lanes": 64}

Pin = tuple[str, str, int]
Unlock = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, repr=False)
class Contents:
    """What the file holds: installation, KEKs (authority -> version -> 32 bytes), pins (-> SHA-256).

    `restored`: KEKs (authority, version) that were put back from shares, until the log has an entry of it.
    """

    installation: str
    keks: dict[str, dict[int, bytes]]
    pins: dict[Pin, bytes]
    restored: list[tuple[str, int]] = field(default_factory=list)


def new_unlock(path: Path, *, key_file: Path | None, passphrase: str | None) -> tuple[Unlock, bytes]:
    """How a new keyset is unlocked, and the key. Makes the key file if it is not there."""
    if passphrase is not None:
        if not passphrase:
            raise KeystoreError(f"{path}: the passphrase is empty")
        unlock: Unlock = {"kind": "passphrase", "salt": _text(os.urandom(16)), **ARGON2}
        return unlock, _stretch(unlock, passphrase)
    key_file = key_file or default_key_file(path)
    if not key_file.exists():
        _write_file(key_file, f"{KEY_FILE_FORMAT}:{_text(new_key())}\n")
    return {"kind": "key-file"}, _read_key_file(key_file)


def default_key_file(path: Path) -> Path:
    """`<path>.key`, beside the keyset."""
    return path.with_name(path.name + ".key")


def read(path: Path, *, key_file: Path | None, passphrase: str | None) -> tuple[Unlock, bytes, Contents]:
    """How the keyset is unlocked, its key, and what it holds."""
    unlock = _parse_outer(path)[1]
    if unlock["kind"] == "passphrase":
        if passphrase is None:
            raise KeystoreError(
                f"{path}: is sealed under a passphrase, and none was given; set CASEHUB_KEYSTORE_PASSPHRASE_FILE"
            )
        key = _stretch(unlock, passphrase)
    elif passphrase is not None:
        raise KeystoreError(
            f"{path}: is sealed under a key file and not under a passphrase; unset CASEHUB_KEYSTORE_PASSPHRASE_FILE"
        )
    else:
        key = _read_key_file(key_file or default_key_file(path))
    return unlock, key, unseal(path, key)


def unseal(path: Path, key: bytes) -> Contents:
    """Read what the keyset holds, opened with its key."""
    installation, unlock, sealed = _parse_outer(path)
    try:
        return from_json(installation, open_box(key, _context(installation, unlock), sealed))
    except BoxRefused:
        means = "passphrase" if unlock["kind"] == "passphrase" else "key file"
        raise KeystoreError(
            f"{path}: the {means} does not open it: wrong {means}, or a damaged keyset"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise KeystoreError(f"{path}: opens, but does not hold a keyset of format {FORMAT}") from None


def write(path: Path, unlock: Unlock, key: bytes, contents: Contents) -> None:
    """Write the keyset whole: a new file beside it, synced, then renamed over it."""
    sealed = seal_box(key, _context(contents.installation, unlock), to_json(contents).encode())
    outer = {
        "format": FORMAT,
        "installation": contents.installation,
        "unlock": dict(unlock),
        "sealed": _text(sealed),
    }
    _write_file(path, json.dumps(outer, indent=1) + "\n")


def to_json(contents: Contents) -> str:
    """What stands inside the box (docs/sealing-format.md, 3)."""
    return json.dumps(
        {
            "keks": {
                name: {str(v): _text(k) for v, k in versions.items()}
                for name, versions in contents.keks.items()
            },
            "pins": [[*pin, _text(digest)] for pin, digest in sorted(contents.pins.items())],
        }
        | ({"restored": contents.restored} if contents.restored else {})
    )


def from_json(installation: str, text: bytes) -> Contents:
    """Read what stands inside the box; ValueError, KeyError or TypeError if it is nothing of the kind."""
    inner = json.loads(text)
    return Contents(
        installation,
        {name: {int(v): _kek(k) for v, k in versions.items()} for name, versions in inner["keks"].items()},
        {(a, p, v): _bytes(digest) for a, p, v, digest in inner["pins"]},
        [(str(authority), int(version)) for authority, version in inner.get("restored", [])],
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the keyset's lock, so that two processes do not write over each other."""
    try:
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise KeystoreError(f"{path}: cannot be locked for writing: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _parse_outer(path: Path) -> tuple[str, Unlock, bytes]:
    text = read_private(path, "keyset", RESTORE)
    try:
        outer: dict[str, Any] = json.loads(text)
        if outer["format"] != FORMAT:
            raise KeystoreError(f"{path}: has format {outer['format']!r}; this version reads {FORMAT}")
        return str(UUID(outer["installation"])), _checked(outer["unlock"]), _bytes(outer["sealed"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeystoreError(
            f"{path}: is not a whole keyset (truncated or foreign); restore it from a backup"
        ) from None


def _checked(unlock: dict[str, Any]) -> Unlock:
    if unlock == {"kind": "key-file"}:
        return unlock
    if unlock["kind"] != "passphrase" or set(unlock) != {"kind", "salt", *ARGON2}:
        raise ValueError("unknown way to unlock")
    if not all(isinstance(unlock[name], int) and 0 < unlock[name] <= most for name, most in LARGEST.items()):
        raise ValueError("Argon2id cost out of bounds")
    return unlock


def _stretch(unlock: Unlock, passphrase: str) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        _bytes(str(unlock["salt"])),
        time_cost=int(unlock["time"]),
        memory_cost=int(unlock["memory_kib"]),
        parallelism=int(unlock["lanes"]),
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _context(installation: str, unlock: Unlock) -> bytes:
    return context("keyset", installation, json.dumps(unlock, sort_keys=True, separators=(",", ":")))


def _read_key_file(path: Path) -> bytes:
    text = read_private(path, "key file", RESTORE)
    try:
        prefix, key = text.strip().split(":")
        if prefix == KEY_FILE_FORMAT:
            return _kek(key)
    except ValueError:
        pass
    raise KeystoreError(f"{path}: is not a whole key file (truncated or foreign); restore it from a backup")


def read_private(path: Path, what: str, mend: str) -> str:
    """Read a file that must be its owner's alone; KeystoreError with how to `mend` it if it is not there."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeystoreError(
                f"{path}: others may read this {what}; run chmod 600 on it, and consider it seen"
            )
        return path.read_text()
    except FileNotFoundError:
        raise KeystoreError(f"{path}: there is no {what} here; {mend}") from None
    except OSError as error:
        raise KeystoreError(f"{path}: the {what} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeystoreError(f"{path}: is not a whole {what} (truncated or foreign)") from None


def _write_file(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{uuid4().hex}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise KeystoreError(f"{path}: cannot be written: {error.strerror}") from None


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _kek(text: str) -> bytes:
    key = _bytes(text)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key is {KEY_BYTES} bytes")
    return key


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
