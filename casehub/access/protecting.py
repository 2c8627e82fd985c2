"""What each version of an authority's keys still protects: counted, never opened. For rotation, retiring and status.

Compartments, drafts, reasons of approvals, texts of reviews, grants on their way and index tokens count; a grant that its discloser did
not sign protects nothing. Runs as the system actor of the authority, so that row-level security shows its rows.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from casehub.access.vaulting import binding, signed_grant
from casehub.model import Approval, AuthorityKey, Compartment, Draft, IndexToken, ItemGrant, ReviewText
from casehub.vault.authority_keys import KeyRing
from casehub.vault.rewrapping import is_acceptable

Protected = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one key. `purpose`: an authority key's, or kek."""

    purpose: str
    version: int


def protected_by(session: Session, ring: KeyRing, authority: str) -> dict[Version, Counter[str]]:
    """What each version protects, by kind of row; versions that protect nothing are absent."""
    found: dict[Version, Counter[str]] = {}

    def count(
        purpose: str, kind: str, column: InstrumentedAttribute[Any], *where: ColumnElement[bool]
    ) -> None:
        for version, number in session.execute(select(column, func.count()).where(*where).group_by(column)):
            found.setdefault(Version(purpose, version), Counter())[kind] += number

    own = AuthorityKey.authority_id == authority
    count("kek", "keys", AuthorityKey.kek_version, own, AuthorityKey.retired_at.is_(None))
    count(
        "working",
        "compartments",
        Compartment.key_version,
        Compartment.authority_id == authority,
        Compartment.destroyed_at.is_(None),
    )
    count("working", "drafts", Draft.key_version, Draft.authority_id == authority)
    count("working", "review texts", ReviewText.key_version)
    count("working", "approvals", Approval.key_version, Approval.key_version.is_not(None))
    count("index", "index tokens", IndexToken.key_version, IndexToken.authority_id == authority)
    for grant in session.scalars(select(ItemGrant).where(_on_their_way(ItemGrant.granted_to == authority))):
        if grant.key_version and is_acceptable(ring, binding=binding(grant), grant=signed_grant(grant)):
            found.setdefault(Version("receiving", grant.key_version), Counter())["grants to take in"] += 1
    # the recipients' keys are not here; what they refuse stays counted until the disclosure is recalled
    signed = select(ItemGrant.signing_version, func.count()).where(
        _on_their_way((ItemGrant.granted_by == authority) & (ItemGrant.granted_to != authority))
    )
    for version, number in session.execute(signed.group_by(ItemGrant.signing_version)):
        if version is None:
            continue
        found.setdefault(Version("signing", version), Counter())["grants not yet taken in"] += number
    return found


def _on_their_way(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    twin = aliased(ItemGrant)
    taken_in = select(twin.id).where(
        twin.item_version_id == ItemGrant.item_version_id,
        twin.granted_to == ItemGrant.granted_to,
        twin.form == "compartment",
        twin.ended_at.is_(None),
    )
    living = ItemGrant.ended_at.is_(None)
    return condition & (ItemGrant.form == "hpke") & living & ~taken_in.exists()
