"""Sealing: what an authority writes, bound to the place it is written in. Nothing here opens.

An item version has one random key of its own; the owner's grant is that key wrapped in the owner's compartment. For
services (through the gate) and the demo.
"""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from casehub.vault.box import BoxRefused, new_key, seal_box
from casehub.vault.compartments import OpenCompartment, WrappedCompartment, opened, wrap_compartment
from casehub.vault.encoding import context
from casehub.vault.errors import OpeningError
from casehub.vault.material import KeyRing, material_of, newest

__all__ = [
    "OpenCompartment",
    "Place",
    "SealedItem",
    "WrappedCompartment",
    "item_context",
    "new_compartment",
    "opened",
    "own_context",
    "seal_for_authority",
    "seal_item",
    "seal_under",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where ciphertext belongs: the owning authority, table, column, row and version of the row's content."""

    authority: str
    table: str
    column: str
    row_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class SealedItem:
    """A sealed item version: ciphertext, its SHA-256 (for the audit entry), and the owner's wrap of the item key."""

    sealed: bytes
    sha256: bytes
    owner_wrap: bytes


def new_compartment(
    ring: KeyRing, *, authority: str, case_id: UUID, compartment_id: UUID
) -> WrappedCompartment:
    """Make a new compartment of (case, authority). KeystoreError if this node does not act for the authority."""
    return wrap_compartment(
        ring, authority=authority, case_id=case_id, compartment_id=compartment_id, key=new_key()
    )


def seal_item(compartment: OpenCompartment, *, place: Place, plaintext: bytes) -> SealedItem:
    """Seal one item version into its place and case; `place.row_id` is the item version's id.

    ValueError if the compartment is not the owner's; KeystoreError if this node does not act for the owner;
    OpeningError if the compartment was changed or moved.
    """
    return seal_under(new_key(), compartment, place=place, plaintext=plaintext)


def seal_under(
    item_key: bytes, compartment: OpenCompartment, *, place: Place, plaintext: bytes
) -> SealedItem:
    """As `seal_item`, under an item key that was made before. For the vault alone."""
    kept = compartment.wrapped
    if kept.authority != place.authority:
        raise ValueError("an item is sealed in its owner's compartment")
    sealed = seal_box(item_key, item_context(place, kept.case_id), plaintext)
    try:
        wrap = compartment.wrap(item_version_id=place.row_id, item_key=item_key)
    except BoxRefused as refused:
        raise OpeningError(f"compartment {kept.id} of {kept.authority!r} does not open: {refused}") from None
    return SealedItem(sealed, sha256(sealed).digest(), wrap)


def seal_for_authority(ring: KeyRing, *, place: Place, plaintext: bytes) -> tuple[int, bytes]:
    """Seal for the authority itself, outside any case (a draft): (working key version, sealed)."""
    working = material_of(ring).working
    version = newest(working, place.authority)
    return version, seal_box(working[place.authority, version], own_context(place, version), plaintext)


def item_context(place: Place, case_id: UUID) -> bytes:
    """Name what an item version's ciphertext is bound to."""
    return context("item", place.authority, place.table, place.column, place.row_id, place.version, case_id)


def own_context(place: Place, key_version: int) -> bytes:
    """Name what a ciphertext under the working key is bound to."""
    return context(
        "own", place.authority, place.table, place.column, place.row_id, place.version, key_version
    )
