"""Opening a sealed note of 1 KB, against AES-256-GCM of the same bytes with a ready key.

What is between them: unwrapping the compartment and the item key, deriving and comparing the commitments, the SHA-256 of the
ciphertext; and for a grant that still waits, its signature and HPKE.
"""

import os
from collections.abc import Iterator
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from parts.cases import NOTE, REFERRER
from parts.measuring import Figure, compare

from casehub.access.rows import ItemRows, load_case
from casehub.access.vaulting import reading_key, version_place
from casehub.model import Compartment
from casehub.services import notes, parties, steps
from casehub.services.cases import read_case
from casehub.vault.opening import open_item
from tests.house import House

RECIPIENT = "kommune.herning"
BASIS = "retsplejelov-115-1-2"


def figures(house: House, case_id: UUID) -> Iterator[Figure]:
    """By the own compartment, and by a grant that waits."""
    cipher, nonce, place = AESGCM(os.urandom(32)), os.urandom(12), uuid4().bytes
    sealed = cipher.encrypt(nonce, NOTE.encode(), place)

    def bare() -> bytes:
        return cipher.decrypt(nonce, sealed, place)

    floor = f"AES-256-GCM of {len(NOTE.encode())} bytes"
    ring = house.runtime.ring
    item, compartment = _note(house, REFERRER, case_id)
    key = reading_key(item, house.actor(REFERRER).authority, compartment)
    where, text, hashed = version_place(item.version), item.version.sealed.ciphertext, item.version.sha256
    yield compare(
        "open a note by the own compartment",
        lambda: open_item(ring, place=where, sealed=text, sha256=hashed, key=key),
        floor,
        bare,
    )
    _disclose(house, case_id, item.item.id)
    waiting, _ = _note(house, RECIPIENT, case_id)
    received = reading_key(waiting, house.actor(RECIPIENT).authority, None)
    yield compare(
        "open a note by a grant that waits",
        lambda: open_item(ring, place=where, sealed=text, sha256=hashed, key=received),
        floor,
        bare,
    )


def _note(house: House, login: str, case_id: UUID) -> tuple[ItemRows, Compartment | None]:
    """The first note this person's authority can read, and its compartment."""
    with house.work(login) as ctx:
        rows = load_case(ctx.session, case_id)
        if rows is None:
            raise LookupError(f"{login} takes no part in the case")
        note = next(found for found in rows.items if found.item.kind == "note")
        return note, rows.compartment_of(ctx.actor.authority)


def _disclose(house: House, case_id: UUID, note: UUID) -> None:
    """Accept the referral, bring in the kommune, disclose the note to it; no job runs."""
    with house.work("tovholder") as ctx:
        triage = next(step for step in read_case(ctx, case_id=case_id).steps if step.key == "triage")
    with house.work("tovholder") as ctx:
        values = {"decision": "accept", "reason": "Hører til.", "meeting_on": "2026-12-15"}
        steps.complete_step(ctx, case_id=case_id, step_id=triage.id, version=triage.version, values=values)
    with house.work("tovholder") as ctx:
        chosen = [parties.PartyChoice("herning-kommune/social", BASIS, "Kender ham.")]
        parties.share_case(ctx, case_id=case_id, parties=chosen, purpose="forebyggelse")
    with house.work(REFERRER) as ctx:
        readers = [notes.ReaderChoice("herning-kommune", BASIS)]
        notes.disclose_note(
            ctx,
            case_id=case_id,
            item_id=note,
            readers=readers,
            purpose="forebyggelse",
            necessity="Nødvendigt.",
        )
