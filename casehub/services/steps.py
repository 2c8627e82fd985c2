"""The steps of a running card: reading one, completing it, recording it as not needed.

What completing a step does besides is its effect, named by the card: triage, meeting, appoint, plan, close. The
engine says whether it can be done; the gate says whether this person may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.gate import Reading
from casehub.access.resources import StepResource
from casehub.access.rows import CaseRows, ItemRows, step_resource
from casehub.access.writing import Writing
from casehub.audit import Event as LogEvent
from casehub.audit import ObjectRef
from casehub.definitions.card_checks import EFFECT_DATES
from casehub.definitions.cards import Step as CardStep
from casehub.definitions.networks import Network
from casehub.model import Case, Step
from casehub.services.audience import (
    ReaderChoice,
    check_audience,
    choosing,
    disclose_to,
    information_options,
    note_health_disclosure,
    purpose_options,
    reader_options,
)
from casehub.services.case_view import step_views
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict, FormRefused
from casehub.services.evidence import LONGEST_TEXT, Value, check_evidence, day_of, outcome_of
from casehub.services.invitations import link_minutes, suggested_for_minutes
from casehub.services.running import Running, load_running, own_parties, save_run
from casehub.services.tasks_given import actions_of_plans, give_actions, plan_items, planned_before
from casehub.services.terms import NO_TERMS, Terms
from casehub.services.views import Choice, StepForm
from casehub.workflow.calendar import COPENHAGEN, add_months, end_of_day
from casehub.workflow.engine import (
    Event,
    Run,
    StepRefused,
    StepStatus,
    appoint,
    complete,
    is_closed,
    join,
    occur,
    skip,
)

SHARED_EFFECTS = frozenset({"meeting", "appoint", "plan", "status", "close"})
_TOO_LATE = (
    "Trinnet er ændret, siden du åbnede det: {name} nåede det først. Det, du skrev, står her endnu. "
    "Se, hvad der er gemt, og skriv kun det, der mangler, i et notat."
)


@dataclass(frozen=True, slots=True)
class Deed:
    """A step being completed: its row, its definition, what was written and the answer."""

    row: Step
    step: CardStep
    content: Mapping[str, Any]
    outcome: str | None


def read_step(ctx: Context, *, case_id: UUID, step_id: UUID) -> StepForm:
    """The form of a step, with what was written if it is done. NotFound."""
    reading = ctx.gate.read_case(
        case_id=case_id,
        event=LogEvent.STEP_READ,
        wanted=lambda rows: _evidence_of(ctx, rows, step_id),
        there=lambda rows: any(row.id == step_id for row in rows.steps),
    )
    running = load_running(ctx, reading.rows)
    view = next(view for view in step_views(ctx, reading, running) if view.id == step_id)
    step = running.card.step(view.key)
    network = ctx.catalogue.network(ctx.session, reading.rows.case)
    return StepForm(
        case_id=case_id,
        case_number=reading.rows.case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        step=view,
        fields=step.evidence,
        parties=_parties(ctx, reading),
        help=step.help,
        readers=() if step.own_track else reader_options(ctx, reading.rows, network),
        readers_preselected=step.effect in SHARED_EFFECTS,
        purposes=purpose_options(network),
        information=information_options(ctx, network),
        actions=actions_of_plans(ctx, reading) if step.effect == "status" else (),
        suggested=suggested_for_minutes(ctx, reading.rows, network) if step.effect == "meeting" else {},
    )


def complete_step(
    ctx: Context,
    *,
    case_id: UUID,
    step_id: UUID,
    version: int,
    values: Mapping[str, Value],
    readers: Sequence[ReaderChoice] = (),
    purpose: str = "",
    necessity: str = "",
    terms: Terms = NO_TERMS,
) -> str | None:
    """Complete a step; its effect. FormRefused, Conflict (someone was faster), NotFound."""
    with ctx.gate.write_case(
        action=Action.STEP_COMPLETE,
        case_id=case_id,
        event=LogEvent.STEP_COMPLETED,
        on=lambda rows: _resource(ctx, rows, step_id),
    ) as writing:
        running, row = _open_row(ctx, writing, step_id, version)
        step = running.step_of(row)
        network = ctx.catalogue.network(ctx.session, writing.case.case)
        check = Checking()
        fields = check_evidence(
            check, step, values, {part.authority_id for part in writing.case.participants}
        )
        if step.own_track and readers:
            check.wrong(
                "readers", "Det, der står her, bliver hos din egen myndighed og kan ikke videregives."
            )
        deed = Deed(row, step, fields, outcome_of(step, fields))
        _check_effect(check, writing, network, deed)
        audience = check_audience(
            check,
            choosing(ctx, writing),
            readers=readers,
            purpose=purpose,
            necessity=necessity,
            terms=terms,
        )
        check.done()
        after = _advance(writing, running, deed)
        if _opens(deed):
            own = own_parties(ctx, writing.case.case, running.card)
            after = join(after, own, at=ctx.now, calendar=running.calendar)
        if fields:
            written = {"step": step.key, "fields": fields, **_repeated(ctx, writing, step)}
            evidence = writing.seal(case=writing.case.case, kind="evidence", content=written)
            row.evidence_item = evidence.item.id
            if step.effect == "plan":
                give_actions(writing, evidence, fields.get("actions", ()))  # none where no plan was wanted
            if step.effect == "meeting":
                link_minutes(writing, evidence.item.id, day_of(fields, "held_on"))
            if disclose_to(writing, audience, [evidence]):
                after = note_health_disclosure(writing, running, after)
        _finish(writing, running, after, row)
    return step.effect


def _repeated(ctx: Context, writing: Writing, step: CardStep) -> dict[str, str]:
    """That a plan is made again within twelve months: a sign that the help does not hold. Sealed with it, and on record."""
    before = planned_before(ctx, writing) if step.effect == "plan" else None
    if before is None:
        return {}
    writing.detail["plan"] = "repeated"
    return {"planned_before": before.isoformat()}


def skip_step(ctx: Context, *, case_id: UUID, step_id: UUID, version: int, reason: str) -> None:
    """Record a KAN step as not needed, with a sealed reason. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_case(
        action=Action.STEP_COMPLETE,
        case_id=case_id,
        event=LogEvent.STEP_SKIPPED,
        on=lambda rows: _resource(ctx, rows, step_id),
    ) as writing:
        running, row = _open_row(ctx, writing, step_id, version)
        check = Checking()
        text = check.text("_reason", reason, longest=LONGEST_TEXT)
        check.done()
        try:
            after = skip(running.run, key=row.key, party=row.party, at=ctx.now, calendar=running.calendar)
        except StepRefused as refused:
            raise FormRefused({"_reason": " ".join(refused.reasons)}) from refused
        content = {"step": row.key, "fields": {}, "not_needed": text}
        row.evidence_item = writing.seal(case=writing.case.case, kind="evidence", content=content).item.id
        _finish(writing, running, after, row)


