"""A box: AES-256-GCM under a key used once, committing to the key and to the context it belongs in.

AES-GCM alone lets one ciphertext open under two keys. Each box therefore derives, from the key, 32 random bytes and
the context, an encryption key and a commitment; the commitment is compared in constant time before anything is
decrypted (docs/sealing-format.md, 2; ADR 0012). For the vault alone.
"""

import hmac
import os
from hashlib import sha512

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
VERSION = b"\x02"
SALT_BYTES = 32
COMMITMENT_BYTES = 32
TAG_BYTES = 16
# the derived key seals one message only, so a constant nonce never repeats under a key
NONCE = bytes(12)
_COUNTER = b"\x00\x00\x00\x01"
_LABEL = b"casehub/2 box"
_SALT_END = len(VERSION) + SALT_BYTES
_HEADER = _SALT_END + COMMITMENT_BYTES


class BoxRefused(Exception):
    """The box was not made with this key in this context, or was changed. Says no more on purpose."""


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal_box(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Seal `plaintext` under a 32-byte uniformly random `key`, bound to `context`. 81 bytes longer than the plaintext."""
    salt = os.urandom(SALT_BYTES)
    message_key, commitment = _derive(key, salt, context)
    return VERSION + salt + commitment + AESGCM(message_key).encrypt(NONCE, plaintext, context)


def open_box(key: bytes, context: bytes, box: bytes) -> bytes:
    """Give the plaintext of a box sealed under `key` in `context`; BoxRefused otherwise."""
    if box[:1] != VERSION or len(box) < _HEADER + TAG_BYTES:
        raise BoxRefused("not a box of this format")
    message_key, commitment = _derive(key, box[1:_SALT_END], context)
    if not hmac.compare_digest(commitment, box[_SALT_END:_HEADER]):
        raise BoxRefused("another key or another context")
    try:
        return AESGCM(message_key).decrypt(NONCE, box[_HEADER:], context)
    except InvalidTag:
        raise BoxRefused("changed") from None


def _derive(key: bytes, salt: bytes, context: bytes) -> tuple[bytes, bytes]:
    """One-step key derivation (NIST SP 800-56C, 4.1, option 1) with SHA-512: its 64 bytes are all that is needed."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key is {KEY_BYTES} bytes")
    derived = sha512(_COUNTER + key + _LABEL + salt + context).digest()
    return derived[:KEY_BYTES], derived[KEY_BYTES:]
