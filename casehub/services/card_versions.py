"""Moving a running case to the version of its card that is in force: what would change is shown first, and nothing happens by itself.

The engine says what becomes of the run, and refuses what it cannot carry; network and calendar follow the card. Steps that the new
version does not have are dropped: their rows stay, and no case is loaded with them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.definitions.cards import Card, Mover
from casehub.definitions.cards import Step as CardStep
from casehub.model import Case, Step
from casehub.services.card_pages import describe_step
from casehub.services.catalogue import Versions
from casehub.services.context import Context
from casehub.services.errors import Conflict, NotFound
from casehub.services.running import load_running, save_run
from casehub.workflow.engine import Run, StepRefused, StepRun
from casehub.workflow.renewing import Renewal, renew

DROPPED = "dropped"
Told = Mapping[str, tuple[object, str]]  # by label: the data, and its words
_CHANGED = "Der er kommet en anden udgave af kortet, siden du åbnede siden. Se, hvad der ændrer sig nu."
_MOVERS = {
    Mover.PARTY: "den, hvis trin det er",
    Mover.COORDINATOR: "tovholderen",
    Mover.LEADER: "lederen",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about a step that changes, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedStep:
    """A step of both versions that differs."""

    number: int
    title: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class MovedDeadline:
    """A deadline of an open step that would be another. None: none."""

    title: str
    whose: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class CardVersionView:
    """What moving the case would change. `version`: which one is looked at. `refused`: why it cannot be moved; then there are no consequences.

    `added`, `gone`: titles of steps; `again`: of settled steps that begin again; `settled`: how many stay as they are.
    """

    case_id: UUID
    case_number: str
    card_name: str
    version: str
    newer: bool
    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[ChangedStep, ...]
    network_changed: bool
    calendar_changed: bool
    refused: tuple[str, ...]
    settled: int
    again: tuple[str, ...]
    dropped: tuple[str, ...]
    deadlines: tuple[MovedDeadline, ...]


def read_newer_card(ctx: Context, *, case_id: UUID) -> CardVersionView:
    """What would change if the case followed the version in force. NotFound."""
    reading = ctx.gate.read_case(
        case_id=case_id, event=Event.CASE_READ, wanted=lambda _: (), action=Action.CASE_RENEW_CARD
    )
    case = reading.rows.case
    versions = _in_force(ctx, case)
    running = load_running(ctx, reading.rows)
    run = running.run
    renewal, refused = _tried(ctx, run, versions)
    again, dropped = (renewal.again, renewal.dropped) if renewal else ((), ())
    return CardVersionView(
        case_id=case_id,
        case_number=case.number,
        card_name=versions.card.name,
        version=_version(versions),
        newer=ctx.catalogue.has_newer(case),
        added=_titles(versions.card, without=run.card),
        gone=_titles(run.card, without=versions.card),
        changed=tuple(_changed(run.card, versions.card)),
        network_changed=case.network_sha != versions.network.sha256,
        calendar_changed=case.calendar_sha != versions.calendar_sha,
        refused=refused,
        settled=sum(part.status.is_settled for part in run.steps) - len(again),
        again=_of_parts(ctx, run.card, again),
        dropped=_of_parts(ctx, run.card, dropped),
        deadlines=tuple(_deadlines(ctx, run, renewal.run)) if renewal else (),
    )


def renew_card(ctx: Context, *, case_id: UUID, version: str) -> None:
    """Move the case. `version`: the one that was looked at. Conflict if that is not in force or cannot be carried; NotFound."""
    with ctx.gate.write_case(
        action=Action.CASE_RENEW_CARD, case_id=case_id, event=Event.CASE_CARD_RENEWED
    ) as writing:
        case, versions = writing.case.case, _in_force(ctx, writing.case.case)
        if _version(versions) != version or not ctx.catalogue.has_newer(case):
            raise Conflict(_CHANGED)
        running = load_running(ctx, writing.case)
        try:
            renewal = _renewed(ctx, running.run, versions)
        except StepRefused as problem:
            raise Conflict(" ".join(problem.reasons)) from problem
        writing.detail.update(before=case.card_sha.hex(), after=versions.card.sha256.hex())
        case.network_sha, case.card_sha, case.calendar_sha = versions.shas
        before = ctx.session.scalars(select(Step).where(Step.case_id == case_id, Step.state == DROPPED)).all()
        _drop(writing.case.steps, renewal.dropped)
        save_run(
            writing,
            case=case,
            before=running.run,
            after=renewal.run,
            steps=(*writing.case.steps, *before),
            participants=writing.case.participants,
            calendar=ctx.catalogue.calendar(ctx.session, case),
        )


def _in_force(ctx: Context, case: Case) -> Versions:
    versions = ctx.catalogue.in_force(case)
    if versions is None:
        raise NotFound
    return versions


def _version(versions: Versions) -> str:
    return b"".join(versions.shas).hex()


def _renewed(ctx: Context, run: Run, versions: Versions) -> Renewal:
    calendar = ctx.catalogue.calendar_named(versions.card.calendar)
    return renew(run, versions.card, at=ctx.now, calendar=calendar)


def _tried(ctx: Context, run: Run, versions: Versions) -> tuple[Renewal | None, tuple[str, ...]]:
    try:
        return _renewed(ctx, run, versions), ()
    except StepRefused as problem:
        return None, problem.reasons


def _drop(rows: tuple[Step, ...], parts: tuple[StepRun, ...]) -> None:
    """Nobody is told of these any more."""
    dropped = {part.identity for part in parts}
    for row in rows:
        if (row.key, row.party, row.round or 1) in dropped:
            row.state = DROPPED
            row.due_at = row.target_at = row.next_notice = row.next_notice_at = None


def _titles(card: Card, *, without: Card) -> tuple[str, ...]:
    others = {step.key for step in without.steps}
    return tuple(f"{step.number}. {step.title}" for step in card.steps if step.key not in others)


def _of_parts(ctx: Context, card: Card, parts: tuple[StepRun, ...]) -> tuple[str, ...]:
    return tuple(
        f"{card.step(part.key).title}{f' ({ctx.catalogue.authority_name(part.party)})' if part.party else ''}"
        for part in parts
    )


def _changed(old: Card, new: Card) -> Iterator[ChangedStep]:
    before = {step.key: _told(old, step) for step in old.steps}
    for step in new.steps:
        if step.key in before and (found := tuple(_differences(before[step.key], _told(new, step)))):
            yield ChangedStep(step.number, step.title, found)


def _differences(before: Told, after: Told) -> Iterator[Difference]:
    for label, (data, words) in before.items():
        data_now, words_now = after[label]
        if data != data_now:
            same = words == words_now  # answers to choose from, or hints
            yield Difference(
                label, words or "Ingen", "Andre svar eller hjælpetekster" if same else words_now or "Ingen"
            )


def _told(card: Card, step: CardStep) -> Told:
    """What a person would notice about a step: as data, so that another number of another step is no difference, and in words."""
    view = describe_step(card, step)
    deadlines = "; ".join(f"{each.label}: {each.rule} ({each.force})" for each in view.deadlines)
    return {
        "Navn": (step.title, step.title),
        "Skal eller kan": ((step.kind, step.gate), _kind(step)),
        "Hvem": ((step.party, step.each_of, step.role), f"{view.who}. {view.role}"),
        "Frist": ((step.target, step.deadline, step.catch_up), deadlines),
        "Hvem får besked om fristen": (view.overdue, view.overdue),
        "Hvem må flytte fristen": ((step.may_extend, step.may_suspend), _movers(step)),
        "Venter på": (frozenset(step.requires), _names(card, step)),
        "Gælder": ((step.when, step.discretionary, step.repeat_limit), ". ".join(view.when)),
        "Grundlag": (step.basis, step.basis),
        "Skrives op": (step.evidence, "; ".join(view.evidence)),
    }


def _kind(step: CardStep) -> str:
    return f"{step.kind.value}{', port' if step.gate else ''}"


def _movers(step: CardStep) -> str:
    said = (("forlænge", step.may_extend), ("sætte i bero", step.may_suspend))
    return "; ".join(f"{what}: {', '.join(_MOVERS[one] for one in who)}" for what, who in said if who)


def _names(card: Card, step: CardStep) -> str:
    return ", ".join(f"»{card.step(key).title}«" for key in step.requires)


def _deadlines(ctx: Context, before: Run, after: Run) -> Iterator[MovedDeadline]:
    """Open steps that had, or would have, another deadline."""
    was = {part.identity: part.due_at for part in before.steps}
    for part in after.steps:
        if not part.status.is_settled and part.identity in was and part.due_at != was[part.identity]:
            whose = ctx.catalogue.authority_name(part.responsible) if part.responsible else ""
            yield MovedDeadline(after.card.step(part.key).title, whose, was[part.identity], part.due_at)
