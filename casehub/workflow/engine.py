"""The card engine: state in, state out. Given a run and something that happened, the run as it then stands.

Pure: the calendar and every time are arguments. It knows what can be done, never who may do it (that is asked in access).
What cannot be done is refused with Danish reasons and leaves no trace. Called by services and jobs; what people change about a
running card besides is in `adjusting`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from casehub.definitions.cards import EACH, Card, Step, StepKind
from casehub.workflow import wording
from casehub.workflow.calendar import Calendar
from casehub.workflow.readiness import (
    derive,
    holding_back,
    is_closed,
    missing_events,
    open_parts,
    owed,
    required_open,
    responsible_for,
    with_part,
)
from casehub.workflow.run import (
    CASE_CREATED,
    PARTIES_JOINED,
    RESPONSIBLE_APPOINTED,
    Event,
    Party,
    Run,
    StepRun,
    StepStatus,
)

__all__ = [
    "Event",
    "Party",
    "Run",
    "StepRefused",
    "StepRun",
    "StepStatus",
    "appoint",
    "blocking_closure",
    "complete",
    "is_closed",
    "join",
    "mark_impossible",
    "occur",
    "owed",
    "reasons",
    "skip",
    "start",
]


class StepRefused(Exception):
    """It cannot be done now. `reasons`: why, in Danish, one sentence each, for the person who tried."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def start(card: Card, *, acute: bool, roles: Mapping[str, str], at: datetime, calendar: Calendar) -> Run:
    """A new run of `card`, with the event `case.created` at `at`."""
    run = Run(
        card=card, acute=acute, roles=dict(roles), parties=(), events=(Event(CASE_CREATED, at),), steps=()
    )
    return derive(run, calendar)


def occur(run: Run, event: Event, *, calendar: Calendar) -> Run:
    """Something happened outside the steps, e.g. `child_involved`, or a meeting was set (`meeting`; again: moved).

    StepRefused in a closed case. ValueError for events the engine makes itself.
    """
    if "." in event.name:
        message = (
            f"the event {event.name!r} is made by the engine: complete the step, join or appoint instead"
        )
        raise ValueError(message)
    refuse_closed(run)
    return with_events(run, calendar, event)


def join(run: Run, parties: Iterable[Party], *, at: datetime, calendar: Calendar) -> Run:
    """Parties join: one event `parties.joined` each, and `each` steps get a part for them. Those already in stay as they are.

    StepRefused in a closed case.
    """
    refuse_closed(run)
    known = {party.id for party in run.parties}
    new = tuple({party.id: party for party in parties if party.id not in known}.values())
    joined = (Event(PARTIES_JOINED, at, party.id) for party in new)
    return with_events(replace(run, parties=run.parties + new), calendar, *joined)


def appoint(run: Run, authority: str, *, at: datetime, calendar: Calendar) -> Run:
    """Make a participating authority responsible (again: another). StepRefused if it takes no part, or the case is closed."""
    refuse_closed(run)
    if authority not in {party.id for party in run.parties} | set(run.roles.values()):
        raise StepRefused(wording.not_a_participant())
    run = replace(run, roles={**run.roles, "responsible": authority})
    return with_events(run, calendar, Event(RESPONSIBLE_APPOINTED, at, authority))


def complete(
    run: Run,
    *,
    key: str,
    party: str | None = None,
    at: datetime,
    outcome: str | None = None,
    calendar: Calendar,
) -> Run:
    """The step (or `party`'s part) is done at `at`, with the events `step.<key>` and, with an outcome, `step.<key>.<outcome>`.

    StepRefused if it waits (why), is settled already, or the outcome is not one of the card's. KeyError: no such part.
    """
    part = _ready(run, key, party)
    _check_outcome(run.card.step(key), outcome)
    names = [f"step.{key}"] + ([f"step.{key}.{outcome}"] if outcome else [])
    run = _settle(run, replace(part, status=StepStatus.DONE, done_at=at, outcome=outcome))
    return with_events(run, calendar, *(Event(name, at, party) for name in names))


