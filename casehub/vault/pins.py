"""Pins on their way from node to node: the public keys of a node's own authorities as a document, and the fingerprints
by which custodians tell one another that it arrived unchanged (docs/sealing-format.md, 4).

Invariant: the first keys of an authority are believed because people compared a fingerprint, every later one because a
pinned signing key signed it; nothing is believed because it stands in the database. For the runtime and key commands.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from casehub.vault.authority_keys import SignedPublic, pin_strangers, pin_successors
from casehub.vault.encoding import Field, context
from casehub.vault.errors import KeystoreError
from casehub.vault.keyset_file import Pin
from casehub.vault.keystore import KeyStore
from casehub.vault.log_key import LOG

__all__ = ["PinDocument", "PublicKey", "fingerprints", "read_pins", "take_in", "write_pins"]

FORMAT = "casehub-pins/1"
BYTES = {"signing": 32, "receiving": 1216}
GROUP = 4


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One version of a public key, with its authority's own signature (`SignedPublic`)."""

    authority: str
    purpose: str
    version: int
    public: bytes
    public_signature: bytes


@dataclass(frozen=True, slots=True)
class PinDocument:
    """What one node tells another: the installation, and public keys."""

    installation: str
    keys: tuple[PublicKey, ...]

    def fingerprints(self) -> Mapping[str, str]:
        """As `fingerprints`, of what the document would have pinned."""
        pins = {(key.authority, key.purpose, key.version): sha256(key.public).digest() for key in self.keys}
        return _fingerprints(self.installation, pins)


def write_pins(keystore: KeyStore, keys: Iterable[SignedPublic]) -> str:
    """The public keys of the authorities whose KEK is in the keystore, as JSON text. Only what is pinned goes out."""
    pins, own = keystore.pins(), keystore.authorities()
    told = [
        {
            "authority": key.authority,
            "purpose": key.purpose,
            "version": key.version,
            "public": base64.b64encode(key.public).decode(),
            "signature": base64.b64encode(key.public_signature or b"").decode(),
        }
        for key in sorted(keys, key=lambda key: (key.authority, key.purpose, key.version))
        if key.authority in own
        and key.public is not None
        and pins.get((key.authority, key.purpose, key.version)) == sha256(key.public).digest()
    ]
    return (
        json.dumps({"format": FORMAT, "installation": keystore.installation, "keys": told}, indent=1) + "\n"
    )


def read_pins(text: str) -> PinDocument:
    """Read a document; KeystoreError in one line if it is none. Nothing of it is believed yet."""
    try:
        outer = json.loads(text)
        known = outer["format"] == FORMAT
        keys = tuple(
            PublicKey(
                str(key["authority"]),
                str(key["purpose"]),
                int(key["version"]),
                base64.b64decode(key["public"], validate=True),
                base64.b64decode(key["signature"], validate=True),
            )
            for key in outer["keys"]
        )
        document = PinDocument(str(UUID(outer["installation"])), keys)
    except (ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known or not all(_is_whole(key) for key in document.keys):
        raise KeystoreError("this is not a whole document of public keys (truncated or foreign)")
    return document


def take_in(keystore: KeyStore, document: PinDocument) -> tuple[str, ...]:
    """Pin what the document tells; the names of what is new, `authority/purpose/version`.

    The keys of strangers must have been compared by people: `fingerprints`. KeystoreError: another installation's, a key
    that is not signed as it should be, or one that is not what is pinned here already.
    """
    if document.installation != keystore.installation:
        raise KeystoreError(
            f"the document is of installation {document.installation}, this node's keystore of {keystore.installation}"
        )
    new = (*pin_successors(keystore, document.keys), *pin_strangers(keystore, document.keys))
    pins = keystore.pins()
    for key in document.keys:
        if pins.get((key.authority, key.purpose, key.version)) != sha256(key.public).digest():
            raise KeystoreError(
                f"the {key.purpose} key, version {key.version}, of {key.authority!r} in the document is not the one pinned "
                "here, nor signed by the one before it: find out which is true before anything else"
            )
    return new


def fingerprints(keystore: KeyStore) -> Mapping[str, str]:
    """For each authority of which something is pinned: 64 hex digits in groups of four, the same on every node that
    pinned the same keys.
    """
    pins = {pin: digest for pin, digest in keystore.pins().items() if pin[0] != LOG}
    return _fingerprints(keystore.installation, pins)


def _is_whole(key: PublicKey) -> bool:
    """The log's key is no authority's: it is not told this way."""
    return key.authority != LOG and key.version > 0 and len(key.public) == BYTES.get(key.purpose)


def _fingerprints(installation: str, pins: Mapping[Pin, bytes]) -> Mapping[str, str]:
    found = {}
    for authority in sorted({name for name, _, _ in pins}):
        told: list[Field] = [
            part
            for (name, purpose, version), digest in sorted(pins.items())
            if name == authority
            for part in (purpose, version, digest)
        ]
        digits = sha256(context("pins", installation, authority, *told)).hexdigest()
        found[authority] = " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))
    return found
