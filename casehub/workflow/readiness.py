"""Which steps apply, what holds them back, when they are due: everything about open steps that follows from what happened.

`derive` is a function of the run alone (settled steps, events, parties, roles, what people moved): applying it twice changes
nothing, and the order in which independent things were recorded does not matter. Called by the engine; nothing here completes a
step, but milestones are reached here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto

from casehub.definitions.cards import EACH, Deadline, Step, StepKind
from casehub.workflow.calendar import Calendar, due_at
from casehub.workflow.moments import begun, happened, moment
from casehub.workflow.run import APPOINTMENTS, CASE_CREATED, PARTIES_JOINED, Event, Run, StepRun, StepStatus

ROLES = frozenset({"referrer", "coordinator", "responsible"})
CLOSE = "close"


class Standing(Enum):
    """How a whole step stands to those after it: it holds them back, is settled, or stands aside (does not apply)."""

    OPEN = auto()
    SETTLED = auto()
    ASIDE = auto()


def is_closed(run: Run) -> bool:
    """Whether the card's closing step is done: nothing more can happen in the run."""
    return any(
        _standing(run, step) is Standing.SETTLED
        and any(part.status is StepStatus.DONE for part in run.parts(step.key))
        for step in run.card.steps
        if step.effect == CLOSE
    )


def missing_events(run: Run, step: Step, party: str | None) -> tuple[str, ...]:
    """The events that must happen before the step applies at all; empty: it applies."""
    names = (*step.when, *([added(step)] if step.discretionary else []))
    return tuple(name for name in names if not happened(run, name, party))


def added(step: Step) -> str:
    """The event that a discretionary step was added to the case."""
    return f"add.{step.key}"


def responsible_for(run: Run, step: Step, part: StepRun) -> str | None:
    """The authority whose step it is: who took it over, the part's party, the holder of a role, or the first party of a kind."""
    if part.handed_to is not None:
        return part.handed_to
    if step.party == EACH:
        return part.party
    if step.party in ROLES:
        return run.roles.get(step.party)
    return next((one.id for one in run.parties if one.kind == step.party), None)


def holders(run: Run, step: Step) -> tuple[str | None, ...]:
    """Whose parts a step has: one of nobody's own, or one per party that shares it."""
    if step.party != EACH:
        return (None,)
    return tuple(party.id for party in run.parties if not step.each_of or party.kind in step.each_of)


def _holds(run: Run, step: Step, part: StepRun) -> bool:
    """Whether an open part holds back what comes after: a KAN step that nobody in the case can do does not."""
    if part.status.is_settled or missing_events(run, step, part.party):
        return False
    return step.kind is not StepKind.MAY or responsible_for(run, step, part) is not None


def open_parts(run: Run, step: Step) -> tuple[StepRun, ...]:
    """The parts that apply and are not settled; for a shared step that lacks a party, one part of nobody's besides."""
    missing = (StepRun(key=step.key),) if run.lacks_a_party(step) else ()
    return tuple(part for part in (*run.parts(step.key), *missing) if _holds(run, step, part))


def _standing(run: Run, step: Step) -> Standing:
    if open_parts(run, step):
        return Standing.OPEN
    if any(part.status.is_settled for part in run.parts(step.key)):
        return Standing.SETTLED
    return Standing.ASIDE


def _directly_before(run: Run, step: Step) -> Iterator[Step]:
    """What the step requires, and every gate that stands before it in the card."""
    yield from (run.card.step(key) for key in step.requires)
    yield from (gate for gate in run.card.steps if gate.gate and gate.number < step.number)


def _before(run: Run, step: Step) -> Iterator[tuple[Step, Standing]]:
    """Every step that counts for `step`. One that stands aside passes on what it would itself have waited for."""
    seen = {step.key}
    queue = list(_directly_before(run, step))
    while queue:
        earlier = queue.pop(0)
        if earlier.key in seen:
            continue
        seen.add(earlier.key)
        standing = Standing.ASIDE if _bends(run, earlier) else _standing(run, earlier)
        yield earlier, standing
        if standing is Standing.ASIDE:
            queue.extend(_directly_before(run, earlier))


def _bends(run: Run, step: Step) -> bool:
    """Whether the card's order bends here: in an acute case an open step that may wait holds nothing back."""
    return run.acute and step.catch_up is not None and _standing(run, step) is Standing.OPEN


