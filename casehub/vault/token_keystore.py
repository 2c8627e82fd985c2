"""The keystore in a PKCS#11 token (an HSM): KEKs are made in it, cannot be extracted, and never leave it.

A wrap is a box under a key that the token derives for it alone (HMAC-SHA256 with the KEK: docs/sealing-format.md, 4).
Installation and pins are private data objects of the same token. Implements `KeyStore`; for the runtime and key commands.
"""

import hmac
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Never, Self
from uuid import UUID, uuid4

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, exceptions

from casehub.vault.box import KEY_BYTES, BoxRefused, open_box, seal_box
from casehub.vault.encoding import context
from casehub.vault.errors import KeystoreError
from casehub.vault.keystore import Pin, require_droppable
from casehub.vault.token_session import session_with
from casehub.vault.token_uri import TokenUri

APPLICATION = "casehub"
INSTALLATION = "casehub/installation"
KEK = "casehub/kek/"
PIN = "casehub/pin/"
FORMAT = b"\x03"
SALT_BYTES = 32
_HEADER = len(FORMAT) + SALT_BYTES
TRIES = 8
_NOT_TO_LEAVE = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
VANISHED = (exceptions.ObjectHandleInvalid, exceptions.KeyHandleInvalid, exceptions.GeneralError)
LOOK_AGAIN = (0.0, 0.05, 0.2, 0.5)  # seconds before each look


