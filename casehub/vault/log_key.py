"""The key that signs the log's checkpoints: one Ed25519 key of the installation, not an authority's, and its successors.

It is wrapped by a KEK of its own in the keystore of the node that made it, and its public part is pinned there, so a
key that was swapped in the database is refused. Its signatures are over C2SP notes and nothing else; no authority's
key ever signs a note. For the runtime and setting up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Never

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casehub.transparency.notes import VerifierKey
from casehub.transparency.succession import followed, sign_succession
from casehub.vault.encoding import context
from casehub.vault.errors import KeystoreError
from casehub.vault.keystore import KeyStore

__all__ = [
    "LOG",
    "LogSigner",
    "WrappedLogKey",
    "create_log_key",
    "create_next_log_key",
    "pin_log_successors",
    "unlock_log_key",
]

LOG = "log"  # stands where an authority's name stands in the keystore; the organisation has none of this name
PURPOSE = "signing"


@dataclass(frozen=True, slots=True)
class WrappedLogKey:
    """One version of the key as kept in the database. `origin`: the log's name. `public`: 32 bytes.

    `succession`: the note by which the version before handed over to it (`transparency.succession`); None of the first.
    """

    version: int
    origin: str
    kek_version: int
    wrapped: bytes
    public: bytes
    succession: str | None = None


class LogSigner:
    """The unlocked key; opaque. `origin`, `version`, `public` and `known` (every pinned public key, older ones too) are for all."""

    __slots__ = ("_private", "known", "origin", "public", "version")

    def __init__(
        self, origin: str, version: int, private: Ed25519PrivateKey, known: tuple[bytes, ...]
    ) -> None:
        self.origin, self.version, self._private, self.known = origin, version, private, known
        self.public = private.public_key().public_bytes_raw()

    def sign(self, note: bytes) -> bytes:
        """64 bytes over the text of a note."""
        return self._private.sign(note)

    def __repr__(self) -> str:
        return f"<LogSigner {self.origin}>"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            "The log's key cannot be copied or pickled: it stays in the process that unlocked it."
        )


def create_log_key(keystore: KeyStore) -> WrappedLogKey:
    """Make the log's key and pin it. One version above what is pinned: a start that was killed is simply done again."""
    keystore.add_authority(LOG)
    return _create(keystore, Ed25519PrivateKey.generate(), None)


def create_next_log_key(keystore: KeyStore, keys: Sequence[WrappedLogKey]) -> WrappedLogKey:
    """Make the next version and pin it; the newest of `keys` hands over to it. KeystoreError if that one is not here."""
    signer = unlock_log_key(keystore, keys)
    if signer is None:
        raise KeystoreError(
            "the log's key is not in this node's keystore: rotate it on the node that signs the log"
        )
    private = Ed25519PrivateKey.generate()
    succession = sign_succession(
        old=VerifierKey(signer.origin, signer.public),
        old_sign=signer.sign,
        new=VerifierKey(signer.origin, private.public_key().public_bytes_raw()),
        new_sign=private.sign,
    )
    return _create(keystore, private, succession)


def pin_log_successors(keystore: KeyStore, keys: Iterable[WrappedLogKey]) -> None:
    """Pin what a pinned version of the log's key handed over to: a keystore restored from before then follows by itself.

    Only where some version is pinned already; what does not hold is left unpinned, and `unlock_log_key` refuses it.
    """
    ordered = sorted(keys, key=lambda key: key.version)
    pinned = [
        VerifierKey(key.origin, key.public) for key in ordered if is_pinned(keystore, key.version, key.public)
    ]
    trusted = followed(pinned, [key.succession for key in ordered if key.succession])
    for key in ordered:
        is_new = (LOG, PURPOSE, key.version) not in keystore.pins()
        if is_new and VerifierKey(key.origin, key.public) in trusted:
            keystore.pin(LOG, PURPOSE, key.version, key.public)


def _create(keystore: KeyStore, private: Ed25519PrivateKey, succession: str | None) -> WrappedLogKey:
    version = 1 + max((pinned for name, _, pinned in keystore.pins() if name == LOG), default=0)
    origin = f"casehub/{keystore.installation}"
    public = private.public_key().public_bytes_raw()
    kek_version, wrapped = keystore.wrap(
        LOG, private.private_bytes_raw(), _wrap_context(origin, version, public)
    )
    keystore.pin(LOG, PURPOSE, version, public)
    return WrappedLogKey(version, origin, kek_version, wrapped, public, succession)


def unlock_log_key(keystore: KeyStore, keys: Iterable[WrappedLogKey]) -> LogSigner | None:
    """The newest key, unlocked; None on a node whose keystore does not hold it. KeystoreError if it was swapped."""
    keys = sorted(keys, key=lambda key: key.version)
    newest = keys[-1] if keys else None
    if newest is None or LOG not in keystore.authorities():
        return None
    if not is_pinned(keystore, newest.version, newest.public):
        raise KeystoreError(
            f"the log's key, version {newest.version}, in the database is not the one pinned in this node's keystore: "
            "the key was swapped, or the keystore is another installation's"
        )
    secret = keystore.unwrap(
        LOG, newest.kek_version, newest.wrapped, _wrap_context(newest.origin, newest.version, newest.public)
    )
    known = tuple(key.public for key in keys if is_pinned(keystore, key.version, key.public))
    return LogSigner(newest.origin, newest.version, Ed25519PrivateKey.from_private_bytes(secret), known)


def is_pinned(keystore: KeyStore, version: int, public: bytes) -> bool:
    """Whether this is the log's public key as this node's keystore knows it."""
    return keystore.pins().get((LOG, PURPOSE, version)) == sha256(public).digest()


def is_pinned_anywhere(keystore: KeyStore, public: bytes) -> bool:
    """Whether some version of the log's key is this one."""
    return any(is_pinned(keystore, version, public) for name, _, version in keystore.pins() if name == LOG)


def _wrap_context(origin: str, version: int, public: bytes) -> bytes:
    return context("log-key", origin, version, public)
