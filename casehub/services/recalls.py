"""Taking back what was disclosed, a note, a file, evidence of a step or what was said: every other authority's way in ends at once, and a breach report may begin.

What has been read cannot be unread; who has opened it, and who could have, is shown by the log.
"""

from uuid import UUID

from casehub.access.actions import Action
from casehub.access.resources import ItemResource
from casehub.access.rows import CaseRows, ItemRows, item_resource
from casehub.audit import Event
from casehub.model import Recall
from casehub.services.breaches import begin_report, check_aware
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.facts import gather_facts
from casehub.services.item_lines import item_lines
from casehub.services.item_words import ITEM_WORDS
from casehub.services.recall_views import RecallView
from casehub.services.taking_back import recall_notice
from casehub.services.wording import notify_text

LONGEST_REASON = 5_000
YES, NO = "ja", "nej"


def read_recall(ctx: Context, *, case_id: UUID, item_id: UUID) -> RecallView:
    """Something own, who was given it and who has opened it, before and after it was taken back. NotFound."""
    reading = ctx.gate.read_case(
        case_id=case_id,
        event=Event.RECALL_READ,
        action=Action.ITEM_RECALL,
        on=lambda rows: _resource(rows, item_id),
        wanted=lambda rows: _with_reason(rows, item_id),
    )
    [found] = [rows for rows in reading.items if rows.item.id == item_id]
    item = found.item
    return RecallView(
        case_id=case_id,
        case_number=reading.rows.case.number,
        item_id=item_id,
        kind=item.kind,
        words=ITEM_WORDS[item.kind],
        shown=item_lines(ctx, reading, found, reading.content[item_id]),
        given=found.readers > {item.authority_id},
        recalled=recall_notice(reading, item_id),
        facts=gather_facts(ctx, reading.rows, found),
        source=notify_text(ctx.actor.authority_kind),
    )


def recall_item(
    ctx: Context, *, case_id: UUID, item_id: UUID, reason: str, breach: str, aware_at: str
) -> UUID | None:
    """Take something own back from all who were given it; the breach report that began, if `breach` says that it is one.

    `aware_at`: when the authority became aware of the breach, Danish local time. FormRefused; Conflict where there is
    nothing to take back; NotFound if it is not ours, or not there.
    """
    with ctx.gate.write_case(
        action=Action.ITEM_RECALL,
        case_id=case_id,
        event=Event.ITEM_RECALLED,
        on=lambda rows: _resource(rows, item_id),
    ) as writing:
        rows = writing.case
        found = _given(ctx, rows, item_id)
        check = Checking()
        why = check.text("reason", reason, longest=LONGEST_REASON)
        check.choice("breach", breach, {YES, NO}, "Vælg ja eller nej.")
        aware = check_aware(check, ctx, aware_at, earliest=found.item.created_at) if breach == YES else None
        check.done()
        items = (found, *_reasons_alone(rows, found))
        recall, *_ = writing.recall(case=rows.case, items=items, reason=why)
        if aware is None:
            return None
        writing.detail["breach"] = "begun"
        return begin_report(writing, recall, aware_at=aware, what=why)


def begin_breach(ctx: Context, *, case_id: UUID, item_id: UUID, what: str, aware_at: str) -> UUID:
    """Begin a breach report on what was taken back without one. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_case(
        action=Action.ITEM_RECALL,
        case_id=case_id,
        event=Event.BREACH_BEGUN,
        on=lambda rows: _resource(rows, item_id),
    ) as writing:
        rows = writing.case
        recall = _recall_without_report(rows, item_id)
        check = Checking()
        told = check.text("what", what, longest=LONGEST_REASON)
        aware = check_aware(check, ctx, aware_at, earliest=rows.case.opened_at)
        check.done()
        if aware is None:  # `done` has raised
            raise LookupError("no time")
        return begin_report(writing, recall, aware_at=aware, what=told)


def _resource(rows: CaseRows, item_id: UUID) -> ItemResource | None:
    found = _item(rows, item_id)
    return item_resource(rows.resource(), found) if found else None


def _item(rows: CaseRows, item_id: UUID) -> ItemRows | None:
    """The item, if it is of a kind that is given to others one by one."""
    return next(
        (found for found in rows.items if found.item.id == item_id and found.item.kind in ITEM_WORDS), None
    )


def _with_reason(rows: CaseRows, item_id: UUID) -> tuple[ItemRows, ...]:
    recall = rows.recall_of(item_id)
    wanted = {item_id, recall.reason_item if recall else item_id}
    return tuple(found for found in rows.items if found.item.id in wanted)


def _given(ctx: Context, rows: CaseRows, item_id: UUID) -> ItemRows:
    found = next(found for found in rows.items if found.item.id == item_id)
    the = ITEM_WORDS[found.item.kind].the.capitalize()
    if rows.recall_of(item_id):
        raise Conflict(f"{the} er allerede trukket tilbage. Der er ikke ændret noget.")
    if found.readers <= {ctx.actor.authority}:
        raise Conflict(f"{the} er ikke videregivet til nogen, så der er ikke noget at trække tilbage.")
    return found


def _reasons_alone(rows: CaseRows, given: ItemRows) -> tuple[ItemRows, ...]:
    """Necessity notes of disclosures by which nothing else was given: they say why it was."""
    by = {grant.disclosure_id for grant in given.grants if grant.disclosure_id}
    necessities = {row.necessity_item: row.id for row in rows.disclosures if row.id in by}
    shared = {
        grant.disclosure_id
        for other in rows.items
        if other.item.id != given.item.id and other.item.id not in necessities
        for grant in other.grants
    }
    return tuple(
        found
        for found in rows.items
        if found.item.id in necessities and necessities[found.item.id] not in shared
    )


def _recall_without_report(rows: CaseRows, item_id: UUID) -> Recall:
    recall = rows.recall_of(item_id)
    if recall is None:
        raise Conflict("Oplysningen er ikke trukket tilbage endnu. Træk den tilbage først.")
    if any(breach.recall_id == recall.id for breach in rows.breaches):
        raise Conflict("Der er allerede en brudrapport om det. Skriv videre i den.")
    return recall
