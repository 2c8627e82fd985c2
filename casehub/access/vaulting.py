"""From rows to what the vault takes: places, compartments, keys and bindings. Ciphertext in, ciphertext out."""

from casehub.access.rows import ItemRows
from casehub.model import AuthorityKey, Compartment, ItemGrant, ItemVersion
from casehub.vault.authority_keys import WrappedKey
from casehub.vault.opening import CompartmentKey, OpenCompartment, OpeningError, ReceivedKey
from casehub.vault.rewrapping import GrantBinding, SignedGrant
from casehub.vault.sealing import Place, WrappedCompartment

ReadingKey = CompartmentKey | ReceivedKey


def version_place(version: ItemVersion) -> Place:
    """Where an item version is sealed to."""
    return Place(version.authority_id, "item_version", "sealed", version.id, version.version)


def chunks_place(version: ItemVersion) -> Place:
    """Where the chunks of a file are sealed to."""
    return Place(version.authority_id, "file_chunk", "sealed", version.id, version.version)


def wrapped_compartment(row: Compartment) -> WrappedCompartment:
    """A compartment as the vault takes it; one that was destroyed opens nothing."""
    if row.wrapped is None:
        raise OpeningError(f"compartment {row.id} was destroyed")
    return WrappedCompartment(row.id, row.case_id, row.authority_id, row.key_version, row.wrapped.ciphertext)


def wrapped_key(row: AuthorityKey) -> WrappedKey:
    """An authority's key as the vault takes it: its private part wrapped, its public part signed."""
    return WrappedKey(
        authority=row.authority_id,
        purpose=row.purpose,
        version=row.version,
        kek_version=row.kek_version,
        wrapped=row.wrapped.ciphertext,
        public=row.public,
        public_signature=row.public_signature,
        retired=row.retired_at is not None,
    )


def wrapped_item_key(grant: ItemGrant) -> bytes:
    """The item key as the grant wraps it; a grant that was ended wraps none."""
    if grant.wrapped is None:
        raise OpeningError("the grant was ended")
    return grant.wrapped.ciphertext


def binding(grant: ItemGrant) -> GrantBinding:
    """What a disclosure's grant is bound to."""
    if grant.disclosure_id is None:
        raise OpeningError("a received grant names its disclosure")
    return GrantBinding(
        case_id=grant.case_id,
        item_id=grant.item_id,
        item_version_id=grant.item_version_id,
        granted_by=grant.granted_by,
        granted_to=grant.granted_to,
        disclosure_id=grant.disclosure_id,
    )


def signed_grant(grant: ItemGrant) -> SignedGrant:
    """The grant as its discloser signed it."""
    if grant.key_version is None or grant.signing_version is None or grant.signature is None:
        raise OpeningError("a received grant is signed")
    return SignedGrant(wrapped_item_key(grant), grant.key_version, grant.signing_version, grant.signature)


def reading_key(rows: ItemRows, authority: str, compartment: OpenCompartment | None) -> ReadingKey:
    """How `authority` opens this item: by its own compartment, or by the grant still sealed to it."""
    grant = rows.grant_to(authority)
    if grant is None:
        raise OpeningError("there is no grant")
    if grant.form == "hpke":
        return ReceivedKey(binding(grant), signed_grant(grant))
    if compartment is None or compartment.wrapped.id != grant.compartment_id:
        raise OpeningError("the compartment of the grant is missing")
    return CompartmentKey(compartment, wrapped_item_key(grant))
