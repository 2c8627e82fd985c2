"""From an opened case to what its page shows. Everything here was decided and recorded before it arrived."""

from collections.abc import Mapping
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.gate import Content, Reading
from casehub.access.resources import StepResource
from casehub.access.rows import ItemRows, step_resource
from casehub.definitions.cards import Step as CardStep
from casehub.definitions.cards import StepKind
from casehub.definitions.networks import Network
from casehub.model import Disclosure, Step
from casehub.services.acute import acute_calls
from casehub.services.assessment_views import assessment_views
from casehub.services.audience import PROMPTED
from casehub.services.contacts import case_contacts
from casehub.services.context import Context
from casehub.services.erasing_views import HoldView, OthersErasure
from casehub.services.evidence import evidence_lines, outcome_text
from casehub.services.file_views import FileView
from casehub.services.item_words import ITEM_WORDS
from casehub.services.person_views import IdentityView, reach_of
from casehub.services.running import Running, load_running
from casehub.services.taking_back import NO_OFFERS, Offers, taking_back
from casehub.services.tasks_given import case_decisions, case_meetings
from casehub.services.views import (
    CaseView,
    DisclosureView,
    NoteView,
    StepView,
    WithdrawnView,
)
from casehub.services.wording import deadline_text, state_text
from casehub.values.file_name import safe_name
from casehub.workflow.engine import owed, reasons


def build_case_view(ctx: Context, reading: Reading) -> CaseView:
    """The whole page."""
    case, resource = reading.rows.case, reading.resource
    network = ctx.catalogue.network(ctx.session, case)
    running = load_running(ctx, reading.rows)
    may, offers = ctx.gate.may, taking_back(ctx, reading)
    return CaseView(
        id=case.id,
        number=case.number,
        network=case.network,
        network_name=network.name,
        kommune=ctx.catalogue.kommune_name(case.kommune),
        acute=case.acute,
        state=case.state,
        state_text=state_text(case.state),
        opened_at=case.opened_at,
        meeting_at=case.meeting_at,
        responsible=ctx.catalogue.authority_name(case.responsible_authority)
        if case.responsible_authority
        else None,
        closed_at=case.closed_at,
        deletion_on=case.deletion_on,
        participants=tuple(ctx.catalogue.unit_name(row.unit_id) for row in reading.rows.participants),
        identity=identity_view(reading),
        referral=_referral(reading, network),
        card=case.card if case.card in ctx.catalogue.current.cards else None,
        steps=step_views(ctx, reading, running, offers),
        notes=tuple(
            note_view(ctx, reading, rows, content, network, offers)
            for rows, content in reading.of_kind("note")
        ),
        withdrawn=_withdrawn(ctx, reading),
        files=tuple(
            file_view(ctx, reading, rows, content, network, offers)
            for rows, content in reading.of_kind("file")
        ),
        disclosures=tuple(
            _disclosure(ctx, reading, row, network, offers) for row in reading.rows.disclosures
        ),
        contacts=case_contacts(ctx, reading.rows),
        acute_calls=acute_calls(ctx, reading.rows),
        may_note_answer=may(Action.CASE_NOTE_ANSWER, resource),
        assessments=assessment_views(ctx, reading, offers),
        assessable=bool(network.risk),
        may_triage=may(Action.CASE_TRIAGE, resource),
        may_share=may(Action.CASE_SHARE, resource),
        newer_card=may(Action.CASE_RENEW_CARD, resource) and ctx.catalogue.has_newer(case),
        may_write=may(Action.ITEM_WRITE, resource),
        may_record_disclosure=may(Action.DISCLOSURE_RECORD, resource),
        may_export=may(Action.CASE_EXPORT, resource),
        may_hold=may(Action.CASE_HOLD, resource),
        may_exclude=may(Action.CASE_EXCLUDE, resource),
        glass_until=glass.ends_at if (glass := ctx.actor.glass(case.id)) else None,
        hold=hold_view(reading),
        erased_by_others=_erased_by_others(ctx, reading),
        meetings=case_meetings(ctx, reading.rows),
        decisions=case_decisions(ctx, reading),
    )


def hold_view(reading: Reading) -> HoldView | None:
    """The slettestop of the reader's authority, if one stands."""
    hold = reading.rows.standing_hold
    if hold is None:
        return None
    reason = reading.content.get(hold.reason_item, _NOTHING)
    return HoldView(reason.get("text", ""), hold.set_at, _name(reading, hold.set_by))


def _erased_by_others(ctx: Context, reading: Reading) -> tuple[OthersErasure, ...]:
    """Who else erased; whoever was given something by them is to consider the own copy."""
    givers = {row.from_authority for row in reading.rows.disclosures}
    return tuple(
        OthersErasure(
            ctx.catalogue.authority_name(event.by_authority), event.at, event.by_authority in givers
        )
        for event in reading.rows.events
        if event.name == "case.erased"
    )


