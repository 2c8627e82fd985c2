"""What is written of a case of a meeting: minutes, and decisions that become tasks. Sealed in the case, given as a note is.

Where the case's card has a step for the meeting, the minutes are that step's; here are those of the meetings beyond it.
"""

from collections.abc import Sequence
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.convening import decision_resource
from casehub.access.resources import CaseResource, DecisionResource
from casehub.access.rows import CaseRows, ItemRows
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.model import Decision, Meeting, new_id
from casehub.services.audience import (
    ReaderChoice,
    check_audience,
    choosing,
    disclose_to,
    information_options,
    purpose_options,
    reader_options,
    save_health_disclosure,
)
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.invitations import meeting_on_agenda, set_minutes
from casehub.services.meeting_views import AgendaForm
from casehub.services.meetings import meeting_steps
from casehub.services.running import load_running
from casehub.services.tasks_given import OUTCOMES
from casehub.services.terms import NO_TERMS, Terms
from casehub.services.views import Choice
from casehub.workflow.calendar import end_of_day

LONGEST_TEXT = 20_000


def read_agenda_form(ctx: Context, *, meeting_id: UUID, case_id: UUID) -> AgendaForm:
    """What the forms of minutes and decisions need. Opens nothing. NotFound: also if the case is not on that agenda."""
    reading = ctx.gate.read_case(
        case_id=case_id,
        event=Event.CASE_READ,
        wanted=lambda _: (),
        there=lambda rows: meeting_on_agenda(ctx, rows, meeting_id) is not None,
    )
    case = reading.rows.case
    network = ctx.catalogue.network(ctx.session, case)
    return AgendaForm(
        meeting_id=meeting_id,
        starts_at=ctx.session.get_one(Meeting, meeting_id).starts_at,
        case_id=case.id,
        case_number=case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        readers=reader_options(ctx, reading.rows, network),
        purposes=purpose_options(network),
        information=information_options(ctx, network),
        owners=_owners(ctx, reading.rows),
    )


def write_minutes(
    ctx: Context,
    *,
    meeting_id: UUID,
    case_id: UUID,
    text: str,
    readers: Sequence[ReaderChoice] = (),
    purpose: str = "",
    necessity: str = "",
    terms: Terms = NO_TERMS,
) -> UUID:
    """Write the minutes of a case as a note in it. FormRefused; Conflict (the card's step is to be used); NotFound."""
    with ctx.gate.write_case(
        action=Action.ITEM_WRITE,
        case_id=case_id,
        event=Event.MINUTES_WRITTEN,
        on=lambda rows: _on(ctx, rows, meeting_id),
    ) as writing:
        if meeting_steps(writing.case, load_running(ctx, writing.case)):
            raise Conflict("Kortet har et trin til referatet af mødet. Skriv det dér.")
        meeting = ctx.session.get_one(Meeting, meeting_id)
        check = Checking()
        written = check.text("text", text, longest=LONGEST_TEXT)
        note = _seal(ctx, writing, check, "note", written, readers, purpose, necessity, terms)
        set_minutes(writing, meeting.id, note.item.id)
        writing.objects.append(_ref(meeting, case_id))
    return note.item.id


def write_decision(
    ctx: Context,
    *,
    meeting_id: UUID,
    case_id: UUID,
    text: str,
    owner: str,
    due_on: str,
    readers: Sequence[ReaderChoice] = (),
    purpose: str = "",
    necessity: str = "",
    terms: Terms = NO_TERMS,
) -> UUID:
    """Write what an authority is to do by a day; it must be able to read it. FormRefused, NotFound."""
    with ctx.gate.write_case(
        action=Action.ITEM_WRITE,
        case_id=case_id,
        event=Event.DECISION_WRITTEN,
        on=lambda rows: _on(ctx, rows, meeting_id),
    ) as writing:
        check = Checking()
        written = check.text("text", text, longest=LONGEST_TEXT)
        owners = {choice.value for choice in _owners(ctx, writing.case)}
        check.choice("owner", owner, owners, "Vælg den myndighed, der skal gøre det.")
        day = check.day("due_on", due_on)
        if day and day < ctx.today:
            check.wrong("due_on", "Datoen er passeret. Vælg en dag fra i dag og frem.")
        if owner in owners - {ctx.actor.authority, *(reader.authority_id for reader in readers)}:
            name = ctx.catalogue.authority_name(owner)
            check.wrong("readers", f"Sæt også kryds ved {name}, så de kan læse, hvad de skal gøre.")
        item = _seal(ctx, writing, check, "decision", written, readers, purpose, necessity, terms)
        if day is None:
            raise LookupError("checked, and not there")
        decision = Decision(
            id=new_id(),
            case_id=case_id,
            meeting_id=meeting_id,
            item_id=item.item.id,
            owner_authority=owner,
            due_at=end_of_day(day),
            decided_by=ctx.actor.staff_id,
            decided_at=ctx.now,
        )
        writing.add(decision)
        writing.objects.append(_ref(ctx.session.get_one(Meeting, meeting_id), case_id))
    return decision.id


def complete_decision(ctx: Context, *, case_id: UUID, decision_id: UUID, outcome: str = "done") -> None:
    """Note how it went with what one's own authority was to do (`OUTCOMES`). Conflict (done already), NotFound."""
    with ctx.gate.write_case(
        action=Action.DECISION_COMPLETE,
        case_id=case_id,
        event=Event.DECISION_COMPLETED,
        on=lambda rows: _task(ctx, rows, decision_id),
    ) as writing:
        decision = ctx.session.get_one(Decision, decision_id, populate_existing=True)
        if decision.done_at is not None:
            raise Conflict("Opgaven er allerede udført.")
        if outcome not in OUTCOMES:
            raise Conflict("Vælg, hvordan det gik.")
        decision.done_at, decision.done_by, decision.outcome = ctx.now, ctx.actor.staff_id, outcome
        writing.objects.append(ObjectRef("decision", str(decision.id), case_id, ctx.actor.authority))


def _seal(  # noqa: PLR0917 (what is sealed, and for whom)
    ctx: Context,
    writing: Writing,
    check: Checking,
    kind: str,
    text: str,
    readers: Sequence[ReaderChoice],
    purpose: str,
    necessity: str,
    terms: Terms,
) -> ItemRows:
    """Seal the text in the case and give it to the readers; refuses here what `check` found wrong so far."""
    rows = writing.case
    audience = check_audience(
        check, choosing(ctx, writing), readers=readers, purpose=purpose, necessity=necessity, terms=terms
    )
    check.done()
    item = writing.seal(case=rows.case, kind=kind, content={"text": text})
    if disclose_to(writing, audience, [item]):
        save_health_disclosure(writing, load_running(ctx, rows))
    return item


def _ref(meeting: Meeting, case_id: UUID) -> ObjectRef:
    """How the entry of a case names the meeting."""
    return ObjectRef("meeting", str(meeting.id), case_id, meeting.authority_id)


def _on(ctx: Context, rows: CaseRows, meeting_id: UUID) -> CaseResource | None:
    return rows.resource() if meeting_on_agenda(ctx, rows, meeting_id) else None


def _task(ctx: Context, rows: CaseRows, decision_id: UUID) -> DecisionResource | None:
    decision = ctx.session.get(Decision, decision_id)
    if decision is None or decision.case_id != rows.case.id:
        return None
    return decision_resource(rows.resource(), decision)


def _owners(ctx: Context, rows: CaseRows) -> tuple[Choice, ...]:
    authorities = dict.fromkeys(row.authority_id for row in rows.participants)
    return tuple(Choice(authority, ctx.catalogue.authority_name(authority)) for authority in authorities)
