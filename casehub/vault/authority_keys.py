"""The keys of an authority: making them, wrapping them with its KEK, and unlocking them into a `KeyRing`.

Invariant: no public key enters a ring that is not pinned in the node's keystore and signed by its authority, and no
private key that does not match its public part. For the runtime, organisation loading and the key commands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

from casehub.vault import hybrid
from casehub.vault.box import new_key
from casehub.vault.encoding import context
from casehub.vault.errors import KeystoreError
from casehub.vault.keystore import KeyStore
from casehub.vault.material import (
    KeyRing,
    Material,
    Versioned,
    make_ring,
    reaches,
    renew_by,
    replace_material,
)

__all__ = [
    "PURPOSES",
    "KeyRing",
    "KeystoreError",
    "SignedPublic",
    "WrappedKey",
    "create_authority_keys",
    "create_next_key",
    "pin_strangers",
    "pin_successors",
    "reaches",
    "renew",
    "renew_by",
    "rewrap_key",
    "unlock",
]

PURPOSES = ("working", "receiving", "signing", "index")
PAIRS = ("signing", "receiving")


class SignedPublic(Protocol):
    """The public part of a key as its authority signed it: in a row of the database, or in a document on its way."""

    @property
    def authority(self) -> str:
        """Whose it is."""

    @property
    def purpose(self) -> str:
        """One of PURPOSES."""

    @property
    def version(self) -> int:
        """From 1 on."""

    @property
    def public(self) -> bytes | None:
        """The bytes; None for a key that has no public part."""

    @property
    def public_signature(self) -> bytes | None:
        """As in `WrappedKey`."""


Public = TypeVar("Public", bound=SignedPublic)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """One version of one key, as kept in the database.

    `wrapped`: its 32 bytes under KEK `kek_version`. `public` and `public_signature` for signing and receiving keys
    only: the signature is the signing key's version (4 bytes, big-endian) and 64 bytes of Ed25519. `retired`: nothing
    needs it any more; it is not unlocked, and its public part only vouches for what it signed.
    """

    authority: str
    purpose: str
    version: int
    kek_version: int
    wrapped: bytes
    public: bytes | None
    public_signature: bytes | None
    retired: bool = False


def create_authority_keys(keystore: KeyStore, authority: str) -> tuple[WrappedKey, ...]:
    """Make keys of all four purposes for an authority, wrapped; make its KEK if it has none, and pin the publics.

    The version is one above what is pinned, so a start that was killed before the database committed is simply done
    again.
    """
    keystore.add_authority(authority)
    version = 1 + max((pinned for name, _, pinned in keystore.pins() if name == authority), default=0)
    signing = Ed25519PrivateKey.generate()
    secrets = {purpose: new_key() for purpose in PURPOSES} | {"signing": signing.private_bytes_raw()}
    keys = []
    for purpose in PURPOSES:
        public = _public_of(purpose, secrets[purpose])
        kek_version, wrapped = keystore.wrap(
            authority, secrets[purpose], _wrap_context(authority, purpose, version, public)
        )
        signature = None
        if public is not None:
            message = _public_context(keystore.installation, authority, purpose, version, public)
            signature = version.to_bytes(4, "big") + signing.sign(message)
            keystore.pin(authority, purpose, version, public)
        keys.append(WrappedKey(authority, purpose, version, kek_version, wrapped, public, signature))
    return tuple(keys)


def create_next_key(
    keystore: KeyStore, *, authority: str, purpose: str, keys: Iterable[WrappedKey]
) -> WrappedKey:
    """Make the next version of one key; a public part is signed by the newest signing key there is so far, and pinned.

    `keys`: those of the authority. Again after a killed start, as for `create_authority_keys`.
    """
    mine = [key for key in keys if key.authority == authority]
    taken = [key.version for key in mine if key.purpose == purpose]
    taken += [version for name, kind, version in keystore.pins() if (name, kind) == (authority, purpose)]
    version = 1 + max(taken, default=0)
    secret = new_key()
    public = _public_of(purpose, secret)
    kek_version, wrapped = keystore.wrap(
        authority, secret, _wrap_context(authority, purpose, version, public)
    )
    signature = None
    if public is not None:
        signer = max((key for key in mine if key.purpose == "signing"), key=lambda key: key.version)
        private = Ed25519PrivateKey.from_private_bytes(_unwrapped(keystore, signer))
        message = _public_context(keystore.installation, authority, purpose, version, public)
        signature = signer.version.to_bytes(4, "big") + private.sign(message)
        keystore.pin(authority, purpose, version, public)
    return WrappedKey(authority, purpose, version, kek_version, wrapped, public, signature)


def rewrap_key(keystore: KeyStore, key: WrappedKey) -> WrappedKey:
    """Wrap an authority key under the authority's current KEK version."""
    aad = _wrap_context(key.authority, key.purpose, key.version, key.public)
    kek_version, wrapped = keystore.wrap(key.authority, _unwrapped(keystore, key), aad)
    return replace(key, kek_version=kek_version, wrapped=wrapped)


