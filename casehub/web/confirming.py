"""The page before anything is given away: exactly who will be able to read what. Works without JavaScript.

A form that gives something away is sent twice: first to be shown here with everything typed in hidden fields, then, by
the last button, to be done. Used by notes, steps and parties.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import request

from casehub.services.audience import ReaderChoice
from casehub.services.errors import FormRefused
from casehub.services.terms import Terms
from casehub.services.views import Choice, InformationOptions, ReaderOption
from casehub.web.forms import typed

CONFIRM = "confirm"  # the value of `_do` when the last button was pressed
BACK = "back"


@dataclass(frozen=True, slots=True)
class Reader:
    """One line of the confirmation: who, what, on which basis, and why it is needed."""

    name: str
    what: str
    basis: str
    necessity: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the page says. `others`: who takes part and will not be able to read it. `parts`: (label, text) as typed."""

    case_id: UUID
    case_number: str
    here: str
    heading: str
    what: str
    button: str
    readers: Sequence[Reader]
    purpose: str
    information: str = ""
    own_authority: str = ""
    others: Sequence[str] = ()
    parts: Sequence[tuple[str, str]] = ()


def ticked(name: str) -> tuple[str, ...]:
    """Every ticked value of a field, each once."""
    return tuple(dict.fromkeys(request.form.getlist(name)))


def typed_readers() -> tuple[ReaderChoice, ...]:
    """The ticked readers with the basis chosen for each, for the services."""
    return tuple(ReaderChoice(authority, typed(f"basis-{authority}")) for authority in ticked("readers"))


def typed_terms() -> Terms:
    """What is said of the disclosure beside that, for the services."""
    return Terms(information=ticked("information"), prompted=typed("prompted"))


def typed_information(options: InformationOptions) -> str:
    """The kinds of information, in words: those ticked, or else those presumed."""
    return words_for_each(options.kinds, ticked("information") or options.presumed)


def words_for_each(choices: Sequence[Choice], values: Iterable[str]) -> str:
    """The Danish words of the chosen values, in their order."""
    return ", ".join(choice.text for choice in choices if choice.value in set(values))


def chosen_readers(options: Iterable[ReaderOption], what: str) -> list[Reader]:
    """The ticked readers in words."""
    return [
        Reader(
            option.authority,
            what,
            words_for(option.bases, typed(f"basis-{option.authority_id}")) or "Intet valgt",
            typed("necessity"),
        )
        for option in options
        if option.authority_id in ticked("readers")
    ]


def other_readers(options: Iterable[ReaderOption]) -> list[str]:
    """Who takes part in the case and was not ticked."""
    return [option.authority for option in options if option.authority_id not in ticked("readers")]


def words_for(choices: Sequence[Choice], value: str) -> str:
    """The Danish words of a chosen value; empty if it is not among the choices."""
    return next((choice.text for choice in choices if choice.value == value), "")


def counted(names: Sequence[str], many: str) -> str:
    """The one name, or how many there are."""
    return names[0] if len(names) == 1 else f"{len(names)} {many}"


def refuse_gaps(names: Iterable[tuple[str, str]], *, needs_reader: bool = False) -> None:
    """Say at once which of the named fields are empty, so that nobody confirms what cannot be saved.

    With readers ticked the purpose and necessity are asked for too. Services validate everything again.
    """
    wanted = list(names)
    if ticked("readers"):
        wanted += [
            ("purpose", "Vælg, hvad formålet er."),
            ("necessity", "Skriv, hvorfor det er nødvendigt, at de læser det."),
        ]
    errors = {name: message for name, message in wanted if not typed(name).strip()}
    if needs_reader and not ticked("readers"):
        errors["readers"] = "Vælg mindst én myndighed, der skal kunne læse det."
    if errors:
        raise FormRefused(errors)
