"""Notes: written for one's own authority, and disclosed to others only by a signed grant with a basis."""

from collections.abc import Sequence
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.rows import CaseRows, ItemRows
from casehub.audit import Event
from casehub.services.audience import (
    ReaderChoice,
    check_audience,
    choosing,
    disclose_item,
    disclose_to,
    information_options,
    own_item,
    purpose_options,
    reader_options,
    save_health_disclosure,
)
from casehub.services.case_view import note_view
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.running import load_running
from casehub.services.terms import NO_TERMS, Terms
from casehub.services.views import NoteForm

__all__ = ["ReaderChoice", "disclose_note", "read_note_form", "write_note"]

LONGEST_NOTE = 20_000


def read_note_form(ctx: Context, *, case_id: UUID, item_id: UUID | None = None) -> NoteForm:
    """What the forms of notes and disclosures need. Opens nothing but the own note `item_id`. NotFound."""

    def own_note(rows: CaseRows) -> tuple[ItemRows, ...]:
        return own_item(ctx, rows, item_id, "note")

    reading = ctx.gate.read_case(
        case_id=case_id,
        event=Event.CASE_READ,
        wanted=own_note,
        there=lambda rows: item_id is None or bool(own_note(rows)),
    )
    case = reading.rows.case
    network = ctx.catalogue.network(ctx.session, case)
    notes = [note_view(ctx, reading, rows, content, network) for rows, content in reading.of_kind("note")]
    return NoteForm(
        case_id=case.id,
        case_number=case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        readers=reader_options(ctx, reading.rows, network),
        purposes=purpose_options(network),
        information=information_options(ctx, network),
        note=next(iter(notes), None),
    )


def write_note(
    ctx: Context,
    *,
    case_id: UUID,
    text: str,
    readers: Sequence[ReaderChoice] = (),
    purpose: str = "",
    necessity: str = "",
    terms: Terms = NO_TERMS,
) -> UUID:
    """Write a note; without readers it stays with our own authority. FormRefused, NotFound."""
    with ctx.gate.write_case(action=Action.ITEM_WRITE, case_id=case_id, event=Event.NOTE_WRITTEN) as writing:
        rows = writing.case
        check = Checking()
        written = check.text("text", text, longest=LONGEST_NOTE)
        audience = check_audience(
            check,
            choosing(ctx, writing),
            readers=readers,
            purpose=purpose,
            necessity=necessity,
            terms=terms,
        )
        check.done()
        note = writing.seal(case=rows.case, kind="note", content={"text": written})
        if disclose_to(writing, audience, [note]):
            save_health_disclosure(writing, load_running(ctx, rows))
    return note.item.id


def disclose_note(
    ctx: Context,
    *,
    case_id: UUID,
    item_id: UUID,
    readers: Sequence[ReaderChoice],
    purpose: str,
    necessity: str,
    terms: Terms = NO_TERMS,
) -> None:
    """Disclose a note our own authority wrote. FormRefused; Conflict (recalled); NotFound if it is not ours, or not there."""
    disclose_item(
        ctx,
        case_id=case_id,
        item_id=item_id,
        kind="note",
        readers=readers,
        purpose=purpose,
        necessity=necessity,
        terms=terms,
    )
