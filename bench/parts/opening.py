"""Opening a case of 20 notes of 1 KB, against what each of them needs whatever the program: AES-256-GCM of its key's wrap and of
its text, their associated data, and a commitment to the key of each, computed and compared.

Between them: unwrapping the compartment once, a key of its own for each message, the SHA-256 that the log recorded, and finding the
way. A grant that waits is measured against its Ed25519 verification, HPKE and AES-256-GCM.
"""

import hmac
import os
from collections.abc import Iterator
from hashlib import sha256
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from parts.measuring import Doing, Figure, compare_computing
from parts.sealed import NOTE, NOTES, OWNER, RECIPIENT, SealedCase

from casehub.vault import hybrid
from casehub.vault.encoding import context
from casehub.vault.opening import ReceivedKey, open_item
from casehub.vault.rewrapping import GrantBinding, grant_item
from casehub.vault.sealing import Place

NONCE = bytes(12)


def figures(case: SealedCase) -> Iterator[Figure]:
    """A whole case by the own compartment, and one note by a grant that waits."""
    yield compare_computing(
        f"open a case of {NOTES} notes",
        lambda: case.open(case.notes),
        "AES-GCM, associated data, commitments",
        _bare(case),
    )
    yield _by_a_waiting_grant(case)


def _bare(case: SealedCase) -> Doing:
    own, key = case.compartment, os.urandom(32)
    wrapping = AESGCM(key)
    rows = []
    for row in case.notes:
        item_key, bound = os.urandom(32), (_wrap_context(case, row.id), _item_context(case, row.id))
        rows.append(
            (
                row.id,
                _commitment(key, bound[0]),
                wrapping.encrypt(NONCE, item_key, bound[0]),
                _commitment(item_key, bound[1]),
                AESGCM(item_key).encrypt(NONCE, NOTE.encode(), bound[1]),
            )
        )

    def bare() -> list[bytes]:
        texts = []
        for row_id, of_wrap, wrap, of_text, text in rows:
            bound = context("item-key", own.id, own.case_id, OWNER, row_id)
            if not hmac.compare_digest(sha256(key + bound).digest(), of_wrap):
                raise ValueError
            item_key = wrapping.decrypt(NONCE, wrap, bound)
            bound = context("item", OWNER, "item_version", "sealed", row_id, 1, own.case_id)
            if not hmac.compare_digest(sha256(item_key + bound).digest(), of_text):
                raise ValueError
            texts.append(AESGCM(item_key).decrypt(NONCE, text, bound))
        return texts

    return bare


def _by_a_waiting_grant(case: SealedCase) -> Figure:
    note = case.notes[0]
    binding = GrantBinding(case.compartment.case_id, uuid4(), note.id, OWNER, RECIPIENT, uuid4())
    grant = grant_item(case.ring, binding=binding, compartment=case.compartment, owner_wrap=note.wrap)
    place, key = Place(OWNER, "item_version", "sealed", note.id, 1), ReceivedKey(binding, grant)
    seed, signing = os.urandom(32), Ed25519PrivateKey.generate()
    receiving, public = (
        hybrid.private_from_seed(seed),
        hybrid.public_from_bytes(hybrid.public_bytes(seed)),
    )
    item_key, info = os.urandom(32), b"info" * 30
    sealed = hybrid.seal_to(public, info, item_key)
    signature, verifying = signing.sign(sealed), signing.public_key()
    text = AESGCM(item_key).encrypt(NONCE, NOTE.encode(), info)

    def bare() -> bytes:
        verifying.verify(signature, sealed)
        return AESGCM(hybrid.open_with(receiving, info, sealed)).decrypt(NONCE, text, info)

    return compare_computing(
        "open a note by a grant that waits",
        lambda: open_item(case.ring, place=place, sealed=note.sealed, sha256=note.sha256, key=key),
        "Ed25519, HPKE, AES-GCM",
        bare,
    )


def _commitment(key: bytes, bound: bytes) -> bytes:
    return sha256(key + bound).digest()


def _wrap_context(case: SealedCase, row_id: UUID) -> bytes:
    return context("item-key", case.compartment.id, case.compartment.case_id, OWNER, row_id)


def _item_context(case: SealedCase, row_id: UUID) -> bytes:
    return context("item", OWNER, "item_version", "sealed", row_id, 1, case.compartment.case_id)