def identity_view(reading: Reading) -> IdentityView | None:
    """The citizen, or None where the identity was not granted to the reader's authority."""
    for _, content in reading.of_kind("identity"):
        return IdentityView(
            name=content["name"],
            cpr=content["cpr"],
            reach=reach_of(content, next((held for _, held in reading.of_kind("whereabouts")), {})),
            cvr=content.get("cvr", ""),
        )
    return None


def step_views(
    ctx: Context, reading: Reading, running: Running, offers: Offers = NO_OFFERS
) -> tuple[StepView, ...]:
    """All steps, in the card's order, each party's part by itself."""
    rows = sorted(
        reading.rows.steps, key=lambda row: (running.step_of(row).number, row.party or "", row.round or 1)
    )
    resources = [as_resource(reading, running, row) for row in rows]
    may = ctx.gate.policies.decide_each(ctx.actor, Action.STEP_COMPLETE, resources)
    views = [
        _step(ctx, reading, running, row, offers, allowed=decision.allowed)
        for row, decision in zip(rows, may, strict=True)
    ]
    shown = {view.key for view in views}
    views += [_to_come(reading, step) for step in running.card.steps if step.key not in shown]
    return tuple(sorted(views, key=lambda view: view.number))


def as_resource(reading: Reading, running: Running, row: Step) -> StepResource:
    """A step row as Cedar sees it."""
    return step_resource(reading.resource, row, running.step_of(row))


def _step(
    ctx: Context, reading: Reading, running: Running, row: Step, offers: Offers, *, allowed: bool
) -> StepView:
    step = running.step_of(row)
    recall = reading.rows.recall_of(row.evidence_item) if row.evidence_item else None
    why_not = reasons(running.run, key=row.key, party=row.party)
    return StepView(
        id=row.id,
        number=step.number,
        key=step.key,
        title=step.title,
        optional=step.kind is StepKind.MAY,
        responsible=ctx.catalogue.authority_name(row.responsible_authority),
        role=step.role,
        state=row.state,
        due_at=row.due_at,
        overdue=row.state == "ready" and row.due_at is not None and row.due_at < ctx.now,
        done_at=row.done_at,
        deadline_text=deadline_text(step.deadline_in(acute=reading.rows.case.acute)),
        basis=step.basis,
        reasons=why_not if row.state == "waiting" else (),
        can_complete=allowed and row.state == "ready",
        outcome_text=outcome_text(step, row.outcome),
        evidence=_evidence(ctx, reading, step, row),
        version=row.version,
        effect=step.effect,
        taking_back=offers.get(row.evidence_item) if row.evidence_item else None,
        withdrawn_at=recall.at if recall else None,
        kind=step.kind.value,
        round=row.round or 1,
        target_at=row.target_at,
        suspended_until=row.suspended_until
        if row.suspended_until and row.suspended_until > ctx.now
        else None,
        assigned=_name_of(reading, row.assigned_to),
        on_demand=step.discretionary
        and f"add.{row.key}" not in {event.name for event in reading.rows.events},
        owed=any(part.identity == (row.key, row.party, row.round or 1) for part in owed(running.run)),
    )


def _name_of(reading: Reading, staff_id: UUID | None) -> str | None:
    person = reading.rows.people.get(staff_id) if staff_id else None
    return person.name if person else None


def _to_come(reading: Reading, step: CardStep) -> StepView:
    """A step of each party, before there are parties: no row yet, so nothing to open or do."""
    return StepView(
        id=NO_STEP,
        number=step.number,
        key=step.key,
        title=step.title,
        optional=step.kind is StepKind.MAY,
        responsible="Hver part",
        role=step.role,
        state="waiting",
        due_at=None,
        overdue=False,
        done_at=None,
        deadline_text=deadline_text(step.deadline_in(acute=reading.rows.case.acute)),
        basis=step.basis,
        reasons=("Kommer, når parterne er valgt.",),
        can_complete=False,
        outcome_text=None,
        evidence=(),
        version=0,
        effect=step.effect,
        kind=step.kind.value,
    )


def _evidence(ctx: Context, reading: Reading, step: CardStep, row: Step) -> tuple[tuple[str, str], ...]:
    content = reading.content.get(row.evidence_item) if row.evidence_item else None
    return evidence_lines(ctx.catalogue, step, content) if content else ()


def _referral(reading: Reading, network: Network) -> tuple[tuple[str, str], ...]:
    for _, content in reading.of_kind("referral"):
        indicators = {option.id: option.text for option in network.indicators}
        texts = {option.id: option.text for option in (*network.sources, *network.purposes)}
        seen = "\n".join(indicators.get(key, key) for key in content["indicators"])
        return (
            ("Bekymring", content["concern"]),
            *((("Kendetegn", seen),) if seen else ()),
            ("Kilde", texts.get(content["source"]) or "–"),
            ("Formål", texts.get(content["purpose"]) or "–"),
            ("Hvorfor det er nødvendigt", content["necessity"]),
        )
    return ()


