"""Opening: the only functions that give plaintext. Protected: for the gate, the runtime and the key jobs.

The gate calls them after the audit entry is committed. Whatever is wrong, the answer is OpeningError and no byte.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256 as digest_of
from uuid import UUID

from casehub.vault.box import BoxRefused, open_box
from casehub.vault.compartments import OpenCompartment, opened
from casehub.vault.errors import GrantNotGood, GrantRefused, KeystoreError, OpeningError
from casehub.vault.material import KeyRing, key_of
from casehub.vault.rewrapping import GrantBinding, SignedGrant, received_item_key
from casehub.vault.sealing import Place, item_context, own_context
from casehub.vault.streams import StreamOpener

__all__ = [
    "CompartmentKey",
    "GrantNotGood",
    "OpenCompartment",
    "OpeningError",
    "ReceivedKey",
    "StreamOpener",
    "open_for_authority",
    "open_item",
    "open_stream",
    "opened",
]


@dataclass(frozen=True, slots=True)
class CompartmentKey:
    """The reader's own compartment of the case, and the item key wrapped in it."""

    compartment: OpenCompartment
    wrap: bytes


@dataclass(frozen=True, slots=True)
class ReceivedKey:
    """A grant not yet re-wrapped: opened as it is, its signature checked."""

    binding: GrantBinding
    grant: SignedGrant


def open_item(
    ring: KeyRing, *, place: Place, sealed: bytes, sha256: bytes, key: CompartmentKey | ReceivedKey
) -> bytes:
    """Open an item version; `place.row_id` is its id, `sha256` what its audit entry recorded.

    OpeningError if the ciphertext is not the recorded one or was moved, or the key is not for it or not on this node;
    its kind GrantNotGood if the key was received by a grant that its discloser did not sign.
    """
    if not hmac.compare_digest(digest_of(sealed).digest(), sha256):
        raise OpeningError(f"{_name(place)} is not the ciphertext that was recorded when it was written")
    try:
        item_key, case_id = _item_key(ring, place, key)
        return open_box(item_key, item_context(place, case_id), sealed)
    except GrantRefused as refused:
        raise GrantNotGood(f"{_name(place)} does not open: {refused}") from None
    except (BoxRefused, KeystoreError) as error:
        raise OpeningError(f"{_name(place)} does not open: {error}") from None


def open_stream(ring: KeyRing, *, place: Place, key: CompartmentKey | ReceivedKey) -> StreamOpener:
    """Make what opens the chunks of an item version, whose content was opened by `open_item` with the same key.

    That content is what commits to the key, and tells how many chunks there are and their digest. OpeningError as there.
    """
    try:
        item_key, case_id = _item_key(ring, place, key)
    except GrantRefused as refused:
        raise GrantNotGood(f"{_name(place)} does not open: {refused}") from None
    except (BoxRefused, KeystoreError) as error:
        raise OpeningError(f"{_name(place)} does not open: {error}") from None
    return StreamOpener(item_key, place, case_id)


def open_for_authority(ring: KeyRing, *, place: Place, key_version: int, sealed: bytes) -> bytes:
    """Open what `seal_for_authority` sealed in this place; OpeningError otherwise."""
    try:
        key = key_of(ring, lambda held: held.working, place.authority, key_version)
        return open_box(key, own_context(place, key_version), sealed)
    except (BoxRefused, KeystoreError) as error:
        raise OpeningError(f"{_name(place)} does not open: {error}") from None


def _item_key(ring: KeyRing, place: Place, key: CompartmentKey | ReceivedKey) -> tuple[bytes, UUID]:
    if isinstance(key, CompartmentKey):
        item_key = key.compartment.unwrap(item_version_id=place.row_id, wrap=key.wrap)
        return item_key, key.compartment.wrapped.case_id
    if key.binding.item_version_id != place.row_id:
        raise GrantRefused("the grant is for another item version")
    return received_item_key(ring, binding=key.binding, grant=key.grant), key.binding.case_id


def _name(place: Place) -> str:
    return f"{place.table}.{place.column} {place.row_id} version {place.version} of {place.authority!r}"
