"""The Danish sentences that say why a step cannot be done now. Called by the engine; reads the card, decides nothing."""

from casehub.definitions.cards import Card, Step, StepKind
from casehub.workflow.run import CASE_CREATED, PARTIES_JOINED, RESPONSIBLE_APPOINTED, StepStatus

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
    return f"Kun relevant, hvis {event_text(card, event)}."


def event_text(card: Card, event: str) -> str:
    """What happened, as the end of a sentence: `sagen er oprettet`, `trin 4 »Visitation« er udført`."""
    if event in _EVENTS:
        return _EVENTS[event]
    for own in card.events:
        if own.id == event:
            return own.text
    for step in card.steps:
        if event == f"step.{step.key}":
            return f"{name_of(step)} er {_done(step)}"
        if event == f"add.{step.key}":
            return f"{name_of(step)} er tilføjet sagen"
        if event.startswith(f"step.{step.key}."):
            return f"{name_of(step)} er besvaret med »{_choice_text(step, event.rsplit('.', 1)[1])}«"
    return f"hændelsen »{event}« er registreret"


def _choice_text(step: Step, choice_id: str) -> str:
    choices = (
        choice for field in step.evidence if field.id == step.outcome_field for choice in field.choices
    )
    return next((choice.text for choice in choices if choice.id == choice_id), choice_id)


def _done(step: Step) -> str:
    return "nået" if step.kind is StepKind.MILESTONE else "udført"


def after_step(step: Step, *, shared: bool, parties_known: bool) -> str:
    """The step waits for `step`; `shared`: each party has its own part of that one."""
    if not shared:
        return f"Kan først udføres, når {name_of(step)} er {_done(step)}."
    if not parties_known:
        return f"Kan først udføres, når parterne er inddraget og har gjort deres del af {name_of(step)}."
    return f"Kan først udføres, når alle parter har gjort deres del af {name_of(step)}."


def nobody_responsible(step: Step) -> str:
    """Nobody in the case can do the step yet."""
    return (
        f"Kan først udføres, når {_ROLES.get(step.party, f'en part af typen »{step.party}« er med i sagen')}."
    )


def settled(step: Step, status: StepStatus) -> str:
    """Settled before: perhaps by somebody else a moment ago."""
    if status is StepStatus.DONE:
        return f"{_capital(name_of(step))} er allerede {_done(step)}."
    how = "umuligt" if status is StepStatus.IMPOSSIBLE else "ikke nødvendigt"
    return f"{_capital(name_of(step))} er registreret som {how}."


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


def indispensable(step: Step) -> str:
    """The case could not go on or end without the step."""
    return f"Sagen kan ikke komme videre uden {name_of(step)}, så det kan ikke registreres som umuligt."


def no_deadline_yet(step: Step) -> str:
    """There is nothing to move."""
    return f"{_capital(name_of(step))} har endnu ingen frist."


def not_extended(step: Step) -> str:
    """The card lets nobody extend."""
    return f"Efter handlingskortet kan fristen for {name_of(step)} ikke forlænges."


def not_suspended(step: Step) -> str:
    """The card lets nobody suspend."""
    return f"Efter handlingskortet kan fristen for {name_of(step)} ikke sættes i bero."


def not_later() -> str:
    """An extension that is none."""
    return "Den nye frist skal ligge efter den, der gælder nu, og efter i dag."


def not_ahead() -> str:
    """A rest that would be over."""
    return "Fristen kan kun sættes i bero til en dag, der ikke er kommet endnu."


def overdue_not_suspended() -> str:
    """What has passed cannot rest."""
    return "Fristen er overskredet og kan ikke sættes i bero."


def rests_already(step: Step) -> str:
    """It rests."""
    return f"Fristen for {name_of(step)} er allerede sat i bero."


def not_transferable(step: Step) -> str:
    """The card keeps the step where it is."""
    return f"Efter handlingskortet kan {name_of(step)} ikke overdrages til en anden myndighed."


def not_a_participant_to_take_over() -> str:
    """Only a participating authority can take a step over."""
    return "Kun en myndighed, der er med i sagen, kan overtage et trin."


def has_it_already() -> str:
    """Handed to whom it belongs."""
    return "Myndigheden har allerede trinnet."


def belongs_already(step: Step) -> str:
    """Not one that is added."""
    return f"{_capital(name_of(step))} hører med i alle sager og skal ikke tilføjes."


def added_already(step: Step) -> str:
    """Added before."""
    return f"{_capital(name_of(step))} er allerede tilføjet sagen."


def not_done_yet(step: Step) -> str:
    """There is nothing to repeat."""
    return f"{_capital(name_of(step))} kan først gentages, når det er udført."


def not_repeatable(step: Step) -> str:
    """The card has it done once."""
    return f"Efter handlingskortet gentages {name_of(step)} ikke. Er der fejl i det, kan det genåbnes."


def done_often_enough(step: Step) -> str:
    """The limit of the card."""
    return f"Efter handlingskortet udføres {name_of(step)} højst {step.repeat_limit} gange."


def still_open(step: Step) -> str:
    """There is nothing to reopen."""
    return f"{_capital(name_of(step))} er ikke afsluttet."


def done_once(step: Step) -> str:
    """Written when the case was created, or reached by itself."""
    return f"{_capital(name_of(step))} kan ikke genåbnes."


def no_work(step: Step) -> str:
    """A milestone is reached by itself."""
    return f"{_capital(name_of(step))} er en milepæl, som nås af sig selv."


def begins_otherwise() -> str:
    """What a case began with is not in the new version as it was done."""
    return "Den nye udgave begynder på en anden måde end den, sagen er begyndt med."


def settled_and_gone(step: Step, status: StepStatus) -> str:
    """The new version has no place for what was done."""
    how = {
        StepStatus.NOT_NEEDED: "registreret som ikke nødvendigt",
        StepStatus.IMPOSSIBLE: "registreret som umuligt",
    }
    return (
        f"{_capital(name_of(step))} er {how.get(status, _done(step))} i sagen, men er ikke med i den nye udgave, eller deles der på en"
        " anden måde."
    )


def settled_otherwise(step: Step) -> str:
    """What was done then is something else now."""
    return f"{_capital(name_of(step))} er {_done(step)} i sagen på en måde, som den nye udgave ikke kender."


def would_be_over() -> str:
    """A closing step that is settled already."""
    return "Efter den nye udgave er sagen slut. Luk den i stedet."
