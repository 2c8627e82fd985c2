"""Whether every step of a card can be reached: no circles, no answers that exclude each other, no deadline that comes too late."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from casehub.definitions.cards import EACH, Card, Step
from casehub.definitions.deadline_checks import check_event
from casehub.definitions.documents import Document
from casehub.definitions.errors import DefinitionError

Graph = dict[str, set[str]]


def check_order(card: Card, document: Document) -> Iterator[DefinitionError]:
    """Tell prerequisites that are not there, go round in a circle, or can never all be met."""
    yield from _check_names(card, document)
    graph = _graph(card)
    circle = _circle(graph)
    if circle:
        at = min(list(graph).index(key) for key in circle)
        yield document.error(("steps", at, "requires"), f"goes round in a circle: {' -> '.join(circle)}")
        return
    for at, step in enumerate(card.steps):
        yield from _check_answers(card, step, document, at)
        yield from _check_counting(step, graph, document, at)


def _check_names(card: Card, document: Document) -> Iterator[DefinitionError]:
    keys = {step.key for step in card.steps}
    for at, step in enumerate(card.steps):
        for place, key in enumerate(step.requires):
            if key not in keys:
                yield document.error(("steps", at, "requires", place), f"no step has the key {key!r}")
        for place, event in enumerate(step.when):
            yield from check_event(card, step, event, document, ("steps", at, "when", place))


def _graph(card: Card) -> Graph:
    """For each step those that must come before it: what it requires, whose events it asks for, and the gates above it."""
    keys = {step.key for step in card.steps}
    gates = [step for step in card.steps if step.gate]
    return {
        step.key: keys
        & {
            *step.requires,
            *(_step_of(event) for event in step.when),
            *(gate.key for gate in gates if gate.number < step.number),
        }
        for step in card.steps
    }


def _step_of(event: str) -> str:
    """The key of the step an event is of; "" if it is of none."""
    prefix, _, rest = event.partition(".")
    return rest.partition(".")[0] if prefix == "step" else ""


def _circle(graph: Graph) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(key) for key in error.args[1]]
    return []


def _check_answers(card: Card, step: Step, document: Document, at: int) -> Iterator[DefinitionError]:
    """One step has one answer: what asks for two of them, by itself or through another step, never applies."""
    given: dict[str, str] = {}
    shared = {other.key for other in card.steps if other.party == EACH}
    for event in sorted(_needed(card, step)):
        key, _, answer = event.removeprefix("step.").partition(".")
        if answer and key not in shared and given.setdefault(key, answer) != answer:
            told = f"can never apply: it needs step {key} to be answered both {given[key]} and {answer}"
            yield document.error(("steps", at, "when"), told)


def _needed(card: Card, step: Step) -> set[str]:
    """The events that must have happened for the step to apply, and for the steps whose events they are."""
    needed: set[str] = set()
    queue = [step]
    while queue:
        for event in queue.pop().when:
            if event not in needed:
                needed.add(event)
                queue.extend(other for other in card.steps if other.key == _step_of(event))
    return {event for event in needed if _step_of(event)}


def _check_counting(step: Step, graph: Graph, document: Document, at: int) -> Iterator[DefinitionError]:
    """A deadline that counts from a step that waits for this one would begin when this one is over."""
    for name in ("target", "deadline", "catch_up"):
        deadline = getattr(step, name)
        if deadline is not None and step.key in _all_before(graph, _step_of(deadline.of)):
            told = f"counts from {deadline.of!r}, which waits for this very step"
            yield document.error(("steps", at, name, "of"), told)


def _all_before(graph: Graph, key: str) -> set[str]:
    before: set[str] = set()
    queue = list(graph.get(key, ()))
    while queue:
        one = queue.pop()
        if one not in before:
            before.add(one)
            queue.extend(graph[one])
    return before
