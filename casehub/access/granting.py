"""Handling keys, which is not opening: granting an item to another authority, and accepting what was granted to us.

Entry and grant are one transaction. Nothing secret is returned. Called by `Writing` and by the gate's key jobs.
"""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from casehub.access.rows import ItemRows
from casehub.access.vaulting import (
    binding,
    signed_grant,
    version_place,
    wrapped_compartment,
    wrapped_item_key,
)
from casehub.model import Compartment, Disclosure, IndexToken, Item, ItemGrant, ItemVersion, Sealed, new_id
from casehub.vault import blind_index
from casehub.vault.authority_keys import KeyRing
from casehub.vault.opening import OpeningError, ReceivedKey, open_item
from casehub.vault.rewrapping import GrantBinding, accept_grant, grant_item

MOST_VALUES = 80  # for one field; a name of 140 characters has 70 words at most


def grant_to(
    ring: KeyRing,
    *,
    rows: ItemRows,
    held: ItemGrant | None,
    disclosure: Disclosure,
    compartment: Compartment,
    onward: bool,
) -> ItemGrant:
    """A signed grant of the item's newest version for `disclosure`. `held`: the discloser's own, in its compartment."""
    if held is None or held.form != "compartment":
        raise OpeningError("the discloser does not hold this item")
    bound = GrantBinding(
        case_id=disclosure.case_id,
        item_id=rows.item.id,
        item_version_id=rows.version.id,
        granted_by=disclosure.from_authority,
        granted_to=disclosure.to_authority,
        disclosure_id=disclosure.id,
    )
    signed = grant_item(
        ring,
        binding=bound,
        compartment=wrapped_compartment(compartment),
        owner_wrap=wrapped_item_key(held),
    )
    return ItemGrant(
        id=new_id(),
        case_id=bound.case_id,
        item_id=bound.item_id,
        item_version_id=bound.item_version_id,
        granted_by=bound.granted_by,
        granted_to=bound.granted_to,
        form="hpke",
        key_version=signed.key_version,
        signing_version=signed.signing_version,
        wrapped=Sealed(signed.wrapped),
        signature=signed.signature,
        disclosure_id=bound.disclosure_id,
        onward=onward,
    )


def is_accepted(authority: str) -> ColumnElement[bool]:
    """Whether a grant sealed to `authority` has its twin in the authority's own compartment."""
    twin = aliased(ItemGrant)
    return (
        select(twin.id)
        .where(
            twin.item_version_id == ItemGrant.item_version_id,
            twin.granted_to == authority,
            twin.form == "compartment",
            twin.ended_at.is_(None),
        )
        .exists()
    )


def is_indexed(authority: str) -> ColumnElement[bool]:
    """Whether the item needs no index, as all but identities do, or `authority` has indexed it."""
    token = select(IndexToken.token).where(
        IndexToken.item_id == ItemGrant.item_id, IndexToken.authority_id == authority
    )
    return (Item.kind != "identity") | token.exists()


def waiting(authority: str) -> ColumnElement[bool]:
    """Grants sealed to `authority` that are not accepted, or are an identity's that is not indexed yet.

    Passing an item on accepts it early (`Writing`), but does not open it, and so does not index it.
    """
    mine = (ItemGrant.granted_to == authority) & (ItemGrant.form == "hpke") & ItemGrant.ended_at.is_(None)
    return mine & ~(is_accepted(authority) & is_indexed(authority))


def waiting_cases(session: Session, authority: str, case_id: UUID | None) -> tuple[UUID, ...]:
    """Cases in which something granted to `authority` waits; at most the one asked for, if one is."""
    waits = select(ItemGrant.case_id).join(Item, Item.id == ItemGrant.item_id).where(waiting(authority))
    if case_id:
        waits = waits.where(ItemGrant.case_id == case_id)
    return tuple(session.scalars(waits.distinct()))


def waiting_grants(
    session: Session, authority: str, case_id: UUID
) -> tuple[tuple[ItemGrant, Item, ItemVersion, bool], ...]:
    """What waits for `authority` in a case, oldest first; the last: whether it is accepted and only not indexed."""
    statement = (
        select(ItemGrant, Item, ItemVersion, is_accepted(authority))
        .join(Item, Item.id == ItemGrant.item_id)
        .join(ItemVersion, ItemVersion.id == ItemGrant.item_version_id)
        .where(ItemGrant.case_id == case_id, waiting(authority))
        .order_by(ItemGrant.id)
    )
    return tuple(
        (grant, item, version, accepted) for grant, item, version, accepted in session.execute(statement)
    )


def accept(ring: KeyRing, *, grant: ItemGrant, compartment: Compartment) -> ItemGrant:
    """Verify the discloser's signature and wrap the item key into the recipient's own compartment."""
    wrap = accept_grant(
        ring, binding=binding(grant), grant=signed_grant(grant), compartment=wrapped_compartment(compartment)
    )
    return ItemGrant(
        id=new_id(),
        case_id=grant.case_id,
        item_id=grant.item_id,
        item_version_id=grant.item_version_id,
        granted_by=grant.granted_by,
        granted_to=grant.granted_to,
        form="compartment",
        compartment_id=compartment.id,
        wrapped=Sealed(wrap),
        disclosure_id=grant.disclosure_id,
        onward=grant.onward,
    )


def index_received(
    ring: KeyRing, *, grant: ItemGrant, version: ItemVersion, purpose: str
) -> tuple[IndexToken, ...]:
    """Blind-index a received identity under the recipient's own keys: tokens come out, no plaintext does.

    `version` must be the one the grant opens; the item names its normalised values under `index`.
    """
    opened = open_item(
        ring,
        place=version_place(version),
        sealed=version.sealed.ciphertext,
        sha256=version.sha256,
        key=ReceivedKey(binding(grant), signed_grant(grant)),
    )
    return index_tokens(
        ring,
        authority=grant.granted_to,
        purpose=purpose,
        item_id=grant.item_id,
        case_id=grant.case_id,
        values=values_to_index(opened),
    )


def values_to_index(opened: bytes) -> dict[str, list[str]]:
    """What the discloser's node wrote is not taken on trust: anything but a few texts for each field is refused."""
    try:
        values = json.loads(opened)["index"]
        if all(_are_texts(found) for found in values.values()):
            return dict(values)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise OpeningError("the identity does not say what it is to be found by")


def _are_texts(found: object) -> bool:
    return (
        isinstance(found, list)
        and len(found) <= MOST_VALUES
        and all(isinstance(value, str) and value for value in found)
    )


def index_tokens(
    ring: KeyRing,
    *,
    authority: str,
    purpose: str,
    item_id: UUID,
    case_id: UUID,
    values: Mapping[str, Sequence[str]],
) -> tuple[IndexToken, ...]:
    """Tokens of normalised values (field -> values), under the newest index key of (authority, purpose, field)."""
    found = {
        (name, blind_index.token(ring, authority=authority, purpose=purpose, field=name, value=value))
        for name, texts in values.items()
        for value in texts
    }
    return tuple(
        IndexToken(
            authority_id=authority,
            purpose=purpose,
            field=name,
            token=token,
            item_id=item_id,
            case_id=case_id,
            key_version=key_version,
        )
        for name, (key_version, token) in sorted(found)
    )
