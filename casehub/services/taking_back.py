"""What the owner of something is offered where it stands: to take it back, or to see who had opened what was taken back.

Asked for each kind of item that is given to others one by one (`ITEM_WORDS`), in one question to Cedar.
"""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.reading import Reading
from casehub.access.rows import ItemRows, item_resource
from casehub.services.context import Context
from casehub.services.item_words import ITEM_WORDS
from casehub.services.recall_views import RecallNotice, TakingBack

Offers = Mapping[UUID, TakingBack]
NO_OFFERS: Offers = MappingProxyType({})


def taking_back(ctx: Context, reading: Reading) -> Offers:
    """By item id. What was given to nobody can be taken back from nobody, and is absent."""
    given = [rows for rows in reading.rows.items if rows.item.kind in ITEM_WORDS]
    resources = [item_resource(reading.resource, rows) for rows in given]
    may = ctx.gate.policies.decide_each(ctx.actor, Action.ITEM_RECALL, resources)
    offers = (_offer(reading, rows, may=decision.allowed) for rows, decision in zip(given, may, strict=True))
    return {offer.item_id: offer for offer in offers if offer}


def recall_notice(reading: Reading, item_id: UUID) -> RecallNotice | None:
    """That an own item was taken back; what others took back is not among what one sees."""
    recall = reading.rows.recall_of(item_id)
    if recall is None:
        return None
    breach = next((row.id for row in reading.rows.breaches if row.recall_id == recall.id), None)
    reason = reading.content.get(recall.reason_item)
    return RecallNotice(recall.at, reason["text"] if reason else "", breach)


def _offer(reading: Reading, rows: ItemRows, *, may: bool) -> TakingBack | None:
    item = rows.item
    notice = recall_notice(reading, item.id)
    if notice is None and not (may and rows.readers > {item.authority_id}):
        return None
    return TakingBack(item.id, ITEM_WORDS[item.kind].the, notice)