def skip(run: Run, *, key: str, party: str | None = None, at: datetime, calendar: Calendar) -> Run:
    """Record a KAN step as not needed, with the event `skip.<key>`. StepRefused for a SKAL step, and as `complete`."""
    part = _ready(run, key, party)
    step = run.card.step(key)
    if step.kind is StepKind.MUST:
        raise StepRefused(wording.must_be_done(step))
    run = _settle(run, replace(part, status=StepStatus.NOT_NEEDED, done_at=at))
    return with_events(run, calendar, Event(f"skip.{key}", at, party))


def mark_impossible(run: Run, *, key: str, party: str | None = None, at: datetime, calendar: Calendar) -> Run:
    """Record that the step (or `party`'s part) cannot be done, SKAL or KAN, with the event `impossible.<key>`.

    Also where nobody in the case could do it. StepRefused where the case could not go on or end without it, and as `complete`.
    """
    part, step = run.part(key, party), run.card.step(key)
    if not step.can_be_impossible:
        raise StepRefused(wording.indispensable(step))
    if why_not := (*_not_open(run, part), *_waiting_for(run, step)):
        raise StepRefused(*why_not)
    run = _settle(run, replace(part, status=StepStatus.IMPOSSIBLE, done_at=at))
    return with_events(run, calendar, Event(f"impossible.{key}", at, party))


def reasons(run: Run, *, key: str, party: str | None = None) -> tuple[str, ...]:
    """Why the step (or `party`'s part) cannot be done now, in Danish; empty: it can. KeyError: no such part."""
    part = run.part(key, party)
    step = run.card.step(key)
    if why_not := _not_open(run, part):
        return why_not
    return (*_waiting_for(run, step), *_nobody(run, step, part))


def blocking_closure(run: Run) -> tuple[StepRun, ...]:
    """The parts of SKAL steps that apply and are not done, closing steps apart, in the card's order; empty: nothing blocks.

    An `each` step whose parties have not joined yet blocks too, as one part of nobody's.
    """
    return tuple(part for step in required_open(run) for part in open_parts(run, step))


def _not_open(run: Run, part: StepRun) -> tuple[str, ...]:
    """Why nothing can be done with the part at all: it is settled, the case is closed, or it does not apply."""
    step = run.card.step(part.key)
    if part.status.is_settled:
        return (wording.settled(step, part.status),)
    if is_closed(run):
        return (wording.CLOSED,)
    return tuple(wording.only_if(run.card, name) for name in missing_events(run, step, part.party))


def _waiting_for(run: Run, step: Step) -> tuple[str, ...]:
    return tuple(
        wording.after_step(
            earlier, shared=earlier.party == EACH, parties_known=not run.lacks_a_party(earlier)
        )
        for earlier in holding_back(run, step)
    )


def _nobody(run: Run, step: Step, part: StepRun) -> tuple[str, ...]:
    if step.kind is StepKind.MILESTONE or responsible_for(run, step, part) is not None:
        return ()
    return (wording.nobody_responsible(step),)


def _ready(run: Run, key: str, party: str | None) -> StepRun:
    """The part, if it can be settled now. Asked of the rules again, not of the stored status: a stale row opens nothing."""
    part = run.part(key, party)
    if why_not := reasons(run, key=key, party=party):
        raise StepRefused(*why_not)
    return part


def _check_outcome(step: Step, outcome: str | None) -> None:
    field = next((field for field in step.evidence if field.id == step.outcome_field), None)
    if outcome is None:
        if field is not None and field.required and field.when is None:
            raise StepRefused(wording.answer_missing(step))
    elif field is None or outcome not in {choice.id for choice in field.choices}:
        raise StepRefused(wording.answer_unknown(step))


def _settle(run: Run, settled: StepRun) -> Run:
    return replace(run, steps=with_part(run, settled))


def with_events(run: Run, calendar: Calendar, *events: Event) -> Run:
    """The run after these, with all that follows from them."""
    return derive(replace(run, events=run.events + events), calendar)


def refuse_closed(run: Run) -> None:
    """StepRefused in a closed case."""
    if is_closed(run):
        raise StepRefused(wording.CLOSED)
