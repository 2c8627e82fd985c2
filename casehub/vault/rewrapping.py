"""Grants: an item key sealed to another authority and signed by the one that discloses, and its acceptance.

Keys pass from one wrap to another and nothing is opened. Protected: for the gate, the runtime and the key jobs.
"""

from dataclasses import dataclass
from uuid import UUID

from casehub.vault import hybrid
from casehub.vault.box import BoxRefused, open_box, seal_box
from casehub.vault.compartments import (
    WrappedCompartment,
    compartment_key,
    opened,
    wrap_compartment,
)
from casehub.vault.encoding import Field, context
from casehub.vault.errors import GrantRefused, KeystoreError, OpeningError
from casehub.vault.material import KeyRing, key_of, material_of, newest
from casehub.vault.sealing import Place, own_context
from casehub.vault.signing import sign, signing_version, verify

__all__ = [
    "GrantBinding",
    "GrantRefused",
    "SignedGrant",
    "accept_grant",
    "grant_item",
    "is_acceptable",
    "received_item_key",
    "reseal_for_authority",
    "rewrap_compartment",
]


@dataclass(frozen=True, slots=True)
class GrantBinding:
    """What a grant is for; all of it is bound into the sealing and into the signature."""

    case_id: UUID
    item_id: UUID
    item_version_id: UUID
    granted_by: str
    granted_to: str
    disclosure_id: UUID


@dataclass(frozen=True, slots=True)
class SignedGrant:
    """A grant on its way: the item key under the recipient's receiving key `key_version`, signed by the discloser."""

    wrapped: bytes
    key_version: int
    signing_version: int
    signature: bytes


def grant_item(
    ring: KeyRing, *, binding: GrantBinding, compartment: WrappedCompartment, owner_wrap: bytes
) -> SignedGrant:
    """Grant an item version to another authority; `compartment` and `owner_wrap` are the discloser's.

    GrantRefused if the discloser's own wrap does not open for this item, or a key is not on this node.
    """
    _require_side(binding, compartment, binding.granted_by)
    try:
        recipients = material_of(ring).sealing_to
        key_version = newest(recipients, binding.granted_to)
        signed_with = signing_version(ring, authority=binding.granted_by)
        with opened(ring, compartment) as own:
            item_key = own.unwrap(item_version_id=binding.item_version_id, wrap=owner_wrap)
    except (BoxRefused, KeystoreError) as error:
        raise GrantRefused(f"item version {binding.item_version_id} cannot be granted: {error}") from None
    public = recipients[binding.granted_to, key_version]
    wrapped = hybrid.seal_to(public, context("grant", *_fields(binding), key_version), item_key)
    message = _signed_context(binding, key_version, signed_with, wrapped)
    signature = sign(ring, authority=binding.granted_by, version=signed_with, message=message)
    return SignedGrant(wrapped, key_version, signed_with, signature)


def accept_grant(
    ring: KeyRing, *, binding: GrantBinding, grant: SignedGrant, compartment: WrappedCompartment
) -> bytes:
    """Wrap the item key of a received grant in the recipient's own compartment.

    GrantRefused if the pinned key of the discloser did not sign exactly this, or it is not for this compartment.
    """
    _require_side(binding, compartment, binding.granted_to)
    item_key = received_item_key(ring, binding=binding, grant=grant)
    try:
        with opened(ring, compartment) as own:
            return own.wrap(item_version_id=binding.item_version_id, item_key=item_key)
    except (BoxRefused, KeystoreError) as error:
        raise GrantRefused(f"compartment {compartment.id} cannot take the grant: {error}") from None


def is_acceptable(ring: KeyRing, *, binding: GrantBinding, grant: SignedGrant) -> bool:
    """Whether the recipient could accept this grant: signed by its discloser and sealed to a key that is here."""
    try:
        received_item_key(ring, binding=binding, grant=grant)
    except GrantRefused:
        return False
    return True


def rewrap_compartment(ring: KeyRing, compartment: WrappedCompartment) -> WrappedCompartment:
    """Wrap a compartment's key under the newest working key. OpeningError if it was changed, moved or has no key here."""
    try:
        return wrap_compartment(
            ring,
            authority=compartment.authority,
            case_id=compartment.case_id,
            compartment_id=compartment.id,
            key=compartment_key(ring, compartment),
        )
    except (BoxRefused, KeystoreError) as error:
        raise OpeningError(
            f"compartment {compartment.id} of {compartment.authority!r} does not open: {error}"
        ) from None


def reseal_for_authority(
    ring: KeyRing, *, place: Place, key_version: int, sealed: bytes
) -> tuple[int, bytes]:
    """Seal a draft anew under the newest working key; nothing leaves the vault. OpeningError as for a compartment."""
    try:
        old = key_of(ring, lambda held: held.working, place.authority, key_version)
        working = material_of(ring).working
        version = newest(working, place.authority)
        plaintext = open_box(old, own_context(place, key_version), sealed)
        return version, seal_box(working[place.authority, version], own_context(place, version), plaintext)
    except (BoxRefused, KeystoreError) as error:
        raise OpeningError(
            f"{place.table} {place.row_id} of {place.authority!r} does not open: {error}"
        ) from None


def received_item_key(ring: KeyRing, *, binding: GrantBinding, grant: SignedGrant) -> bytes:
    """Give the item key of a grant whose signature holds. For the vault alone."""
    message = _signed_context(binding, grant.key_version, grant.signing_version, grant.wrapped)
    if not verify(
        ring,
        authority=binding.granted_by,
        version=grant.signing_version,
        message=message,
        signature=grant.signature,
    ):
        raise GrantRefused(
            f"the grant of item version {binding.item_version_id} to {binding.granted_to!r} is not signed by "
            f"{binding.granted_by!r}"
        )
    try:
        private = key_of(ring, lambda held: held.receiving, binding.granted_to, grant.key_version)
        return hybrid.open_with(
            private, context("grant", *_fields(binding), grant.key_version), grant.wrapped
        )
    except (BoxRefused, KeystoreError) as error:
        raise GrantRefused(
            f"the grant of item version {binding.item_version_id} does not open: {error}"
        ) from None


def _require_side(binding: GrantBinding, compartment: WrappedCompartment, authority: str) -> None:
    if compartment.authority != authority or compartment.case_id != binding.case_id:
        raise GrantRefused(
            f"compartment {compartment.id} is not {authority!r}'s compartment of case {binding.case_id}"
        )


def _fields(binding: GrantBinding) -> tuple[Field, ...]:
    return (
        binding.case_id,
        binding.item_id,
        binding.item_version_id,
        binding.granted_by,
        binding.granted_to,
        binding.disclosure_id,
    )


def _signed_context(binding: GrantBinding, key_version: int, signing: int, wrapped: bytes) -> bytes:
    return context("signed-grant", *_fields(binding), key_version, signing, wrapped)