def _open_row(ctx: Context, writing: Writing, step_id: UUID, version: int) -> tuple[Running, Step]:
    """The step as the form knew it. Conflict if someone was faster."""
    rows = writing.case
    row = next(row for row in rows.steps if row.id == step_id)
    if row.version != version or StepStatus(row.state).is_settled:
        staff = rows.people.get(row.done_by) if row.done_by else None
        raise Conflict(_TOO_LATE.format(name=staff.name if staff else "en anden"))
    writing.objects.append(ObjectRef("step", str(row.id), rows.case.id))
    return load_running(ctx, rows), row


def _advance(writing: Writing, running: Running, deed: Deed) -> Run:
    """The run after the step and its effect, or FormRefused with the engine's reasons."""
    run, calendar = running.run, running.calendar
    try:
        run = complete(
            run,
            key=deed.row.key,
            party=deed.row.party,
            at=writing.now,
            outcome=deed.outcome,
            calendar=calendar,
        )
        return _effect(writing, run, running, deed)
    except StepRefused as refused:
        raise FormRefused({"_step": " ".join(refused.reasons)}) from refused


def _opens(deed: Deed) -> bool:
    """Whether the tovholder takes the case up by this."""
    return deed.step.effect == "triage" and deed.outcome == "accept"


def _effect(writing: Writing, run: Run, running: Running, deed: Deed) -> Run:
    case, calendar = writing.case.case, running.calendar
    if deed.step.effect == "triage":
        if deed.outcome != "accept":
            case.state = "redirected" if deed.outcome == "redirect" else "rejected"
            case.closed_at = writing.now
            return run
        case.state = "open"
        return _agree(case, run, running, deed)
    if deed.step.effect == "meeting":
        return _agree(case, run, running, deed)
    if deed.step.effect == "appoint":
        case.responsible_authority = deed.content["party"]
        return appoint(run, deed.content["party"], at=writing.now, calendar=calendar)
    if deed.step.effect == "close" and is_closed(run):  # where several must agree, the last of them closes it
        case.state, case.closed_at = "closed", writing.now
        case.deletion_on = day_of(deed.content, "deletion_on")
    return run