def note_view(  # noqa: PLR0917 (what it is made of, and for whom)
    ctx: Context,
    reading: Reading,
    rows: ItemRows,
    content: Content,
    network: Network,
    offers: Offers = NO_OFFERS,
) -> NoteView:
    """An opened note as its reader sees it."""
    item = rows.item
    return NoteView(
        id=item.id,
        text=content["text"],
        owner=ctx.catalogue.authority_name(item.authority_id),
        own=item.authority_id == ctx.actor.authority,
        author=_name(reading, item.created_by),
        created_at=item.created_at,
        readers=_readers(ctx, rows),
        disclosed_on=_disclosed_on(ctx, reading, rows, network),
        taking_back=offers.get(item.id),
    )


def _withdrawn(ctx: Context, reading: Reading) -> tuple[WithdrawnView, ...]:
    """What others took back from us, and whose necessity notes went with it."""
    return tuple(
        WithdrawnView(
            row.kind,
            ITEM_WORDS[row.kind].a.capitalize(),
            ctx.catalogue.authority_name(row.authority_id),
            row.at,
        )
        for row in reading.rows.recalls
        if row.kind in ITEM_WORDS and row.authority_id != ctx.actor.authority
    )


def file_view(  # noqa: PLR0917 (as of a note)
    ctx: Context,
    reading: Reading,
    rows: ItemRows,
    content: Content,
    network: Network,
    offers: Offers = NO_OFFERS,
) -> FileView:
    """A file as its reader sees it, its bytes unopened. Its name was given by another's node, and is made safe again."""
    item = rows.item
    return FileView(
        id=item.id,
        name=safe_name(content["name"]),
        type=content["type"],
        size=content["size"],
        description=content["description"],
        owner=ctx.catalogue.authority_name(item.authority_id),
        own=item.authority_id == ctx.actor.authority,
        author=_name(reading, item.created_by),
        created_at=item.created_at,
        readers=_readers(ctx, rows),
        disclosed_on=_disclosed_on(ctx, reading, rows, network),
        taking_back=offers.get(item.id),
    )


def _readers(ctx: Context, rows: ItemRows) -> tuple[str, ...]:
    """Names of the authorities that can open an item, its owner's among them."""
    readers = rows.readers | {rows.item.authority_id}
    return tuple(sorted({ctx.catalogue.authority_name(reader) for reader in readers}))


def _disclosed_on(ctx: Context, reading: Reading, rows: ItemRows, network: Network) -> str | None:
    """The basis on which the reader's authority was given an item; None for its own."""
    received = rows.grant_to(ctx.actor.authority)
    disclosures = {row.id: row for row in reading.rows.disclosures}
    disclosure = disclosures.get(received.disclosure_id) if received and received.disclosure_id else None
    return network.basis(disclosure.basis).text if disclosure else None


def _disclosure(
    ctx: Context, reading: Reading, row: Disclosure, network: Network, offers: Offers
) -> DisclosureView:
    purposes = {option.id: option.text for option in network.purposes}
    kinds = {kind.id: kind.text for kind in network.information}
    said = reading.content.get(row.content_item) if row.content_item else None
    necessity = reading.content.get(row.necessity_item, _NOTHING)
    recall = reading.rows.recall_of(row.necessity_item)
    return DisclosureView(
        id=row.id,
        from_name=ctx.catalogue.authority_name(row.from_authority),
        to_name=ctx.catalogue.authority_name(row.to_authority),
        oral=row.form == "oral",
        basis=network.basis(row.basis).text,
        purpose=purposes.get(row.purpose, row.purpose),
        necessity=necessity.get("text", ""),
        content=said["text"] if said else None,
        happened_at=row.happened_at,
        recorded_at=row.recorded_at,
        by=_name(reading, row.by_staff),
        recalled_at=recall.at if recall else None,
        taking_back=offers.get(row.content_item) if row.content_item else None,
        own=row.from_authority == ctx.actor.authority,
        information=", ".join(kinds[each] for each in row.information or () if each in kinds),
        prompted=PROMPTED.get(row.prompted or "", ""),
        consent_over=_consent_over(ctx, reading, row),
    )


def _consent_over(ctx: Context, reading: Reading, row: Disclosure) -> str:
    consent = next((each for each in reading.rows.consents if each.id == row.consent_id), None)
    if consent is None or consent.in_force(ctx.now):
        return ""
    return "samtykket er trukket tilbage" if consent.ended_by else "samtykket er udløbet"


def _name(reading: Reading, staff_id: UUID) -> str:
    staff = reading.rows.people.get(staff_id)
    return staff.name if staff else "–"


NO_STEP = UUID(int=0)
_NOTHING: Mapping[str, str] = {}
