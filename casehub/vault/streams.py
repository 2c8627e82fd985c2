"""A file's bytes, sealed in chunks as they come and opened in chunks as they go: STREAM (Hoang, Reyhanitabar, Rogaway and
Vizár 2015), under a key derived from the item key of the version they belong to (docs/sealing-format.md, 5; ADR 0015).

A chunk opens at its own number alone, and the last one as the last alone. The objects here hold the key and show nothing.
Sealing is for `Writing`, through the gate; an opener is made by `opening.open_stream`.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256, sha512
from typing import Never
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casehub.vault.box import KEY_BYTES, new_key
from casehub.vault.compartments import OpenCompartment
from casehub.vault.encoding import context
from casehub.vault.errors import OpeningError
from casehub.vault.sealing import Place, SealedItem, seal_under

CHUNK_BYTES = 1 << 20  # of plaintext in each chunk but the last, which has 1 to as many
MOST_CHUNKS = 1 << 32
_PREFIX = bytes(7)  # the key is of this stream alone, so the nonce need only tell its chunks apart


class _Chunks:
    """One stream's key and place. Cannot be shown, copied or pickled."""

    __slots__ = ("_aead", "_context")

    def __init__(self, item_key: bytes, place: Place, case_id: UUID) -> None:
        self._context = context(
            "stream", place.authority, place.table, place.column, place.row_id, place.version, case_id
        )
        # one-step key derivation, as of a box (NIST SP 800-56C, 4.1, option 1)
        derived = sha512(b"\x00\x00\x00\x01" + item_key + b"casehub/2 stream" + self._context).digest()
        self._aead = AESGCM(derived[:KEY_BYTES])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("A stream cannot be copied or pickled: its key stays where it is.")


class StreamSealer(_Chunks):
    """Seals one new item version: its chunks in order, the last marked as such, then the item's own content.

    `place`: of the chunks; its row id and version are the item version's, which nothing else may ever be sealed for.
    """

    __slots__ = ("_ended", "_item_key", "_number")

    def __init__(self, place: Place, case_id: UUID) -> None:
        self._item_key = new_key()
        self._number, self._ended = 0, False
        super().__init__(self._item_key, place, case_id)

    def seal(self, chunk: bytes | bytearray, *, last: bool) -> bytes:
        """Seal the next chunk; 16 bytes longer. ValueError if it is of a wrong size, or the last was sealed."""
        fits = 0 < len(chunk) <= CHUNK_BYTES if last else len(chunk) == CHUNK_BYTES
        if self._ended or not fits or self._number >= MOST_CHUNKS:
            raise ValueError(f"{len(chunk)} bytes cannot be chunk {self._number} of this stream")
        sealed = self._aead.encrypt(_nonce(self._number, last=last), bytes(chunk), self._context)
        self._number, self._ended = self._number + 1, last
        return sealed

    def seal_item(self, compartment: OpenCompartment, *, place: Place, plaintext: bytes) -> SealedItem:
        """As `sealing.seal_item`, under the item key of these chunks, once the last is sealed."""
        if not self._ended:
            raise ValueError("the stream has no last chunk yet")
        return seal_under(self._item_key, compartment, place=place, plaintext=plaintext)


class StreamOpener(_Chunks):
    """Opens the chunks of one item version, in any order. For the vault to make, and the gate to use."""

    __slots__ = ()

    def open(self, number: int, sealed: bytes, *, last: bool, recorded: bytes) -> bytes:
        """Open chunk `number`; `recorded` is the SHA-256 its audit entry vouches for. OpeningError if it is another's."""
        if not hmac.compare_digest(sha256(sealed).digest(), recorded):
            raise OpeningError(f"chunk {number} is not the one that was recorded")
        try:
            return self._aead.decrypt(_nonce(number, last=last), sealed, self._context)
        except InvalidTag:
            raise OpeningError(f"chunk {number} does not open: changed, moved or of another file") from None


def digest_of(chunk_digests: Iterable[bytes]) -> bytes:
    """Give the one digest of a file's chunks, in order: SHA-256 over the SHA-256 of each sealed chunk."""
    return sha256(b"".join(chunk_digests)).digest()


def _nonce(number: int, *, last: bool) -> bytes:
    return _PREFIX + number.to_bytes(4, "big") + bytes([last])
