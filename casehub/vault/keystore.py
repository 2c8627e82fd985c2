"""Where the KEKs live: the `KeyStore` protocol, and the file keyset that is the embedded default.

A KEK wraps and unwraps here and never leaves. A keystore also pins the public keys of every authority the node deals
with: a public key swapped in the database is refused. For the runtime, the key commands and `authority_keys`.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Never, Protocol, Self
from uuid import uuid4

from casehub.vault import keyset_file
from casehub.vault.box import BoxRefused, new_key, open_box, seal_box
from casehub.vault.encoding import context
from casehub.vault.errors import KeystoreError
from casehub.vault.keyset_file import Contents, Pin

__all__ = ["FileKeyset", "KeyStore", "KeystoreError", "Pin", "require_droppable"]


class KeyStore(Protocol):
    """One KEK per authority, versioned, and the pinned public keys of all. Every method may raise KeystoreError."""

    @property
    def installation(self) -> str:
        """UUID as text; bound into every wrap, so that a keystore of another installation opens nothing."""

    def authorities(self) -> frozenset[str]:
        """Name the authorities whose KEK is here."""

    def current_version(self, authority: str) -> int:
        """Give the KEK version that `wrap` uses: the highest."""

    def versions(self, authority: str) -> tuple[int, ...]:
        """Give the KEK versions that are here, lowest first."""

    def wrap(self, authority: str, plaintext: bytes, aad: bytes) -> tuple[int, bytes]:
        """Wrap under the authority's current KEK: (KEK version, wrapped)."""

    def unwrap(self, authority: str, version: int, wrapped: bytes, aad: bytes) -> bytes:
        """Give what was wrapped under that KEK version with that `aad`."""

    def pins(self) -> Mapping[Pin, bytes]:
        """Give (authority, purpose, version) -> SHA-256 of the public bytes."""

    def add_authority(self, authority: str) -> None:
        """Make the authority's first KEK, if it has none."""

    def add_version(self, authority: str) -> int:
        """Make the authority's next KEK version, which `wrap` uses from then on; older ones still unwrap."""

    def drop_version(self, authority: str, version: int) -> None:
        """Destroy a KEK version that is not the current one. What it wrapped is unreadable from then on."""

    def pin(self, authority: str, purpose: str, version: int, public: bytes) -> None:
        """Pin a public key; what is pinned is never changed."""

    def reload(self) -> None:
        """See what other processes have added since."""


