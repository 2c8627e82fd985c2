"""Putting a compartment under the newest working key, against AES-256-GCM out of one ready key and into another. The rows are not written;
`tests/proof/test_rotation.py` rotates with them.
"""

import os
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from parts.measuring import Figure, compare_computing
from parts.sealed import SealedCase

from casehub.vault.encoding import context
from casehub.vault.rewrapping import rewrap_compartment


def figures(case: SealedCase) -> Iterator[Figure]:
    """One compartment."""
    old, new, nonce = AESGCM(os.urandom(32)), AESGCM(os.urandom(32)), os.urandom(12)
    bound = context("compartment", case.compartment.id, case.compartment.case_id, "politi", 1)
    wrapped = old.encrypt(nonce, os.urandom(32), bound)

    def bare() -> bytes:
        return new.encrypt(os.urandom(12), old.decrypt(nonce, wrapped, bound), bound)

    yield compare_computing(
        "re-wrap a compartment",
        lambda: rewrap_compartment(case.ring, case.compartment),
        "AES-GCM, twice",
        bare,
    )
