"""Which steps apply, what holds them back, when they are due: everything about open steps that follows from what happened.

`derive` is a function of the run alone (settled steps, events, parties, roles): applying it twice changes nothing, and the
order in which independent things were recorded does not matter. Called by the engine; nothing here completes a step.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto

from casehub.definitions.cards import Step, StepKind
from casehub.workflow.calendar import Calendar, due_at
from casehub.workflow.run import APPOINTMENTS, CASE_CREATED, PARTIES_JOINED, Run, StepRun, StepStatus

EACH = "each"
ROLES = frozenset({"referrer", "coordinator", "responsible"})
CLOSE = "close"


class Standing(Enum):
    """How a whole step stands to those after it: it holds them back, is settled, or stands aside (does not apply)."""

    OPEN = auto()
    SETTLED = auto()
    ASIDE = auto()


def moment(run: Run, name: str, party: str | None = None) -> datetime | None:
    """When the event `name` took place, seen by `party` (its own, where the event is per party); None if it has not.

    `step.<key>` is when the last part of that step was settled (for a party with a part of its own: that part).
    """
    parts = _parts_of_step_event(run, name, party)
    if parts is not None:
        settled = [part.done_at for part in parts if part.status.is_settled and part.done_at]
        return max(settled) if settled and len(settled) == len(parts) else None
    times = [event.at for event in run.events if event.name == name and _concerns(event.party, party)]
    if not times:
        return None
    return times[-1] if name in APPOINTMENTS else min(times)


def happened(run: Run, name: str, party: str | None = None) -> bool:
    """Whether the event `name` took place, seen by `party`. A step recorded as not needed has not been done."""
    parts = _parts_of_step_event(run, name, party)
    if parts is not None and all(part.status is not StepStatus.DONE for part in parts):
        return False
    return moment(run, name, party) is not None


def _parts_of_step_event(run: Run, name: str, party: str | None) -> tuple[StepRun, ...] | None:
    prefix, _, key = name.partition(".")
    if prefix != "step" or all(step.key != key for step in run.card.steps):
        return None
    parts = run.parts(key)
    own = tuple(part for part in parts if party is not None and part.party == party)
    return own or parts


def _concerns(event_party: str | None, party: str | None) -> bool:
    return party is None or event_party is None or event_party == party


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
    return tuple(name for name in step.when if not happened(run, name, party))


def responsible_for(run: Run, step: Step, party: str | None) -> str | None:
    """The authority whose step it is: the part's party, the holder of a role, or the first party of a kind."""
    if step.party == EACH:
        return party
    if step.party in ROLES:
        return run.roles.get(step.party)
    return next((one.id for one in run.parties if one.kind == step.party), None)


def _holds(run: Run, step: Step, part: StepRun) -> bool:
    """Whether an open part holds back what comes after: a KAN step that nobody in the case can do does not."""
    if part.status.is_settled or missing_events(run, step, part.party):
        return False
    return step.kind is StepKind.MUST or responsible_for(run, step, part.party) is not None


def open_parts(run: Run, step: Step) -> tuple[StepRun, ...]:
    """The parts that apply and are not settled; for an `each` step without parties yet, one part of nobody's."""
    parts = run.parts(step.key) or (StepRun(key=step.key),)
    return tuple(part for part in parts if _holds(run, step, part))


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
        standing = _standing(run, earlier)
        yield earlier, standing
        if standing is Standing.ASIDE:
            queue.extend(_directly_before(run, earlier))


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
    run = replace(run, steps=tuple(_with_new_parts(run)))
    closed = is_closed(run)
    return replace(run, steps=tuple(_derived(run, part, calendar, closed=closed) for part in run.steps))


def _with_new_parts(run: Run) -> Iterator[StepRun]:
    """The parts in the card's order, with a part for each party that has none yet."""
    existing = {(part.key, part.party): part for part in run.steps}
    for step in run.card.steps:
        holders: Iterable[str | None] = [party.id for party in run.parties] if step.party == EACH else [None]
        for holder in holders:
            yield existing.get((step.key, holder)) or StepRun(key=step.key, party=holder)


def _derived(run: Run, part: StepRun, calendar: Calendar, *, closed: bool) -> StepRun:
    if part.status.is_settled:
        return part
    step = run.card.step(part.key)
    responsible = responsible_for(run, step, part.party)
    applies = not closed and not missing_events(run, step, part.party)
    ready = applies and responsible is not None and not holding_back(run, step)
    return StepRun(
        key=part.key,
        party=part.party,
        responsible=responsible,
        status=StepStatus.READY if ready else StepStatus.WAITING,
        ready_at=_ready_at(run, step, part.party) if ready else None,
        due_at=_due_at(run, step, part.party, calendar) if applies else None,
    )


def _ready_at(run: Run, step: Step, party: str | None) -> datetime | None:
    """The latest of what it waited for. Appointments are left out: the date of a meeting is not when it was agreed."""
    names = [CASE_CREATED, *(name for name in step.when if name not in APPOINTMENTS)]
    names += [PARTIES_JOINED] if party else []
    names += [
        f"step.{earlier.key}" for earlier, standing in _before(run, step) if standing is Standing.SETTLED
    ]
    times = [at for name in names if (at := moment(run, name, party))]
    return max(times) if times else None


def _due_at(run: Run, step: Step, party: str | None, calendar: Calendar) -> datetime | None:
    deadline = step.deadline
    if deadline is None:
        return None
    if run.acute and deadline.acute is not None:
        deadline = deadline.acute
    event_at = moment(run, deadline.of, party)
    return None if event_at is None else due_at(deadline, event_at=event_at, calendar=calendar)