def pin_strangers(keystore: KeyStore, keys: Iterable[SignedPublic]) -> tuple[str, ...]:
    """Pin the public keys of authorities of which nothing is pinned yet; the names of what was pinned.

    For keys that people have compared, and for no others: nothing here tells a false one from the true. KeystoreError,
    and nothing is pinned, if one of them is not signed by a signing key among them, for this installation.
    """
    known = {authority for authority, _, _ in keystore.pins()}
    pairs = tuple(key for key in _pairs(keys) if key.authority not in known)
    _require_signed(keystore, pairs, _signing_keys(pairs))
    for key in pairs:
        keystore.pin(key.authority, key.purpose, key.version, key.public or b"")
    return tuple(f"{key.authority}/{key.purpose}/{key.version}" for key in pairs)


def pin_successors(keystore: KeyStore, keys: Iterable[SignedPublic]) -> tuple[str, ...]:
    """Pin public keys made by rotation elsewhere: newer than any pinned, signed by the newest signing key that was pinned,
    or by one that follows from it.

    So the keystores of other nodes follow a rotation by themselves, and nobody without the authority's own signing key
    can make them. What does not hold is left unpinned, and `unlock` refuses it. The names of what was pinned.
    """
    found: list[str] = []
    pairs = sorted(_pairs(keys), key=lambda key: (key.authority, PAIRS.index(key.purpose), key.version))
    newest = {
        (authority, purpose): max(v for a, p, v in keystore.pins() if (a, p) == (authority, purpose))
        for authority, purpose, _ in keystore.pins()
    }
    believed: dict[Versioned, Ed25519PublicKey] = {}
    for key in pairs:
        pinned_so_far = newest.get((key.authority, key.purpose))
        if pinned_so_far is None or key.version < pinned_so_far:
            continue
        if key.version == pinned_so_far:
            is_known = (
                keystore.pins()[key.authority, key.purpose, key.version] == sha256(key.public or b"").digest()
            )
        else:
            is_known = _is_signed(keystore.installation, key, believed)
            if is_known:
                keystore.pin(key.authority, key.purpose, key.version, key.public or b"")
                found.append(f"{key.authority}/{key.purpose}/{key.version}")
        if is_known and key.purpose == "signing":
            believed[key.authority, key.version] = Ed25519PublicKey.from_public_bytes(key.public or b"")
    return tuple(found)


def unlock(keystore: KeyStore, *, authorities: frozenset[str] | None, keys: Iterable[WrappedKey]) -> KeyRing:
    """Unlock the keys of `authorities` (None: all whose KEK is in the keystore) into a ring.

    `keys` are those of every authority in the database. Those of a stranger, of which nothing is pinned here, are left
    out: nothing is sealed to it or believed of it. KeystoreError: a public key that is not the pinned one or not signed
    by its authority, a keystore of another installation, an authority without KEK or keys.
    """
    keys = tuple(keys)
    held = (
        frozenset(key.authority for key in keys) & keystore.authorities()
        if authorities is None
        else authorities
    )
    return make_ring(held, _unlocked(keystore, held, keys))


def renew(ring: KeyRing, keystore: KeyStore, keys: Iterable[WrappedKey]) -> None:
    """Unlock again what has changed since, behind the same ring; on KeystoreError the ring stays as it was."""
    replace_material(ring, _unlocked(keystore, ring.authorities, tuple(keys)))


