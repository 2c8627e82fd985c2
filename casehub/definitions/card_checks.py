"""What a card must hold within itself beyond its schema: keys, order, cycles, deadlines, forms, effects."""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from casehub.definitions.cards import Card, Field, Step
from casehub.definitions.documents import Document, Path
from casehub.definitions.errors import DefinitionError

# What services tell the engine besides `step.<key>` and `step.<key>.<outcome>`
EVENTS = frozenset(
    {
        "case.created",
        "parties.joined",
        "meeting",
        "next_meeting",
        "child_involved",
        "citizen_minor",
        "citizen_adult",
        "health_disclosed",
    }
)
PARTIES = frozenset({"referrer", "coordinator", "responsible", "each"})
# The fields a service reads when a step with this effect is completed: id -> type
EFFECT_FIELDS: dict[str, dict[str, str]] = {
    "triage": {"decision": "choice", "reason": "text"},
    "answer": {"answer": "choice"},
    "meeting": {"held_on": "date"},
    "appoint": {"party": "party"},
    "plan": {"actions": "actions"},
    "close": {"reason": "choice", "deletion_on": "date"},
}
# ... and the date it reads when the form has it, with the event that makes: without one, no (next) meeting is agreed there
EFFECT_DATES = {"triage": ("meeting_on", "meeting"), "meeting": ("next_meeting", "next_meeting")}
EFFECT_OUTCOMES = {
    "triage": ("decision", {"accept", "redirect", "reject"}),
    "answer": ("answer", {"disclose", "nothing", "declines"}),
}
NEEDED_EFFECTS = ("referral", "close")


def check_card(card: Card, document: Document) -> Iterator[DefinitionError]:
    """Tell everything that contradicts itself in the card."""
    yield from twice(document, ("steps",), "key", (step.key for step in card.steps))
    yield from twice(document, ("steps",), "number", (step.number for step in card.steps))
    effects = [step.effect for step in card.steps if step.effect is not None]
    yield from twice(document, ("steps",), "effect", [step.effect for step in card.steps])
    for effect in NEEDED_EFFECTS:
        if effect not in effects:
            yield document.error(("steps",), f"no step has effect {effect}: no case could run on this card")
    for at, step in enumerate(card.steps):
        path = ("steps", at)
        yield from _check_order(card, step, document, path)
        yield from _check_events(card, step, document, path)
        yield from _check_form(step, document, path)
        yield from _check_effect(card, step, document, path)
    yield from _check_cycles(card, document)


def twice(document: Document, path: Path, name: str, values: Iterable[object]) -> Iterator[DefinitionError]:
    """Tell each value of `name` in the list at `path` that an earlier entry has already; None is no value."""
    seen = set()
    for at, value in enumerate(values):
        if value is not None and value in seen:
            yield document.error((*path, at, name), f"{value!r} is taken by an earlier entry")
        seen.add(value)


def _check_order(card: Card, step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    keys = {other.key for other in card.steps}
    for at, key in enumerate(step.requires):
        if key not in keys:
            yield document.error((*path, "requires", at), f"no step has the key {key!r}")


def _check_cycles(card: Card, document: Document) -> Iterator[DefinitionError]:
    keys = [step.key for step in card.steps]
    gates = [step for step in card.steps if step.gate]
    # A gate is required by all that come after it
    graph = {
        step.key: {*step.requires, *(gate.key for gate in gates if gate.number < step.number)} & set(keys)
        for step in card.steps
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = [str(key) for key in error.args[1]]
        at = min(keys.index(key) for key in cycle)
        yield document.error(("steps", at, "requires"), f"goes round in a circle: {' -> '.join(cycle)}")


def _check_events(card: Card, step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    known = EVENTS | {event for other in card.steps if other is not step for event in _events_of(other)}
    for at, event in enumerate(step.when):
        if event not in EVENTS:
            told = f"no such event as {event!r}; known are {', '.join(sorted(EVENTS))}"
            yield document.error((*path, "when", at), told)
    deadline, place = step.deadline, (*path, "deadline")
    while deadline is not None:
        if deadline.of not in known:
            told = f"no such event as {deadline.of!r}; known are {', '.join(sorted(EVENTS))}, step.<key> and step.<key>.<outcome>"
            yield document.error((*place, "of"), told)
        deadline, place = deadline.acute, (*place, "acute")


def _events_of(step: Step) -> Iterator[str]:
    yield f"step.{step.key}"
    for field in step.evidence:
        if field.id == step.outcome_field:
            yield from (f"step.{step.key}.{choice.id}" for choice in field.choices)


def _check_form(step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    yield from twice(document, (*path, "evidence"), "id", (field.id for field in step.evidence))
    earlier: dict[str, Field] = {}
    for at, field in enumerate(step.evidence):
        place = (*path, "evidence", at)
        yield from twice(document, (*place, "choices"), "id", (choice.id for choice in field.choices))
        if field.when is not None:
            asked, answer = field.when
            if asked not in earlier or answer not in {choice.id for choice in earlier[asked].choices}:
                told = f"no earlier choice field {asked!r} of this step has the choice {answer!r}"
                yield document.error((*place, "when"), told)
        earlier[field.id] = field
    outcome = earlier.get(step.outcome_field or "")
    if step.outcome_field is not None and (
        outcome is None or outcome.type != "choice" or not outcome.required
    ):
        yield document.error(
            (*path, "outcome_field"), f"{step.outcome_field!r} is not a required choice field of this step"
        )


def _counted_from(card: Card) -> set[str]:
    deadlines = [step.deadline for step in card.steps if step.deadline is not None]
    return {each.of for deadline in deadlines for each in (deadline, deadline.acute) if each is not None}


def _check_effect(card: Card, step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    place = (*path, "effect")
    types = {field.id: field.type for field in step.evidence}
    for field_id, field_type in EFFECT_FIELDS.get(step.effect or "", {}).items():
        if types.get(field_id) != field_type:
            yield document.error(
                place, f"effect {step.effect} needs an evidence field {field_id!r} of type {field_type}"
            )
    if step.effect in EFFECT_DATES:
        field_id, event = EFFECT_DATES[step.effect]
        if types.get(field_id, "date") != "date":
            yield document.error(
                place, f"effect {step.effect} needs the field {field_id!r} to be of type date"
            )
        elif field_id not in types and event in _counted_from(card):
            told = f"effect {step.effect} needs an evidence field {field_id!r}: deadlines are counted from {event}"
            yield document.error(place, told)
    if step.effect in EFFECT_OUTCOMES:
        field_id, choices = EFFECT_OUTCOMES[step.effect]
        given = {choice.id for field in step.evidence if field.id == field_id for choice in field.choices}
        going_on = given <= choices and "accept" in given if step.effect == "triage" else given == choices
        if step.outcome_field != field_id or not going_on:
            told = f"effect {step.effect} needs outcome_field {field_id!r} with the choices {', '.join(sorted(choices))}"
            yield document.error(place, told)
