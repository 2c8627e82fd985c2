"""The bytes of a file, 16 MiB in chunks of 1 MiB, against AES-256-GCM of the same chunks under one key.

Between them: the SHA-256 of each sealed chunk, which the log records and every reader compares. A second row has that in its floor too.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from parts.measuring import Figure, compare_computing
from parts.sealed import OWNER, SealedCase

from casehub.vault.opening import CompartmentKey, OpenCompartment, open_stream
from casehub.vault.sealing import Place
from casehub.vault.streams import CHUNK_BYTES, StreamSealer, digest_of

MEBIBYTES = 16


def figures(case: SealedCase) -> Iterator[Figure]:
    """Sealing and opening a file; divide the bytes by the time for a rate."""
    chunks = [os.urandom(CHUNK_BYTES) for _ in range(MEBIBYTES)]
    place = Place(OWNER, "file_chunk", "sealed", uuid4(), 1)
    bare = AESGCM(os.urandom(32))
    nonces = [number.to_bytes(12, "big") for number in range(MEBIBYTES)]
    bare_chunks = [
        bare.encrypt(nonce, chunk, b"context") for nonce, chunk in zip(nonces, chunks, strict=True)
    ]

    def seal() -> bytes:
        sealer = StreamSealer(place, case.compartment.case_id)
        sealed = (sealer.seal(chunk, last=chunk is chunks[-1]) for chunk in chunks)
        return digest_of(sha256(chunk).digest() for chunk in sealed)

    def seal_bare() -> None:
        for nonce, chunk in zip(nonces, chunks, strict=True):
            bare.encrypt(nonce, chunk, b"context")

    def seal_and_hash_bare() -> None:
        for nonce, chunk in zip(nonces, chunks, strict=True):
            sha256(bare.encrypt(nonce, chunk, b"context")).digest()

    sealer = StreamSealer(place, case.compartment.case_id)
    sealed = [sealer.seal(chunk, last=chunk is chunks[-1]) for chunk in chunks]
    own = OpenCompartment(case.ring, case.compartment)
    item = sealer.seal_item(own, place=Place(OWNER, "item_version", "sealed", place.row_id, 1), plaintext=b"")
    digests = [sha256(chunk).digest() for chunk in sealed]
    opener = open_stream(case.ring, place=place, key=CompartmentKey(own, item.owner_wrap))

    def open_() -> None:
        for number, (chunk, recorded) in enumerate(zip(sealed, digests, strict=True)):
            opener.open(number, chunk, last=number == MEBIBYTES - 1, recorded=recorded)

    def open_bare() -> None:
        for nonce, chunk in zip(nonces, bare_chunks, strict=True):
            bare.decrypt(nonce, chunk, b"context")

    yield compare_computing(f"seal a file of {MEBIBYTES} MiB", seal, "AES-GCM of its chunks", seal_bare)
    yield compare_computing(
        f"seal a file of {MEBIBYTES} MiB", seal, "AES-GCM and SHA-256 of its chunks", seal_and_hash_bare
    )
    yield compare_computing(f"open a file of {MEBIBYTES} MiB", open_, "AES-GCM of its chunks", open_bare)