class FileKeyset:
    """A keyset in one file (0600), sealed under a key file or a passphrase. Implements `KeyStore`."""

    __slots__ = ("_contents", "_key", "_path", "_unlock")

    def __init__(self, path: Path, unlock: keyset_file.Unlock, key: bytes, contents: Contents) -> None:
        self._path, self._unlock, self._key, self._contents = path, unlock, key, contents

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        key_file: Path | None = None,
        passphrase: str | None = None,
        installation: str | None = None,
    ) -> Self:
        """Make a keyset at `path`, of a new installation unless one is named.

        Sealed under `passphrase` (Argon2id) if given, else under `key_file`, by default `<path>.key`, which is made
        0600 if it is not there. KeystoreError if `path` exists.
        """
        unlock, key = keyset_file.new_unlock(path, key_file=key_file, passphrase=passphrase)
        keyset = cls(path, unlock, key, Contents(installation or str(uuid4()), {}, {}))
        with keyset_file.locked(path):
            if path.exists():
                raise KeystoreError(
                    f"{path}: a keyset is there already; open it, or choose another CASEHUB_KEYSTORE"
                )
            keyset_file.write(path, unlock, key, keyset._contents)
        return keyset

    @classmethod
    def open(cls, path: Path, *, key_file: Path | None = None, passphrase: str | None = None) -> Self:
        """Open the keyset at `path`; KeystoreError in one line if it is absent, damaged or sealed under another key."""
        unlock, key, contents = keyset_file.read(path, key_file=key_file, passphrase=passphrase)
        return cls(path, unlock, key, contents)

    @property
    def installation(self) -> str:
        """The installation this keyset belongs to."""
        return self._contents.installation

    def authorities(self) -> frozenset[str]:
        """Name the authorities whose KEK is in the file."""
        return frozenset(self._contents.keks)

    def current_version(self, authority: str) -> int:
        """Give the highest KEK version of the authority."""
        return max(self._versions(authority))

    def versions(self, authority: str) -> tuple[int, ...]:
        """Give the KEK versions in the file, lowest first."""
        return tuple(sorted(self._versions(authority)))

    def wrap(self, authority: str, plaintext: bytes, aad: bytes) -> tuple[int, bytes]:
        """Wrap under the authority's current KEK."""
        version = self.current_version(authority)
        return version, seal_box(
            self._versions(authority)[version], self._context(authority, version, aad), plaintext
        )

    def unwrap(self, authority: str, version: int, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap; KeystoreError if the version is not here or the bytes were not wrapped here for this."""
        kek = self._versions(authority).get(version)
        if kek is None:
            raise KeystoreError(
                f"{self._path}: KEK version {version} of {authority!r} is missing; restore the keyset"
            )
        try:
            return open_box(kek, self._context(authority, version, aad), wrapped)
        except BoxRefused:
            raise KeystoreError(
                f"{self._path}: does not open the keys of {authority!r} in this database (installation "
                f"{self.installation}); it belongs to another installation, or the keys were changed"
            ) from None

    def pins(self) -> Mapping[Pin, bytes]:
        """Give the pinned public keys, as SHA-256."""
        return MappingProxyType(self._contents.pins)

    def add_authority(self, authority: str) -> None:
        """Make KEK version 1 of an authority that has none."""
        if authority not in self._contents.keks:
            self._change(lambda contents: contents.keks.setdefault(authority, {1: new_key()}))

    def add_version(self, authority: str) -> int:
        """Make the next KEK version."""
        self._versions(authority)

        def add(contents: Contents) -> None:
            versions = contents.keks[authority]
            versions[max(versions) + 1] = new_key()

        self._change(add)
        return self.current_version(authority)

    def drop_version(self, authority: str, version: int) -> None:
        """Destroy a KEK version; KeystoreError if it is the current one. Copies of the file keep theirs."""
        require_droppable(str(self._path), authority, version, self.versions(authority))
        self._change(lambda contents: contents.keks[authority].pop(version, None))

    def reload(self) -> None:
        """Read the file again; KeystoreError if it was replaced by another installation's."""
        contents = keyset_file.unseal(self._path, self._key)
        self._require_same(contents)
        self._contents = contents

    def pin(self, authority: str, purpose: str, version: int, public: bytes) -> None:
        """Pin a public key; KeystoreError if another one is pinned under that name."""
        pin, digest = (authority, purpose, version), sha256(public).digest()
        if self._contents.pins.get(pin) != digest:
            self._change(lambda contents: contents.pins.setdefault(pin, digest))
        if self._contents.pins[pin] != digest:
            raise KeystoreError(
                f"{self._path}: another {purpose} key, version {version}, of {authority!r} is pinned already"
            )

    def export(self, authority: str) -> Contents:
        """Give the authority's current KEK and all pins. For `recovery` alone."""
        current = self.current_version(authority)
        keks = {authority: {current: self._versions(authority)[current]}}
        return Contents(self.installation, keks, dict(self._contents.pins))

    def take_in(self, contents: Contents) -> None:
        """Add KEKs and pins of the same installation; KeystoreError if one that is here is another. For `recovery` alone."""
        self._require_same(contents)

        def add(held: Contents) -> None:
            for authority, versions in contents.keks.items():
                mine = held.keks.setdefault(authority, {})
                if any(mine.setdefault(version, kek) != kek for version, kek in versions.items()):
                    raise KeystoreError(f"{self._path}: has other KEKs of {authority!r}; move it away first")
                held.restored.append((authority, max(versions)))
            if any(held.pins.setdefault(pin, digest) != digest for pin, digest in contents.pins.items()):
                raise KeystoreError(f"{self._path}: has pinned other public keys; move it away first")

        self._change(add)

    def restored(self) -> tuple[tuple[str, int], ...]:
        """Give what was put back from shares and is not in the log yet: (authority, KEK version). For `recovery` alone."""
        return tuple(self._contents.restored)

    def forget_restored(self) -> None:
        """The log has it now. For `recovery` alone."""
        self._change(lambda contents: contents.restored.clear())

    def _change(self, change: Callable[[Contents], object]) -> None:
        """Apply a change to what the file holds now (another process may have added to it) and write it whole."""
        with keyset_file.locked(self._path):
            contents = keyset_file.unseal(self._path, self._key)
            self._require_same(contents)
            change(contents)
            keyset_file.write(self._path, self._unlock, self._key, contents)
        self._contents = contents

    def _require_same(self, contents: Contents) -> None:
        if contents.installation != self.installation:
            raise KeystoreError(f"{self._path}: was replaced by the keyset of another installation; restart")

    def _versions(self, authority: str) -> Mapping[int, bytes]:
        versions = self._contents.keks.get(authority)
        if not versions:
            raise KeystoreError(
                f"{self._path}: has no KEK of {authority!r}; this node cannot act for that authority"
            )
        return versions

    def _context(self, authority: str, version: int, aad: bytes) -> bytes:
        return context("kek", self.installation, authority, version, aad)

    def __repr__(self) -> str:
        return f"<FileKeyset {self._path}>"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("A keystore cannot be copied or pickled: keys stay where they are.")


def require_droppable(name: str, authority: str, version: int, versions: tuple[int, ...]) -> None:
    """KeystoreError unless that KEK version is here and is not the current one."""
    if version not in versions:
        raise KeystoreError(f"{name}: KEK version {version} of {authority!r} is not here")
    if version == max(versions):
        raise KeystoreError(
            f"{name}: KEK version {version} of {authority!r} is the one in use; rotate it first"
        )
