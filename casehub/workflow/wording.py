"""The Danish sentences that say why a step cannot be done now. Called by the engine; reads the card, decides nothing."""

from casehub.definitions.cards import Card, Step
from casehub.workflow.run import CASE_CREATED, PARTIES_JOINED, RESPONSIBLE_APPOINTED

CLOSED = "Sagen er lukket."

_EVENTS = {
    CASE_CREATED: "sagen er oprettet",
    PARTIES_JOINED: "parterne er inddraget",
    RESPONSIBLE_APPOINTED: "en ansvarlig myndighed er udpeget",
    "child_involved": "der er børn involveret",
    "citizen_minor": "borgeren er under 18 år",
    "citizen_adult": "borgeren er fyldt 18 år",
    "health_disclosed": "der er videregivet helbredsoplysninger",
    "meeting": "der er aftalt et møde",
    "next_meeting": "der er aftalt et næste møde",
}
_ROLES = {
    "referrer": "den henvisende myndighed er kendt",
    "coordinator": "tovholderen er kendt",
    "responsible": "den ansvarlige myndighed er udpeget",
}


def name_of(step: Step) -> str:
    """E.g. `trin 4 »Visitation«`."""
    return f"trin {step.number} »{step.title}«"


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def only_if(card: Card, event: str) -> str:
    """The step does not apply before `event`."""
    return f"Kun relevant, hvis {_event_text(card, event)}."


def _event_text(card: Card, event: str) -> str:
    if event in _EVENTS:
        return _EVENTS[event]
    for step in card.steps:
        if event == f"step.{step.key}":
            return f"{name_of(step)} er udført"
        if event.startswith(f"step.{step.key}."):
            return f"{name_of(step)} er besvaret med »{_choice_text(step, event.rsplit('.', 1)[1])}«"
    return f"hændelsen »{event}« er registreret"


def _choice_text(step: Step, choice_id: str) -> str:
    choices = (
        choice for field in step.evidence if field.id == step.outcome_field for choice in field.choices
    )
    return next((choice.text for choice in choices if choice.id == choice_id), choice_id)


def after_step(step: Step, *, shared: bool, parties_known: bool) -> str:
    """The step waits for `step`; `shared`: each party has its own part of that one."""
    if not shared:
        return f"Kan først udføres, når {name_of(step)} er udført."
    if not parties_known:
        return f"Kan først udføres, når parterne er inddraget og har gjort deres del af {name_of(step)}."
    return f"Kan først udføres, når alle parter har gjort deres del af {name_of(step)}."


def nobody_responsible(step: Step) -> str:
    """Nobody in the case can do the step yet."""
    return (
        f"Kan først udføres, når {_ROLES.get(step.party, f'en part af typen »{step.party}« er med i sagen')}."
    )


def already_done(step: Step) -> str:
    """Done before: perhaps by somebody else a moment ago."""
    return f"{_capital(name_of(step))} er allerede udført."


def not_needed(step: Step) -> str:
    """Recorded as not needed before."""
    return f"{_capital(name_of(step))} er registreret som ikke nødvendigt."


def must_be_done(step: Step) -> str:
    """A SKAL step cannot be recorded as not needed."""
    return f"{_capital(name_of(step))} skal udføres og kan ikke registreres som ikke nødvendigt."


def answer_missing(step: Step) -> str:
    """The step's outcome was not chosen."""
    return f"Vælg et svar i {name_of(step)}."


def answer_unknown(step: Step) -> str:
    """The step's outcome is none of those the card gives."""
    return f"Svaret findes ikke i {name_of(step)}. Vælg et af de svar, der står i formularen."


def not_a_participant() -> str:
    """Only a participating authority can be made responsible."""
    return "Kun en myndighed, der er med i sagen, kan udpeges som ansvarlig."