def _unlocked(keystore: KeyStore, held: frozenset[str], keys: tuple[WrappedKey, ...]) -> Material:
    known = held | {authority for authority, _, _ in keystore.pins()}
    verifying, sealing_to = _checked_publics(keystore, tuple(key for key in keys if key.authority in known))
    in_use = tuple(key for key in keys if not key.retired)
    _require_all_purposes(held, in_use)
    secrets = {
        (key.purpose, key.authority, key.version): _unwrapped(keystore, key)
        for key in in_use
        if key.authority in held
    }

    def of(purpose: str) -> dict[Versioned, bytes]:
        return {
            (name, version): secret for (kind, name, version), secret in secrets.items() if kind == purpose
        }

    return Material(
        working=of("working"),
        index=of("index"),
        signing={key: Ed25519PrivateKey.from_private_bytes(secret) for key, secret in of("signing").items()},
        receiving={key: hybrid.private_from_seed(secret) for key, secret in of("receiving").items()},
        verifying=verifying,
        sealing_to=sealing_to,
    )


def _checked_publics(
    keystore: KeyStore, keys: tuple[WrappedKey, ...]
) -> tuple[dict[Versioned, Ed25519PublicKey], dict[Versioned, MLKEM768X25519PublicKey]]:
    """Give the public keys that are pinned, signed and not retired. Signing keys first: all are checked with them."""
    pins = keystore.pins()
    pairs = sorted(_pairs(keys), key=lambda key: PAIRS.index(key.purpose))
    for key in pairs:
        if pins.get((key.authority, key.purpose, key.version)) != sha256(key.public or b"").digest():
            raise KeystoreError(
                f"the {key.purpose} key, version {key.version}, of {key.authority!r} in the database is not the one pinned "
                "in this node's keystore: the key was swapped, or the keystore is another installation's"
            )
    vouching = _signing_keys(pairs)
    _require_signed(keystore, pairs, vouching)
    in_use = {
        (key.purpose, key.authority, key.version): key.public or b"" for key in pairs if not key.retired
    }
    verifying = {name: key for name, key in vouching.items() if ("signing", *name) in in_use}
    return verifying, {
        (authority, version): hybrid.public_from_bytes(public)
        for (purpose, authority, version), public in in_use.items()
        if purpose == "receiving"
    }


def _pairs(keys: Iterable[Public]) -> tuple[Public, ...]:
    return tuple(key for key in keys if key.purpose in PAIRS)


def _signing_keys(keys: Iterable[SignedPublic]) -> dict[Versioned, Ed25519PublicKey]:
    return {
        (key.authority, key.version): Ed25519PublicKey.from_public_bytes(key.public or b"")
        for key in keys
        if key.purpose == "signing"
    }


def _require_signed(
    keystore: KeyStore, keys: Iterable[SignedPublic], vouching: Mapping[Versioned, Ed25519PublicKey]
) -> None:
    for key in keys:
        if not _is_signed(keystore.installation, key, vouching):
            raise KeystoreError(
                f"the {key.purpose} key, version {key.version}, of {key.authority!r} is not signed by that authority for "
                "this installation: it was changed on its way or in the database"
            )


def _is_signed(installation: str, key: SignedPublic, vouching: Mapping[Versioned, Ed25519PublicKey]) -> bool:
    signature = key.public_signature or b""
    message = _public_context(installation, key.authority, key.purpose, key.version, key.public or b"")
    try:
        vouching[key.authority, int.from_bytes(signature[:4], "big")].verify(signature[4:], message)
    except (KeyError, InvalidSignature):
        return False
    return True


def _require_all_purposes(held: frozenset[str], keys: tuple[WrappedKey, ...]) -> None:
    there = {(key.authority, key.purpose) for key in keys}
    missing = [
        (name, purpose) for name in sorted(held) for purpose in PURPOSES if (name, purpose) not in there
    ]
    if missing:
        name, purpose = missing[0]
        raise KeystoreError(
            f"the database has no {purpose} key of {name!r}; load the organisation to make its keys"
        )


def _unwrapped(keystore: KeyStore, key: WrappedKey) -> bytes:
    """Unwrap the 32 bytes. The public part is in the context, so a private key never meets another's public key."""
    aad = _wrap_context(key.authority, key.purpose, key.version, key.public)
    return keystore.unwrap(key.authority, key.kek_version, key.wrapped, aad)


def _public_of(purpose: str, secret: bytes) -> bytes | None:
    if purpose == "signing":
        return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    return hybrid.public_bytes(secret) if purpose == "receiving" else None


def _wrap_context(authority: str, purpose: str, version: int, public: bytes | None) -> bytes:
    return context("authority-key", authority, purpose, version, public or b"")


def _public_context(installation: str, authority: str, purpose: str, version: int, public: bytes) -> bytes:
    return context("public-key", installation, authority, purpose, version, public)
