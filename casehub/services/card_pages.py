"""An action card in words that people read: for its page, and for docs/cards. Nothing about any case.

Everything follows from the definition files in force, which are no secret to anyone who is signed in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from casehub.definitions.cards import EACH, Card, Deadline, DeadlineUnit, Step, StepKind
from casehub.definitions.networks import Network
from casehub.definitions.overdue import EscalateTo, Overdue, Span, SpanUnit
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.services.wording import KINDS, UNITS, recurring_day
from casehub.workflow.wording import event_text

_PARTIES = {
    "referrer": "Den, der opretter sagen",
    "coordinator": "Tovholderen",
    "responsible": "Den ansvarlige myndighed",
    "kriminalforsorg": "Kriminalforsorgen",
    "": "Ingen: den nås af sig selv",
}
_MEETINGS = {"meeting": "mødet", "next_meeting": "næste møde"}
_TOLD = {EscalateTo.DEPUTY: "stedfortræderen", EscalateTo.LEADER: "lederen"}
_SPANS = {
    SpanUnit.HOURS: DeadlineUnit.HOURS,
    SpanUnit.WORKING_DAYS: DeadlineUnit.WORKING_DAYS,
    SpanUnit.CALENDAR_DAYS: DeadlineUnit.CALENDAR_DAYS,
}


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A deadline in words. `label`: Frist, Mål, Akut, Indhentes. `rule`: how it is counted. `force`: its kind and source."""

    label: str
    rule: str
    force: str


@dataclass(frozen=True, slots=True)
class CardStepView:
    """A step of a card in words. `requires`: numbers of steps. `kind`: SKAL, KAN or MILEPÆL. `when`: whole sentences."""

    number: int
    title: str
    kind: str
    gate: bool
    who: str
    role: str
    deadlines: tuple[DeadlineView, ...]
    requires: tuple[int, ...]
    when: tuple[str, ...]
    basis: str
    evidence: tuple[str, ...]
    overdue: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A card's page. `file`: where it stands in the definitions."""

    id: str
    name: str
    network: str
    target_group: str
    file: str
    steps: tuple[CardStepView, ...]


def list_cards(ctx: Context) -> tuple[CardView, ...]:
    """Every card in force, by the name of its network."""
    current = ctx.catalogue.current
    views = [describe_card(card, current.networks[card.network]) for card in current.cards.values()]
    return tuple(sorted(views, key=lambda view: (view.network, view.name)))


def read_card(ctx: Context, *, card_id: str) -> CardView:
    """One card in force. NotFound."""
    current = ctx.catalogue.current
    card = current.cards.get(card_id)
    if card is None:
        raise NotFound
    return describe_card(card, current.networks[card.network])


def describe_card(card: Card, network: Network) -> CardView:
    """The card in words."""
    within = card.sha256 == network.sha256
    return CardView(
        id=card.id,
        name=card.name,
        network=network.name,
        target_group=network.target_group,
        file=f"policies/networks/{network.id}.yaml" if within else f"policies/cards/{card.id}.yaml",
        steps=tuple(describe_step(card, step) for step in card.steps),
    )


def describe_step(card: Card, step: Step) -> CardStepView:
    """A step of it in words."""
    return CardStepView(
        number=step.number,
        title=step.title,
        kind=step.kind.value,
        gate=step.gate,
        who=_who(step),
        role=step.role,
        deadlines=tuple(_deadlines(card, step)),
        requires=tuple(sorted(card.step(key).number for key in step.requires)),
        when=tuple(_when(card, step)),
        basis=step.basis,
        evidence=tuple(field.label for field in step.evidence),
        overdue=_overdue(card.overdue_of(step, acute=False)) if step.deadline or step.catch_up else "",
    )


def _who(step: Step) -> str:
    if step.party == EACH:
        kinds = [_PARTIES.get(kind, kind) for kind in step.each_of]
        return f"{' og '.join(kinds).capitalize()}, hver for sig" if kinds else "Hver part"
    return _PARTIES.get(step.party, step.party.capitalize())


def _when(card: Card, step: Step) -> Iterator[str]:
    if step.discretionary:
        yield "Kun når nogen føjer trinnet til sagen"
    yield from (f"Kun hvis {event_text(card, event)}" for event in step.when)
    if step.repeat_limit > 1:
        yield f"Kan gentages, højst {step.repeat_limit} gange i alt"
    if step.kind is StepKind.MILESTONE:
        yield "Nås af sig selv"


def _deadlines(card: Card, step: Step) -> Iterator[DeadlineView]:
    acute = step.deadline.acute if step.deadline else None
    for label, deadline in (
        ("Mål", step.target),
        ("Frist", step.deadline),
        ("Akut", acute),
        ("Indhentes i en akut sag", step.catch_up),
    ):
        if deadline is not None:
            yield DeadlineView(label, _rule(card, deadline), _force(deadline))


def _force(deadline: Deadline) -> str:
    kind = KINDS[deadline.kind]
    said = deadline.source.lower().startswith(kind.lower())  # "Egen frist, aftalt i …" says its kind itself
    return deadline.source if said else f"{kind}. Kilde: {deadline.source}"


def _rule(card: Card, deadline: Deadline) -> str:
    """E.g. "2 hverdage efter, at sagen er oprettet", "5 hverdage før mødet"."""
    meeting = _MEETINGS.get(deadline.of)
    event = f", at {event_text(card, deadline.of)}" if meeting is None else f" {meeting}"
    if deadline.unit is DeadlineUnit.SAME_DAY:
        return f"Samme dag, som {event_text(card, deadline.of)}"
    if deadline.unit is DeadlineUnit.AT_EVENT:
        return f"På {meeting}" if meeting else f"Samme dag, som {event_text(card, deadline.of)}"
    if deadline.on is not None:
        return f"{recurring_day(deadline.on)}, første gang efter{event}"
    return (
        f"{_length(abs(deadline.amount), deadline.unit)} {'før' if deadline.amount < 0 else 'efter'}{event}"
    )


def _length(amount: int, unit: DeadlineUnit) -> str:
    one, many = UNITS[unit]
    return f"{amount} {one if amount == 1 else many}"


def _overdue(rules: Overdue) -> str:
    """E.g. "Påmindelse 1 hverdag før. Er fristen overskredet: stedfortræderen efter 1 hverdag, lederen efter 3 hverdage"."""
    before = rules.reminder_before
    told = [f"Påmindelse {_span(before)} før"] if before else []
    levels = ", ".join(
        f"{_TOLD[level.to]} {'straks' if level.after.amount == 0 else f'efter {_span(level.after)}'}"
        for level in rules.escalate
    )
    return ". ".join([*told, *([f"Er fristen overskredet: {levels}"] if levels else [])])


def _span(span: Span) -> str:
    return _length(span.amount, _SPANS[span.unit])