def owed(run: Run) -> tuple[StepRun, ...]:
    """What an acute case passed over and must catch up: open parts of steps that may wait, with a settled step after them."""
    passed = {
        earlier.key
        for step in run.card.steps
        if any(part.status.is_settled for part in run.parts(step.key))
        for earlier, _ in _before(run, step)
        if _bends(run, earlier)
    }
    return tuple(part for step in run.card.steps if step.key in passed for part in open_parts(run, step))


def required_open(run: Run) -> tuple[Step, ...]:
    """SKAL steps that apply and are not settled, closing steps apart, in the card's order."""
    return tuple(
        step
        for step in run.card.steps
        if step.kind is StepKind.MUST and step.effect != CLOSE and _standing(run, step) is Standing.OPEN
    )


def holding_back(run: Run, step: Step) -> tuple[Step, ...]:
    """The open steps that `step` waits for, in the card's order. A closing step waits for every required one besides."""
    keys = {earlier.key for earlier, standing in _before(run, step) if standing is Standing.OPEN}
    if step.effect == CLOSE:
        keys.update(required.key for required in required_open(run))
    return tuple(earlier for earlier in run.card.steps if earlier.key in keys)


def derive(run: Run, calendar: Calendar) -> Run:
    """The run with every open part's responsible authority, status, readiness and deadline as they follow from the rest."""
    run = _with_milestones(replace(run, steps=tuple(_with_new_parts(run))))
    closed = is_closed(run)
    return replace(run, steps=tuple(_derived(run, part, calendar, closed=closed) for part in run.steps))


def _with_new_parts(run: Run) -> Iterator[StepRun]:
    """The parts in the card's order, with a part for each party that has none yet."""
    for step in run.card.steps:
        rounds = [part for part in run.steps if part.key == step.key]
        known = {part.party for part in rounds}
        yield from rounds
        yield from (
            StepRun(key=step.key, party=holder) for holder in holders(run, step) if holder not in known
        )


def _with_milestones(run: Run) -> Run:
    """The run with every milestone reached whose conditions are met, one making way for the next."""
    while reached := next((part for part in run.steps if _is_reached(run, part)), None):
        step = run.card.step(reached.key)
        at = _ready_at(run, step, reached)
        there = replace(reached, status=StepStatus.DONE, ready_at=at, done_at=at)
        event = (Event(f"step.{step.key}", at),) if at else ()
        run = replace(run, events=run.events + event, steps=with_part(run, there))
    return run


def _is_reached(run: Run, part: StepRun) -> bool:
    step = run.card.step(part.key)
    if step.kind is not StepKind.MILESTONE or part.status.is_settled or is_closed(run):
        return False
    return not missing_events(run, step, None) and not holding_back(run, step)


def with_part(run: Run, changed: StepRun) -> tuple[StepRun, ...]:
    """The run's steps with one of them as it stands now."""
    return tuple(changed if part.identity == changed.identity else part for part in run.steps)


def _derived(run: Run, part: StepRun, calendar: Calendar, *, closed: bool) -> StepRun:
    if part.status.is_settled:
        return part
    step = run.card.step(part.key)
    responsible = responsible_for(run, step, part)
    applies = not closed and not missing_events(run, step, part.party)
    ready = applies and responsible is not None and not holding_back(run, step)
    due = _due_at(run, step.deadline_in(acute=run.acute), part, calendar) if applies else None
    return replace(
        part,
        responsible=responsible,
        status=StepStatus.READY if ready else StepStatus.WAITING,
        ready_at=_ready_at(run, step, part) if ready else None,
        due_at=max(due, part.moved_to) if due and part.moved_to else due,
        target_at=_due_at(run, step.target, part, calendar) if applies else None,
    )


def _ready_at(run: Run, step: Step, part: StepRun) -> datetime | None:
    """The latest of what it waited for. Appointments are left out: the date of a meeting is not when it was agreed."""
    names = [CASE_CREATED, *(name for name in step.when if name not in APPOINTMENTS)]
    names += [PARTIES_JOINED] if part.party else []
    names += [added(step)] if step.discretionary else []
    names += [
        f"step.{earlier.key}" for earlier, standing in _before(run, step) if standing is Standing.SETTLED
    ]
    times = [begun(run, part), *(moment(run, name, part.party) for name in names)]
    return max((at for at in times if at is not None), default=None)


def _due_at(run: Run, deadline: Deadline | None, part: StepRun, calendar: Calendar) -> datetime | None:
    """When it falls due. A later round counts from its own beginning, unless the event came after that."""
    event_at = moment(run, deadline.of, part.party) if deadline else None
    if deadline is None or event_at is None:
        return None
    again = begun(run, part)
    return due_at(deadline, event_at=max(event_at, again) if again else event_at, calendar=calendar)