def _agree(case: Case, run: Run, running: Running, deed: Deed) -> Run:
    """A meeting is agreed, where the form asks for one and a day was given; else none is any more."""
    field, event = EFFECT_DATES[deed.step.effect or ""]
    if not deed.content.get(field):
        case.meeting_at = None
        return run
    case.meeting_at = end_of_day(day_of(deed.content, field))
    return occur(run, Event(event, case.meeting_at), calendar=running.calendar)


def _check_effect(check: Checking, writing: Writing, network: Network, deed: Deed) -> None:
    """Dates that must lie ahead, or not too far; and nothing required may be left open at closure."""
    today = writing.now.astimezone(COPENHAGEN).date()
    content, effect = deed.content, deed.step.effect
    if effect == "triage" and deed.outcome == "accept":
        _ahead(check, "meeting_on", content, today)
    if effect == "meeting":
        _ahead(check, "next_meeting", content, today)
        if content["held_on"] and date.fromisoformat(content["held_on"]) > today:
            check.wrong("held_on", "Mødet er ikke holdt endnu. Skriv den dag, det blev holdt.")
    if effect == "close" and content["deletion_on"]:
        day = date.fromisoformat(content["deletion_on"])
        latest = add_months(today, network.retention_months)
        if not today < day <= latest:
            check.wrong(
                "deletion_on",
                f"Vælg en dag efter i dag og senest {latest.day}.{latest.month}.{latest.year}, "
                f"{network.retention_months} måneder efter lukning.",
            )


def _ahead(check: Checking, field: str, content: Mapping[str, Any], today: date) -> None:
    if content.get(field) and date.fromisoformat(content[field]) < today:
        check.wrong(field, "Datoen er passeret. Vælg en dag fra i dag og frem.")


def _finish(writing: Writing, running: Running, after: Run, row: Step) -> None:
    row.done_by = writing.actor.staff_id
    save_run(
        writing,
        case=writing.case.case,
        before=running.run,
        after=after,
        steps=writing.case.steps,
        participants=writing.case.participants,
        calendar=running.calendar,
    )


def _resource(ctx: Context, rows: CaseRows, step_id: UUID) -> StepResource | None:
    row = next((row for row in rows.steps if row.id == step_id), None)
    if row is None:
        return None
    step = ctx.catalogue.card(ctx.session, rows.case).step(row.key)
    return step_resource(rows.resource(), row, step)


def _evidence_of(ctx: Context, rows: CaseRows, step_id: UUID) -> tuple[ItemRows, ...]:
    """What was written in the step; to tell how the plan goes, what was written in the others too."""
    row = next((row for row in rows.steps if row.id == step_id), None)
    if row is None:
        return ()
    effect = ctx.catalogue.card(ctx.session, rows.case).step(row.key).effect
    wanted = plan_items(rows) if effect == "status" else {row.evidence_item}
    return tuple(item for item in rows.items if item.item.id in wanted)


def _parties(ctx: Context, reading: Reading) -> tuple[Choice, ...]:
    authorities = dict.fromkeys(row.authority_id for row in reading.rows.participants)
    return tuple(Choice(authority, ctx.catalogue.authority_name(authority)) for authority in authorities)
