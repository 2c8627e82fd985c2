"""A run moves to another version of its card. State in, state out, as `engine`.

What was settled is a fact and stays; everything open follows the new version, with what people moved still moved. Where the new version does
not take a fact for settled (not needed, and now a SKAL), the step begins again in a new round, so that no required step is lost. What
the new version cannot carry is refused with Danish reasons. Called by services.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from casehub.definitions.cards import Card, Step, StepKind
from casehub.workflow import wording
from casehub.workflow.calendar import Calendar
from casehub.workflow.engine import StepRefused, refuse_closed, with_events
from casehub.workflow.readiness import holders, is_closed
from casehub.workflow.run import CARD_RENEWED, Event, Run, StepRun, StepStatus

# done once, when a case begins: what they did besides cannot be done later
BEGINNING = frozenset({"referral", "necessity", "triage"})


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the move makes of a run. `dropped`: open parts that the new version does not have; `again`: settled ones that begin again."""

    run: Run
    dropped: tuple[StepRun, ...]
    again: tuple[StepRun, ...]


def renew(run: Run, card: Card, *, at: datetime, calendar: Calendar) -> Renewal:
    """Move a run to this version of its card. StepRefused in a closed case, and where the new version cannot carry it.

    ValueError for another card, which is no version of this one.
    """
    if (card.id, card.network) != (run.card.id, run.card.network):
        raise ValueError(f"{card.id!r} is no version of {run.card.id!r}")
    refuse_closed(run)
    if why_not := (*_unlike_beginnings(run.card, card), *_in_the_way(run, card)):
        raise StepRefused(*why_not)
    kept = tuple(part for part in run.steps if _has_place(run, card, part))
    again = tuple(part for part in _latest(kept) if part.status.is_settled and not _stands(card, part))
    fresh = {part.identity: StepRun(part.key, part.party, round=part.round + 1) for part in again}
    steps = tuple(one for part in kept for one in (part, fresh.get(part.identity)) if one is not None)
    events = (Event(f"reopen.{part.key}", at, part.party) for part in again)
    moved = with_events(replace(run, card=card, steps=steps), calendar, Event(CARD_RENEWED, at), *events)
    if is_closed(moved):
        raise StepRefused(wording.would_be_over())
    return Renewal(moved, tuple(part for part in run.steps if part not in kept), again)


def _unlike_beginnings(old: Card, new: Card) -> Iterator[str]:
    before, after = (
        {(step.effect, step.key) for step in card.steps if step.effect in BEGINNING} for card in (old, new)
    )
    if before != after:
        yield wording.begins_otherwise()


def _in_the_way(run: Run, card: Card) -> Iterator[str]:
    """One sentence for each settled part that the new version has no place or no word for."""
    for part in run.steps:
        if not part.status.is_settled:
            continue
        old = run.card.step(part.key)
        if not _has_place(run, card, part):
            yield wording.settled_and_gone(old, part.status)
        elif part.status is StepStatus.DONE and not _same_act(old, card.step(part.key), part.outcome):
            yield wording.settled_otherwise(old)


def _same_act(old: Step, new: Step, outcome: str | None) -> bool:
    """Whether what was done and answered then is the same as what is done and answered now."""
    choices = {
        choice.id for field in new.evidence if field.id == new.outcome_field for choice in field.choices
    }
    by_itself = {step.kind is StepKind.MILESTONE for step in (old, new)}
    return len(by_itself) == 1 and old.effect == new.effect and (outcome is None or outcome in choices)


def _has_place(run: Run, card: Card, part: StepRun) -> bool:
    """Whether the new version has the step, and divides it so that this is a part of it."""
    step = next((step for step in card.steps if step.key == part.key), None)
    return step is not None and part.party in holders(run, step)


def _stands(card: Card, part: StepRun) -> bool:
    """Whether the new version takes the part for settled as it is."""
    step = card.step(part.key)
    if part.status is StepStatus.NOT_NEEDED:
        return step.kind is StepKind.MAY
    return part.status is StepStatus.DONE or step.can_be_impossible


def _latest(parts: tuple[StepRun, ...]) -> tuple[StepRun, ...]:
    """Each part in its latest round."""
    return tuple({(part.key, part.party): part for part in parts}.values())
