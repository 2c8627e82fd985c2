"""Risk assessments: a checklist of the case's network answered, judged, sealed, and given to others as notes are.

An assessment is never changed; the next one is made when something changes, and the history is all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.rows import CaseRows, ItemRows
from casehub.audit import Event
from casehub.definitions.networks import Network
from casehub.definitions.risk import Checklist, Judgement
from casehub.services.assessment_views import KIND, AssessmentView, Lines, assessment_lines, assessment_views
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
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict, NotFound
from casehub.services.running import load_running
from casehub.services.taking_back import taking_back
from casehub.services.terms import NO_TERMS, Terms
from casehub.services.views import Choice, InformationOptions, ReaderOption

YES, NO, UNKNOWN = "ja", "nej", "ved-ikke"
AS_ANSWERED = "som-svarene"
LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class AssessmentsPage:
    """The assessments of a case that the reader may see, by checklist, and which checklists the network uses."""

    case_id: UUID
    case_number: str
    checklists: tuple[Checklist, ...]
    assessments: tuple[AssessmentView, ...]
    may_write: bool


@dataclass(frozen=True, slots=True)
class AssessmentForm:
    """What the form of an assessment needs. `version`: of the checklist it was drawn from, which an assessment begun keeps."""

    case_id: UUID
    case_number: str
    own_authority: str
    checklist: Checklist
    version: str
    readers: tuple[ReaderOption, ...]
    purposes: tuple[Choice, ...]
    information: InformationOptions


@dataclass(frozen=True, slots=True)
class AssessmentDisclosure:
    """What giving an assessment to more needs. `lines`: what it says; `readers_now`: who can read it already."""

    case_id: UUID
    case_number: str
    own_authority: str
    lines: Lines
    readers_now: tuple[str, ...]
    readers: tuple[ReaderOption, ...]
    purposes: tuple[Choice, ...]
    information: InformationOptions


@dataclass(frozen=True, slots=True)
class AssessmentInput:
    """An assessment as typed. `answers`: by item. `judgement`: AS_ANSWERED or the id of a higher level, with `reason`.

    Of a licensed tool only `level`, `on` (the day it was made) and `remark`.
    """

    answers: Mapping[str, str]
    judgement: str = AS_ANSWERED
    reason: str = ""
    level: str = ""
    on: str = ""
    remark: str = ""


def read_assessments(ctx: Context, *, case_id: UUID) -> AssessmentsPage:
    """The history. NotFound."""
    reading = ctx.gate.read_case(case_id=case_id, event=Event.CASE_READ, wanted=_assessments)
    network = ctx.catalogue.network(ctx.session, reading.rows.case)
    return AssessmentsPage(
        case_id=case_id,
        case_number=reading.rows.case.number,
        checklists=_used(ctx, network),
        assessments=assessment_views(ctx, reading, taking_back(ctx, reading)),
        may_write=ctx.gate.may(Action.ITEM_WRITE, reading.resource),
    )


def read_assessment_form(
    ctx: Context, *, case_id: UUID, checklist_id: str, version: str = ""
) -> AssessmentForm:
    """The form of a checklist the network uses, in the version it was begun with. Opens nothing. NotFound."""
    reading = ctx.gate.read_case(
        case_id=case_id,
        event=Event.CASE_READ,
        wanted=lambda _: (),
        there=lambda rows: checklist_id in ctx.catalogue.network(ctx.session, rows.case).risk,
    )
    case = reading.rows.case
    network = ctx.catalogue.network(ctx.session, case)
    checklist = _version(ctx, checklist_id, version)
    return AssessmentForm(
        case_id=case_id,
        case_number=case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        checklist=checklist,
        version=checklist.sha256.hex(),
        readers=reader_options(ctx, reading.rows, network),
        purposes=purpose_options(network),
        information=information_options(ctx, network),
    )


def write_assessment(
    ctx: Context,
    *,
    case_id: UUID,
    checklist_id: str,
    version: str,
    data: AssessmentInput,
    readers: Sequence[ReaderChoice] = (),
    purpose: str = "",
    necessity: str = "",
    terms: Terms = NO_TERMS,
) -> UUID:
    """Seal an assessment; without readers it stays with our own authority. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_case(
        action=Action.ITEM_WRITE, case_id=case_id, event=Event.ASSESSMENT_WRITTEN
    ) as writing:
        rows = writing.case
        network = ctx.catalogue.network(ctx.session, rows.case)
        if checklist_id not in network.risk:
            raise Conflict("Netværket bruger ikke den tjekliste.")
        checklist = _version(ctx, checklist_id, version)
        check = Checking()
        content = _check(ctx, check, checklist, data)
        audience = check_audience(
            check,
            choosing(ctx, writing),
            readers=readers,
            purpose=purpose,
            necessity=necessity,
            terms=terms,
        )
        check.done()
        item = writing.seal(case=rows.case, kind=KIND, content=content)
        if disclose_to(writing, audience, [item]):
            save_health_disclosure(writing, load_running(ctx, rows))
    return item.item.id


