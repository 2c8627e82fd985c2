"""Signing for an authority (Ed25519) and checking its signatures against the pinned public keys.

A signature is always over a labelled context, so one made for a grant never passes for anything else.
"""

from cryptography.exceptions import InvalidSignature

from casehub.vault.errors import KeystoreError
from casehub.vault.material import KeyRing, key_of, material_of, newest


def signing_version(ring: KeyRing, *, authority: str) -> int:
    """Give the version of the authority's signing key used now; KeystoreError if this node has none."""
    return newest(material_of(ring).signing, authority)


def sign(ring: KeyRing, *, authority: str, version: int, message: bytes) -> bytes:
    """64 bytes over `message`, made by `encoding.context`. KeyError if the key is not on this node."""
    return material_of(ring).signing[authority, version].sign(message)


def verify(ring: KeyRing, *, authority: str, version: int, message: bytes, signature: bytes) -> bool:
    """Whether that pinned key of the authority made this signature; False for a key that is not pinned."""
    try:
        key_of(ring, lambda held: held.verifying, authority, version).verify(signature, message)
    except (KeystoreError, InvalidSignature):
        return False
    return True