class TokenKeystore:
    """KEKs in a token. Two keystores of one process share its session; a token that was away is found again."""

    __slots__ = ("_pins", "_uri", "installation")

    def __init__(self, uri: TokenUri, installation: str) -> None:
        self._uri, self.installation = uri, installation
        self._pins: dict[Pin, bytes] = {}
        self.reload()

    @classmethod
    def create(cls, uri: TokenUri, *, installation: str | None = None) -> Self:
        """Make a keystore in the token, of a new installation unless one is named; KeystoreError if there is one."""
        if _installations(uri):
            raise KeystoreError(
                f"{uri}: a keystore is in this token already; open it, or choose another token"
            )
        _store_once(uri, INSTALLATION, (installation or str(uuid4())).encode())
        return cls.open(uri)

    @classmethod
    def open(cls, uri: TokenUri) -> Self:
        """Open the keystore in the token; KeystoreError in one line if it is not there or the PIN is wrong."""
        found = _installations(uri)
        if len(found) != 1:
            what = "there is no keystore of casehub" if not found else "there are several installations"
            raise KeystoreError(f"{uri}: {what} in this token; check CASEHUB_KEYSTORE")
        try:
            return cls(uri, str(UUID(found[0].decode())))
        except ValueError:
            raise KeystoreError(f"{uri}: does not hold a keystore of this format") from None

    @classmethod
    def holds(cls, uri: TokenUri) -> bool:
        """Whether there is a keystore in the token."""
        return bool(_installations(uri))

    def authorities(self) -> frozenset[str]:
        """Name the authorities whose KEK is in the token."""
        return frozenset(name for name, _ in self._keks())

    def current_version(self, authority: str) -> int:
        """Give the highest KEK version of the authority."""
        return max(self.versions(authority))

    def versions(self, authority: str) -> tuple[int, ...]:
        """Give the KEK versions in the token, lowest first."""
        versions = sorted(version for name, version in self._keks() if name == authority)
        if not versions:
            raise KeystoreError(
                f"{self._uri}: has no KEK of {authority!r}; this node cannot act for that authority"
            )
        return tuple(versions)

    def wrap(self, authority: str, plaintext: bytes, aad: bytes) -> tuple[int, bytes]:
        """Wrap under the authority's current KEK: 0x03, the salt, and a box under the key the token derives for it."""
        version, salt = self.current_version(authority), os.urandom(SALT_BYTES)
        key = self._derived(authority, version, salt)
        return version, FORMAT + salt + seal_box(key, self._context(authority, version, aad), plaintext)

    def unwrap(self, authority: str, version: int, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap; KeystoreError if the version is not here or the bytes were not wrapped here for this."""
        salt, box = wrapped[1:_HEADER], wrapped[_HEADER:]
        try:
            key = self._derived(authority, version, salt)
            return open_box(
                key, self._context(authority, version, aad), box if wrapped[:1] == FORMAT else b""
            )
        except BoxRefused:
            raise KeystoreError(
                f"{self._uri}: does not open the keys of {authority!r} in this database (installation "
                f"{self.installation}); it belongs to another installation, or the keys were changed"
            ) from None

    def pins(self) -> Mapping[Pin, bytes]:
        """Give the pinned public keys, as SHA-256."""
        return MappingProxyType(self._pins)

    def add_authority(self, authority: str) -> None:
        """Make KEK version 1 of an authority that has none."""
        if authority not in self.authorities():
            self._make_kek(authority, 1)

    def add_version(self, authority: str) -> int:
        """Make the next KEK version in the token."""
        version = self.current_version(authority) + 1
        self._make_kek(authority, version)
        return version

    def drop_version(self, authority: str, version: int) -> None:
        """Destroy a KEK version in the token."""
        require_droppable(str(self._uri), authority, version, self.versions(authority))
        with self._session() as session:
            for key in _objects(session, ObjectClass.SECRET_KEY, _kek_label(authority, version)):
                key.destroy()

    def pin(self, authority: str, purpose: str, version: int, public: bytes) -> None:
        """Pin a public key; KeystoreError if another one is pinned under that name."""
        pin, digest = (authority, purpose, version), sha256(public).digest()
        if pin not in self._pins:
            self.reload()
        if pin not in self._pins:
            _store_once(self._uri, PIN + "/".join(map(str, pin)), digest)
            self._pins[pin] = digest
        if not hmac.compare_digest(self._pins[pin], digest):
            raise KeystoreError(
                f"{self._uri}: another {purpose} key, version {version}, of {authority!r} is pinned already"
            )

    def reload(self) -> None:
        """Read the pins again."""
        pins: dict[Pin, bytes] = {}
        with self._session() as session:
            values = _values(session, PIN)
        for label, digest in values:
            authority, purpose, version = label.removeprefix(PIN).rsplit("/", 2)
            if pins.setdefault((authority, purpose, int(version)), digest) != digest:
                raise KeystoreError(
                    f"{self._uri}: two different keys are pinned as {label}; remove the wrong one"
                )
        self._pins = pins

    @contextmanager
    def _session(self) -> Iterator[pkcs11.Session]:
        """The session, if our installation is still in the token: some answer that they are empty when they are away."""
        with session_with(self._uri) as session:
            for pause in LOOK_AGAIN:  # a token that another process is writing to may show less than it holds
                time.sleep(pause)
                found = _objects(session, ObjectClass.DATA, INSTALLATION)
                if [each[Attribute.VALUE] for each in found] == [self.installation.encode()]:
                    break
            else:
                raise exceptions.TokenNotPresent
            yield session

    def _keks(self) -> list[tuple[str, int]]:
        with self._session() as session:
            labels = _read_each(session, ObjectClass.SECRET_KEY, Attribute.LABEL)
        named = (label.removeprefix(KEK).rpartition("/") for (label,) in labels if label.startswith(KEK))
        return [(authority, int(version)) for authority, _, version in named]

    def _make_kek(self, authority: str, version: int) -> None:
        label = _kek_label(authority, version)
        _only_one(self._uri, ObjectClass.SECRET_KEY, label, lambda session: session.generate_key(
            KeyType.GENERIC_SECRET,
            KEY_BYTES * 8,
            label=label,
            store=True,
            capabilities=MechanismFlag.SIGN,
            template=_NOT_TO_LEAVE,
        ))  # fmt: skip

    def _derived(self, authority: str, version: int, salt: bytes) -> bytes:
        """Let the token derive the key of one wrap. Refuses a KEK that was not made in the token to stay there."""
        with self._session() as session:
            found = _objects(session, ObjectClass.SECRET_KEY, _kek_label(authority, version))
            if len(found) != 1:
                what = (
                    "is missing; restore the token" if not found else "is there twice; remove the wrong one"
                )
                raise KeystoreError(f"{self._uri}: KEK version {version} of {authority!r} {what}")
            if not (found[0][Attribute.LOCAL] and found[0][Attribute.NEVER_EXTRACTABLE]):
                raise KeystoreError(
                    f"{self._uri}: KEK version {version} of {authority!r} was not made in the token"
                )
            message = context("token-kek", self.installation, authority, version, salt)
            derived: bytes = found[0].sign(message, mechanism=Mechanism.SHA256_HMAC)
            return derived

    def _context(self, authority: str, version: int, aad: bytes) -> bytes:
        return context("kek", self.installation, authority, version, aad)

    def __repr__(self) -> str:
        return f"<TokenKeystore {self._uri}>"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("A keystore cannot be copied or pickled: keys stay where they are.")


def _kek_label(authority: str, version: int) -> str:
    return f"{KEK}{authority}/{version}"


def _objects(session: pkcs11.Session, kind: ObjectClass, label: str | None = None) -> list[Any]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: kind, Attribute.TOKEN: True}
    return list(session.get_objects(wanted | ({Attribute.LABEL: label} if label else {})))


def _read_each(session: pkcs11.Session, kind: ObjectClass, *attributes: Attribute) -> list[tuple[Any, ...]]:
    """These attributes of every object of a kind; read again when another process took one away under the reading."""
    for pause in LOOK_AGAIN:
        with suppress(*VANISHED):
            return [tuple(each[name] for name in attributes) for each in _objects(session, kind)]
        time.sleep(pause)
    return [tuple(each[name] for name in attributes) for each in _objects(session, kind)]


def _values(session: pkcs11.Session, prefix: str) -> list[tuple[str, bytes]]:
    """Labels and values of our data objects."""
    found = _read_each(session, ObjectClass.DATA, Attribute.LABEL, Attribute.VALUE)
    return [(label, value) for label, value in found if label.startswith(prefix)]


def _installations(uri: TokenUri) -> list[bytes]:
    with session_with(uri) as session:
        return [each[Attribute.VALUE] for each in _objects(session, ObjectClass.DATA, INSTALLATION)]


def _store_once(uri: TokenUri, label: str, value: bytes) -> None:
    template: dict[Attribute, Any] = {
        Attribute.CLASS: ObjectClass.DATA,
        Attribute.TOKEN: True,
        Attribute.PRIVATE: True,
        Attribute.MODIFIABLE: False,
        Attribute.APPLICATION: APPLICATION,
        Attribute.LABEL: label,
        Attribute.VALUE: value,
    }
    _only_one(uri, ObjectClass.DATA, label, lambda session: session.create_object(template))


def _only_one(uri: TokenUri, kind: ObjectClass, label: str, make: Callable[[pkcs11.Session], Any]) -> None:
    """Make an object unless there is one of that name. A token has no locks: who meets another's takes its own away."""
    for _ in range(TRIES):
        with session_with(uri) as session:
            if _objects(session, kind, label):
                return
            made = make(session)
            if len(_objects(session, kind, label)) == 1:
                return
            made.destroy()
        time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 (spreads two processes, keeps no secret)
    raise KeystoreError(f"{uri}: another process keeps making {label}; try again when it is done")