def preview_assessment(
    ctx: Context, *, case_id: UUID, checklist_id: str, version: str, data: AssessmentInput
) -> tuple[AssessmentForm, Lines]:
    """What an assessment would say, before it is sealed: the level with it. FormRefused, Conflict, NotFound."""
    form = read_assessment_form(ctx, case_id=case_id, checklist_id=checklist_id, version=version)
    check = Checking()
    content = _check(ctx, check, form.checklist, data)
    check.done()
    return form, assessment_lines(ctx, content)


def _check(ctx: Context, check: Checking, checklist: Checklist, data: AssessmentInput) -> dict[str, Any]:
    """What is sealed. Faults are on `item-<id>`, `judgement`, `reason`, `level`, `on` and `remark`."""
    sealed: dict[str, Any] = {
        "checklist": checklist.id,
        "sha256": checklist.sha256.hex(),
        "present": [item.id for item in checklist.items if data.answers.get(item.id) == YES],
        "unknown": [item.id for item in checklist.items if data.answers.get(item.id) == UNKNOWN],
        "raised_by": 0,
        "reason": "",
        "level": "",
        "on": "",
        "remark": check.text("remark", data.remark, longest=LONGEST_TEXT, required=False),
    }
    if not checklist.items:
        return sealed | _from_a_tool(ctx, check, checklist, data)
    for item in checklist.items:
        if data.answers.get(item.id) not in {YES, NO, UNKNOWN}:
            check.wrong(f"item-{item.id}", "Vælg ja, nej eller ved ikke.")
    judgement = _judged(check, checklist, sealed["present"], data)
    return sealed | ({"raised_by": judgement.steps, "reason": judgement.reason} if judgement else {})


def _from_a_tool(
    ctx: Context, check: Checking, checklist: Checklist, data: AssessmentInput
) -> dict[str, str]:
    check.choice("level", data.level, {level.id for level in checklist.levels}, "Vælg niveauet.")
    day = check.day("on", data.on)
    if day and day > ctx.today:
        check.wrong("on", "Datoen ligger i fremtiden. Skriv, hvornår vurderingen blev lavet.")
    return {"level": data.level, "on": day.isoformat() if day else ""}


def _judged(
    check: Checking, checklist: Checklist, present: Sequence[str], data: AssessmentInput
) -> Judgement | None:
    """What judgement adds, if anything."""
    if data.judgement in {"", AS_ANSWERED}:
        return None
    place, computed = checklist.place_of(data.judgement), checklist.computed(present)
    reason = check.text("reason", data.reason, longest=LONGEST_TEXT)
    if place is None:
        check.wrong("judgement", "Vælg et af niveauerne.")
    elif place <= computed:
        level = checklist.levels[computed].text
        check.wrong("judgement", f"Svarene giver {level}. Et fagligt skøn kan kun hæve niveauet.")
    elif reason:
        return Judgement(place - computed, reason)
    return None


def read_assessment_disclosure(ctx: Context, *, case_id: UUID, item_id: UUID) -> AssessmentDisclosure:
    """The form for giving an own assessment to more. NotFound if it is not ours, or not there."""

    def own(rows: CaseRows) -> tuple[ItemRows, ...]:
        return own_item(ctx, rows, item_id, KIND)

    reading = ctx.gate.read_case(
        case_id=case_id, event=Event.CASE_READ, wanted=own, there=lambda rows: bool(own(rows))
    )
    network = ctx.catalogue.network(ctx.session, reading.rows.case)
    [rows], name = reading.items, ctx.catalogue.authority_name
    return AssessmentDisclosure(
        case_id=case_id,
        case_number=reading.rows.case.number,
        own_authority=name(ctx.actor.authority),
        lines=assessment_lines(ctx, reading.content[item_id]),
        readers_now=tuple(sorted(name(reader) for reader in rows.readers)),
        readers=reader_options(ctx, reading.rows, network),
        purposes=purpose_options(network),
        information=information_options(ctx, network),
    )


def disclose_assessment(
    ctx: Context,
    *,
    case_id: UUID,
    item_id: UUID,
    readers: Sequence[ReaderChoice],
    purpose: str,
    necessity: str,
    terms: Terms = NO_TERMS,
) -> None:
    """Give an assessment our own authority made to more. FormRefused; Conflict (recalled); NotFound as above."""
    disclose_item(
        ctx,
        case_id=case_id,
        item_id=item_id,
        kind=KIND,
        readers=readers,
        purpose=purpose,
        necessity=necessity,
        terms=terms,
    )


def _assessments(rows: CaseRows) -> tuple[ItemRows, ...]:
    return tuple(found for found in rows.items if found.item.kind == KIND)


def _used(ctx: Context, network: Network) -> tuple[Checklist, ...]:
    """Those in force of the checklists that the case's version of the network names."""
    current = ctx.catalogue.current.checklists
    return tuple(current[each] for each in network.risk if each in current)


def _version(ctx: Context, checklist_id: str, version: str) -> Checklist:
    """The version a form was drawn from; the one in force where none is named."""
    current = ctx.catalogue.current.checklists.get(checklist_id)
    try:
        asked = bytes.fromhex(version)
    except ValueError:
        asked = b""
    kept = ctx.catalogue.checklist(ctx.session, checklist_id=checklist_id, sha256=asked) if asked else current
    if kept is None:
        raise Conflict("Tjeklisten findes ikke mere. Begynd forfra.") if current else NotFound
    return kept
