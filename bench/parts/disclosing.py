"""Disclosing a note: one signed grant, against HPKE and Ed25519 over the same bytes. Between them: the compartment and the item key unwrapped,
the binding encoded twice.
"""

import os
from collections.abc import Iterator
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from parts.measuring import Figure, compare_computing
from parts.sealed import OWNER, RECIPIENT, SealedCase

from casehub.vault import hybrid
from casehub.vault.rewrapping import GrantBinding, accept_grant, grant_item


def figures(case: SealedCase) -> Iterator[Figure]:
    """Giving, and taking in."""
    note, case_id = case.notes[0], case.compartment.case_id
    binding = GrantBinding(case_id, uuid4(), note.id, OWNER, RECIPIENT, uuid4())
    given = {"binding": binding, "compartment": case.compartment, "owner_wrap": note.wrap}
    grant = grant_item(case.ring, **given)
    seed, signing = os.urandom(32), Ed25519PrivateKey.generate()
    receiving, public = (
        hybrid.private_from_seed(seed),
        hybrid.public_from_bytes(hybrid.public_bytes(seed)),
    )
    verifying, item_key, info, message = signing.public_key(), os.urandom(32), bytes(150), bytes(1400)
    sealed, signature = hybrid.seal_to(public, info, item_key), signing.sign(message)

    def bare() -> bytes:
        return hybrid.seal_to(public, info, item_key) + signing.sign(message)

    def bare_acceptance() -> bytes:
        verifying.verify(signature, message)
        return hybrid.open_with(receiving, info, sealed)

    yield compare_computing("disclose a note", lambda: grant_item(case.ring, **given), "HPKE, Ed25519", bare)
    yield compare_computing(
        "take a disclosed note in",
        lambda: accept_grant(case.ring, binding=binding, grant=grant, compartment=case.theirs),
        "Ed25519, HPKE",
        bare_acceptance,
    )
