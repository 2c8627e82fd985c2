"""What the deadlines of a step must hold: events that can come, one rule for an acute case, nobody moving what the law sets."""

from collections.abc import Iterator

from casehub.definitions.cards import EVENTS, Card, Deadline, DeadlineKind, Step
from casehub.definitions.documents import Document, Path
from casehub.definitions.errors import DefinitionError


def check_deadlines(card: Card, step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    """Tell everything wrong with the step's target, deadline, catch-up deadline, and what may be done with them."""
    for name in ("target", "deadline", "catch_up"):
        yield from _check_deadline(card, step, getattr(step, name), document, (*path, name))
    yield from _check_together(step, document, path)
    yield from _check_moving(step, document, path)


def events_of(step: Step) -> Iterator[str]:
    """The events that settling the step makes."""
    yield f"step.{step.key}"
    for field in step.evidence:
        if field.id == step.outcome_field:
            yield from (f"step.{step.key}.{choice.id}" for choice in field.choices)


def check_event(
    card: Card, step: Step, event: str, document: Document, path: Path
) -> Iterator[DefinitionError]:
    """Tell an event that no case of this card can meet before the step is settled."""
    own = {one.id for one in card.events}
    others = {name for other in card.steps if other is not step for name in events_of(other)}
    if step.discretionary:
        others.add(f"add.{step.key}")
    if event not in EVENTS | own | others:
        known = ", ".join(sorted(EVENTS | own))
        told = f"no such event as {event!r}; known are {known}, step.<key> and step.<key>.<outcome>"
        yield document.error(path, told)


def _check_deadline(
    card: Card, step: Step, deadline: Deadline | None, document: Document, path: Path
) -> Iterator[DefinitionError]:
    if deadline is None:
        return
    yield from check_event(card, step, deadline.of, document, (*path, "of"))
    if deadline.acute is not None:
        acute = (*path, "acute")
        if path[-1] != "deadline":
            yield document.error(acute, "only the deadline itself has another one for an acute case")
        yield from _check_deadline(card, step, deadline.acute, document, acute)


def _check_together(step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    if step.target is not None and step.deadline is None:
        yield document.error((*path, "target"), "a target stands before a deadline: give the deadline too")
    if step.catch_up is not None and step.deadline is not None and step.deadline.acute is not None:
        yield document.error((*path, "catch_up"), "takes the place of deadline.acute: keep one of them")
    if step.catch_up is not None and step.effect in {"referral", "close"}:
        yield document.error((*path, "catch_up"), f"effect {step.effect} cannot wait")
    if step.overdue is not None and step.deadline is None and step.catch_up is None:
        yield document.error((*path, "overdue"), "the step has no deadline to be overdue")


def _check_moving(step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    deadlines = [one for one in (step.deadline, step.catch_up) if one is not None]
    deadlines += [one.acute for one in deadlines if one.acute is not None]
    for name in ("may_extend", "may_suspend"):
        if not getattr(step, name):
            continue
        if not deadlines:
            yield document.error((*path, name), "the step has no deadline to move")
        if any(one.kind is DeadlineKind.STATUTORY for one in deadlines):
            yield document.error(
                (*path, name), "a deadline of kind lovfrist is the law's: nobody here moves it"
            )
