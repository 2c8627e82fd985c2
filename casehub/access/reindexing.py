"""The key job that needs plaintext: every identity's index tokens made again under a new index key.

Begun only by an approval of two people (`rotating.begin`; the database demands it too). Each batch is one transaction
whose entry names every identity that was opened; tokens leave this module, plaintext does not.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from casehub.access.granting import index_tokens, values_to_index
from casehub.access.rows import ItemRows, load_items
from casehub.access.vaulting import reading_key, version_place, wrapped_compartment
from casehub.access.writing import Writing
from casehub.audit import ObjectRef
from casehub.model import Authority, Compartment, IndexToken
from casehub.vault.opening import OpeningError, open_item, opened

BATCH = 200
INDEXED = ("identity", "whereabouts")


@dataclass(frozen=True, slots=True)
class Indexed:
    """An identity that has tokens of an older version: in which case, for which purpose (a network)."""

    item_id: UUID
    case_id: UUID
    purpose: str


def next_indexed(
    session: Session, *, authority: str, version: int, after: UUID | None
) -> tuple[Indexed, ...]:
    """The next identities after item `after` that have tokens under an older version than `version`.

    Whoever asks holds the authority's row until the transaction ends, so that two such jobs follow each other.
    """
    own = select(Authority.id).where(Authority.id == authority)
    session.execute(own.with_for_update(key_share=True))
    older = (
        select(IndexToken.item_id, IndexToken.case_id, IndexToken.purpose)
        .where(IndexToken.authority_id == authority, IndexToken.key_version < version)
        .distinct()
        .order_by(IndexToken.item_id, IndexToken.purpose)
        .limit(BATCH)
    )
    if after is not None:
        older = older.where(IndexToken.item_id > after)
    return tuple(Indexed(*row) for row in session.execute(older))


def reindex(writing: Writing, version: int, indexed: Sequence[Indexed]) -> tuple[int, int]:
    """Put these identities' tokens under `version`: (identities done, those that would not open and keep theirs)."""
    session, authority = writing.session, writing.actor.authority
    by_case: dict[UUID, list[Indexed]] = defaultdict(list)
    for each in indexed:
        by_case[each.case_id].append(each)
    items = {rows.item.id: rows for rows in load_items(session, tuple(by_case), INDEXED)}
    compartments = {
        row.case_id: row
        for row in session.scalars(
            select(Compartment).where(
                Compartment.case_id.in_(tuple(by_case)), Compartment.authority_id == authority
            )
        )
    }
    damaged = 0
    for case_id, waiting in by_case.items():
        for each in waiting:
            rows = items.get(each.item_id)
            try:
                values = _values(writing, rows, compartments.get(case_id))
            except OpeningError:
                damaged += 1
                continue
            session.execute(
                delete(IndexToken).where(
                    IndexToken.authority_id == authority,
                    IndexToken.item_id == each.item_id,
                    IndexToken.purpose == each.purpose,
                    IndexToken.key_version < version,
                )
            )
            writing.add(
                *index_tokens(
                    writing.ring,
                    authority=authority,
                    purpose=each.purpose,
                    item_id=each.item_id,
                    case_id=case_id,
                    values=values,
                )
            )
            writing.objects.append(
                ObjectRef("identity", str(each.item_id), case_id, rows.item.authority_id if rows else None)
            )
    return len(indexed) - damaged, damaged


def _values(writing: Writing, rows: ItemRows | None, compartment: Compartment | None) -> dict[str, list[str]]:
    """By what the identity is found; nothing, if it is no longer this authority's to read: its tokens go."""
    if rows is None or compartment is None or rows.grant_to(writing.actor.authority) is None:
        return {}
    version = rows.version
    with opened(writing.ring, wrapped_compartment(compartment)) as in_use:
        return values_to_index(
            open_item(
                writing.ring,
                place=version_place(version),
                sealed=version.sealed.ciphertext,
                sha256=version.sha256,
                key=reading_key(rows, writing.actor.authority, in_use),
            )
        )
