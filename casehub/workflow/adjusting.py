"""What people change about a running card: deadlines moved, steps added, handed over, done over. State in, state out, as `engine`.

The card says what can be changed; who may is asked in access. Nothing here rewrites what was settled: a step done over is a new
round beside the old one. Each act is one event, and is refused with Danish reasons. Called by services.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from casehub.definitions.cards import EACH, DeadlineUnit, StepKind
from casehub.workflow import wording
from casehub.workflow.calendar import Calendar, danish_day, end_of_day
from casehub.workflow.engine import StepRefused, refuse_closed, with_events
from casehub.workflow.readiness import CLOSE, added, is_closed, missing_events, with_part
from casehub.workflow.run import Event, Run, StepRun, StepStatus


def extend(
    run: Run, *, key: str, party: str | None = None, to: datetime, at: datetime, calendar: Calendar
) -> Run:
    """Move the deadline of an open part to a later time. It stays there even if the event it counts from moves earlier.

    StepRefused if the card lets nobody, there is no deadline yet, or `to` is not after it and after `at`.
    """
    part = _with_deadline(run, key, party)
    if not run.card.step(key).may_extend:
        raise StepRefused(wording.not_extended(run.card.step(key)))
    if part.due_at is None or to <= max(part.due_at, at):
        raise StepRefused(wording.not_later())
    return _moved(run, replace(part, moved_to=to), Event(f"extend.{key}", at, party), calendar)


def suspend(
    run: Run, *, key: str, party: str | None = None, until: datetime, at: datetime, calendar: Calendar
) -> Run:
    """Let the deadline of an open part rest until a time: it is moved by as long as it rests, a working day by whole days.

    StepRefused if the card lets nobody, there is no deadline yet, it has passed or rests already, or `until` is not after `at`.
    """
    part = _with_deadline(run, key, party)
    step = run.card.step(key)
    if not step.may_suspend:
        raise StepRefused(wording.not_suspended(step))
    if part.due_at is None or part.due_at < at:
        raise StepRefused(wording.overdue_not_suspended())
    if part.suspended_until is not None and part.suspended_until > at:
        raise StepRefused(wording.rests_already(step))
    if until <= at:
        raise StepRefused(wording.not_ahead())
    deadline = step.deadline_in(acute=run.acute)
    unit = deadline.unit if deadline else DeadlineUnit.CALENDAR_DAYS
    moved = replace(part, suspended_until=until, moved_to=_after_rest(part.due_at, unit, at, until, calendar))
    return _moved(run, moved, Event(f"suspend.{key}", at, party), calendar)


def _after_rest(
    due: datetime, unit: DeadlineUnit, at: datetime, until: datetime, calendar: Calendar
) -> datetime:
    if unit is DeadlineUnit.HOURS:
        return due + (until - at)
    day = danish_day(due) + timedelta(days=(danish_day(until) - danish_day(at)).days)
    return end_of_day(calendar.add_working_days(day, 0) if unit is DeadlineUnit.WORKING_DAYS else day)


def hand_over(
    run: Run, *, key: str, party: str | None = None, to: str, at: datetime, calendar: Calendar
) -> Run:
    """Another participating authority takes an open step over. StepRefused if the card does not allow it, or `to` takes no part."""
    part, step = _open(run, key, party), run.card.step(key)
    if not step.transferable or step.party == EACH:
        raise StepRefused(wording.not_transferable(step))
    if to not in {one.id for one in run.parties}:
        raise StepRefused(wording.not_a_participant_to_take_over())
    if to == part.responsible:
        raise StepRefused(wording.has_it_already())
    return _moved(run, replace(part, handed_to=to), Event(f"hand.{key}", at, party), calendar)


def add(run: Run, *, key: str, at: datetime, calendar: Calendar) -> Run:
    """Add a discretionary step to the case: from now on it applies. StepRefused if it is none, is added, or the case is closed."""
    refuse_closed(run)
    step = run.card.step(key)
    if not step.discretionary:
        raise StepRefused(wording.belongs_already(step))
    if any(event.name == added(step) for event in run.events):
        raise StepRefused(wording.added_already(step))
    return with_events(run, calendar, Event(added(step), at))


def repeat(run: Run, *, key: str, party: str | None = None, at: datetime, calendar: Calendar) -> Run:
    """Begin the next round of a step that was done. StepRefused if it is not, or was done as often as the card allows."""
    refuse_closed(run)
    part, step = run.part(key, party), run.card.step(key)
    if step.repeat_limit == 1:
        raise StepRefused(wording.not_repeatable(step))
    if part.status is not StepStatus.DONE:
        raise StepRefused(wording.not_done_yet(step))
    times = sum(event.name == f"repeat.{key}" and event.party == party for event in run.events)
    if times + 1 >= step.repeat_limit:
        raise StepRefused(wording.done_often_enough(step))
    return _next_round(run, (part,), "repeat", at, calendar)


def reopen(run: Run, *, key: str, party: str | None = None, at: datetime, calendar: Calendar) -> Run:
    """Do a settled step over, in a new round; what was recorded stays. Reopening what closed the case opens the case again.

    StepRefused if the step is open, has no form of its own, or the case is closed by another.
    """
    part, step = run.part(key, party), run.card.step(key)
    closing = step.effect == CLOSE
    if not closing:
        refuse_closed(run)
    if not part.status.is_settled:
        raise StepRefused(wording.still_open(step))
    if not step.can_be_done_again:
        raise StepRefused(wording.done_once(step))
    whole = closing and is_closed(run)  # what several closed together, they close together again
    return _next_round(run, run.parts(key) if whole else (part,), "reopen", at, calendar)


def _next_round(run: Run, parts: tuple[StepRun, ...], name: str, at: datetime, calendar: Calendar) -> Run:
    """The run with a fresh round of each part, after its earlier ones."""
    fresh = {part.identity: StepRun(part.key, part.party, round=part.round + 1) for part in parts}
    steps = tuple(one for part in run.steps for one in (part, fresh.get(part.identity)) if one is not None)
    events = (Event(f"{name}.{part.key}", at, part.party) for part in parts)
    return with_events(replace(run, steps=steps), calendar, *events)


def _open(run: Run, key: str, party: str | None) -> StepRun:
    """The part, if it applies and is open, ready or not."""
    part, step = run.part(key, party), run.card.step(key)
    refuse_closed(run)
    if part.status.is_settled:
        raise StepRefused(wording.settled(step, part.status))
    if step.kind is StepKind.MILESTONE:
        raise StepRefused(wording.no_work(step))
    if missing := missing_events(run, step, party):
        raise StepRefused(*(wording.only_if(run.card, name) for name in missing))
    return part


def _with_deadline(run: Run, key: str, party: str | None) -> StepRun:
    part = _open(run, key, party)
    if part.due_at is None:
        raise StepRefused(wording.no_deadline_yet(run.card.step(key)))
    return part


def _moved(run: Run, part: StepRun, event: Event, calendar: Calendar) -> Run:
    return with_events(replace(run, steps=with_part(run, part)), calendar, event)
