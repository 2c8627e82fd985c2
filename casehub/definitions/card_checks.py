"""What a card must hold within itself beyond its schema: keys, order, parties, forms, effects. Deadlines: `deadline_checks`;
whether every step can be reached: `order_checks`.
"""

from collections.abc import Iterable, Iterator

from casehub.definitions.cards import EACH, EVENTS, Card, Field, Step, StepKind
from casehub.definitions.deadline_checks import check_deadlines
from casehub.definitions.documents import Document, Path
from casehub.definitions.errors import DefinitionError
from casehub.definitions.order_checks import check_order

PARTIES = frozenset({"referrer", "coordinator", "responsible", EACH})
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
# What happens in a case once, and what is one authority's to say
ONCE = {"referral", "necessity", "triage", "appoint", "close"}
ONE_PARTYS = {"referral", "necessity", "triage", "meeting", "appoint"}


def check_card(card: Card, document: Document) -> Iterator[DefinitionError]:
    """Tell everything that contradicts itself in the card."""
    yield from twice(document, ("steps",), "key", (step.key for step in card.steps))
    yield from twice(document, ("steps",), "number", (step.number for step in card.steps))
    effects = [step.effect for step in card.steps if step.effect is not None]
    yield from twice(document, ("steps",), "effect", [step.effect for step in card.steps])
    for effect in NEEDED_EFFECTS:
        if effect not in effects:
            yield document.error(("steps",), f"no step has effect {effect}: no case could run on this card")
    yield from _check_own_events(card, document)
    for at, step in enumerate(card.steps):
        path = ("steps", at)
        yield from check_deadlines(card, step, document, path)
        yield from _check_party(card, step, document, path)
        yield from _check_kind(step, document, path)
        yield from _check_form(step, document, path)
        yield from _check_effect(card, step, document, path)
    yield from check_order(card, document)


def twice(document: Document, path: Path, name: str, values: Iterable[object]) -> Iterator[DefinitionError]:
    """Tell each value of `name` in the list at `path` that an earlier entry has already; None is no value."""
    seen = set()
    for at, value in enumerate(values):
        if value is not None and value in seen:
            yield document.error((*path, at, name), f"{value!r} is taken by an earlier entry")
        seen.add(value)


def _check_own_events(card: Card, document: Document) -> Iterator[DefinitionError]:
    yield from twice(document, ("events",), "id", (event.id for event in card.events))
    for at, event in enumerate(card.events):
        if event.id in EVENTS:
            yield document.error(("events", at, "id"), f"{event.id!r} is known to every card already")


def _check_party(card: Card, step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    place = (*path, "party")
    if step.party == "responsible" and all(other.effect != "appoint" for other in card.steps):
        yield document.error(place, "no step has effect appoint: nobody would ever be responsible")
    if step.party == EACH and step.effect in ONE_PARTYS:
        yield document.error(place, f"effect {step.effect} is one party's: it cannot be shared")
    if step.own_track:
        for at, field in enumerate(step.evidence):
            if field.type not in {"choice", "date", "journal_number"}:
                told = "on a track of one's own there is a number, a date and a choice, and no text"
                yield document.error((*path, "evidence", at, "type"), told)
        if step.outcome_field:
            yield document.error((*path, "outcome_field"), "an outcome is seen by all: there is none here")
    if step.party == EACH and step.transferable:
        yield document.error((*path, "transferable"), "each party has its own part: it cannot be handed over")


def _check_kind(step: Step, document: Document, path: Path) -> Iterator[DefinitionError]:
    if step.kind is StepKind.MILESTONE and not (step.requires or step.when):
        yield document.error(path, "a milestone needs requires or when: it would be reached at once")
    if step.repeat_limit > 1 and step.effect in ONCE:
        yield document.error((*path, "repeat"), f"effect {step.effect} happens once in a case")
    if step.discretionary and (step.effect in ONCE or step.gate):
        told = "a gate" if step.gate else f"effect {step.effect}"
        yield document.error((*path, "discretionary"), f"{told} belongs to every case")


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
    deadlines = [each for step in card.steps for each in (step.target, step.deadline, step.catch_up) if each]
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
