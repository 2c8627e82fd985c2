"""The keys of an authority: making them, wrapping them with its KEK, and unlocking them into a `KeyRing`.

Invariant: no public key enters a ring that is not pinned in the node's keystore and signed by its authority, and no
private key that does not match its public part. For the runtime, organisation loading and the key commands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

from casehub.vault import hybrid
from casehub.vault.box import new_key
from casehub.vault.encoding import context
from casehub.vault.errors import KeystoreError
from casehub.vault.keystore import KeyStore
from casehub.vault.material import KeyRing, Material, Versioned, make_ring

__all__ = ["PURPOSES", "KeyRing", "KeystoreError", "WrappedKey", "create_authority_keys", "unlock"]

PURPOSES = ("working", "receiving", "signing", "index")
PAIRS = ("signing", "receiving")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """One version of one key, as kept in the database.

    `wrapped`: its 32 bytes under KEK `kek_version`. `public` and `public_signature` for signing and receiving keys
    only: the signature is the signing key's version (4 bytes, big-endian) and 64 bytes of Ed25519.
    """

    authority: str
    purpose: str
    version: int
    kek_version: int
    wrapped: bytes
    public: bytes | None
    public_signature: bytes | None


def create_authority_keys(keystore: KeyStore, authority: str) -> tuple[WrappedKey, ...]:
    """Make keys of all four purposes for an authority, wrapped; make its KEK if it has none, and pin the publics.

    The version is one above what is pinned, so a start that was killed before the database committed is simply done
    again.
    """
    keystore.add_authority(authority)
    version = 1 + max((pinned for name, _, pinned in keystore.pins() if name == authority), default=0)
    signing = Ed25519PrivateKey.generate()
    secrets = {purpose: new_key() for purpose in PURPOSES} | {"signing": signing.private_bytes_raw()}
    publics = {
        "signing": signing.public_key().public_bytes_raw(),
        "receiving": hybrid.public_bytes(secrets["receiving"]),
    }
    keys = []
    for purpose in PURPOSES:
        public = publics.get(purpose)
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


def unlock(keystore: KeyStore, *, authorities: frozenset[str] | None, keys: Iterable[WrappedKey]) -> KeyRing:
    """Unlock the keys of `authorities` (None: all whose KEK is in the keystore) into a ring.

    `keys` are those of every authority in the database. KeystoreError: a public key that is not the pinned one or not
    signed by its authority, a keystore of another installation, an authority without KEK or keys.
    """
    keys = tuple(keys)
    verifying, sealing_to = _checked_publics(keystore, keys)
    held = (
        frozenset(key.authority for key in keys) & keystore.authorities()
        if authorities is None
        else authorities
    )
    _require_all_purposes(held, keys)
    secrets = {
        (key.purpose, key.authority, key.version): _unwrapped(keystore, key)
        for key in keys
        if key.authority in held
    }

    def of(purpose: str) -> dict[Versioned, bytes]:
        return {
            (name, version): secret for (kind, name, version), secret in secrets.items() if kind == purpose
        }

    material = Material(
        working=of("working"),
        index=of("index"),
        signing={key: Ed25519PrivateKey.from_private_bytes(secret) for key, secret in of("signing").items()},
        receiving={key: hybrid.private_from_seed(secret) for key, secret in of("receiving").items()},
        verifying=verifying,
        sealing_to=sealing_to,
    )
    return make_ring(held, material)


def _checked_publics(
    keystore: KeyStore, keys: tuple[WrappedKey, ...]
) -> tuple[dict[Versioned, Ed25519PublicKey], dict[Versioned, MLKEM768X25519PublicKey]]:
    """Give the public keys that are pinned and signed. Signing keys first: the others are checked with them."""
    verifying: dict[Versioned, Ed25519PublicKey] = {}
    pairs = sorted((key for key in keys if key.purpose in PAIRS), key=lambda key: PAIRS.index(key.purpose))
    for key in pairs:
        if (
            keystore.pins().get((key.authority, key.purpose, key.version))
            != sha256(key.public or b"").digest()
        ):
            raise KeystoreError(
                f"the {key.purpose} key, version {key.version}, of {key.authority!r} in the database is not the one pinned "
                "in this node's keystore: the key was swapped, or the keystore is another installation's"
            )
        if key.purpose == "signing":
            verifying[key.authority, key.version] = Ed25519PublicKey.from_public_bytes(key.public or b"")
    for key in pairs:
        _check_signature(keystore.installation, key, verifying)
    receiving = (key for key in pairs if key.purpose == "receiving")
    return verifying, {
        (key.authority, key.version): hybrid.public_from_bytes(key.public or b"") for key in receiving
    }


def _check_signature(
    installation: str, key: WrappedKey, verifying: dict[Versioned, Ed25519PublicKey]
) -> None:
    signature = key.public_signature or b""
    message = _public_context(installation, key.authority, key.purpose, key.version, key.public or b"")
    try:
        verifying[key.authority, int.from_bytes(signature[:4], "big")].verify(signature[4:], message)
    except (KeyError, InvalidSignature):
        raise KeystoreError(
            f"the {key.purpose} key, version {key.version}, of {key.authority!r} is not signed by that authority for "
            "this installation: the database row was changed"
        ) from None


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


def _wrap_context(authority: str, purpose: str, version: int, public: bytes | None) -> bytes:
    return context("authority-key", authority, purpose, version, public or b"")


def _public_context(installation: str, authority: str, purpose: str, version: int, public: bytes) -> bytes:
    return context("public-key", installation, authority, purpose, version, public)
