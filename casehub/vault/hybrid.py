"""The receiving key pair and HPKE to it: ML-KEM-768 + X25519, HKDF-SHA256, AES-256-GCM, base mode, single shot.

The KEM is HPKE's MLKEM768-X25519 (X-Wing, IANA id 0x647A), newer than RFC 9180: draft-ietf-hpke-pq and
draft-irtf-cfrg-concrete-hybrid-kems. A private key is its 32-byte seed. For the vault alone.
"""

from hashlib import shake_256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from casehub.vault.box import BoxRefused

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
MLKEM_SEED_BYTES = 64
MLKEM_PUBLIC_BYTES = 1184
PUBLIC_BYTES = MLKEM_PUBLIC_BYTES + 32


def private_from_seed(seed: bytes) -> MLKEM768X25519PrivateKey:
    """Make the private key of a 32-byte seed, expanded with SHAKE256 as X-Wing says."""
    mlkem, x25519 = _parts(seed)
    return MLKEM768X25519PrivateKey(mlkem, x25519)


def public_bytes(seed: bytes) -> bytes:
    """Give the 1216 public bytes of a seed: ML-KEM-768 encapsulation key, then X25519 public key."""
    mlkem, x25519 = _parts(seed)
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def public_from_bytes(public: bytes) -> MLKEM768X25519PublicKey:
    """Read the public key of its 1216 bytes; ValueError if they are not one."""
    if len(public) != PUBLIC_BYTES:
        raise ValueError(f"a receiving key is {PUBLIC_BYTES} bytes")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC_BYTES:]),
    )


def seal_to(public: MLKEM768X25519PublicKey, info: bytes, plaintext: bytes) -> bytes:
    """HPKE: encapsulated key (1120 bytes), then ciphertext and tag."""
    return SUITE.encrypt(plaintext, public, info=info)


def open_with(private: MLKEM768X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Give what was sealed to this key with this `info`; BoxRefused otherwise."""
    try:
        return SUITE.decrypt(sealed, private, info=info)
    except InvalidTag:
        raise BoxRefused("sealed to another key, in another context, or changed") from None


def _parts(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    expanded = shake_256(seed).digest(MLKEM_SEED_BYTES + 32)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:MLKEM_SEED_BYTES]),
        X25519PrivateKey.from_private_bytes(expanded[MLKEM_SEED_BYTES:]),
    )
