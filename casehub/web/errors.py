"""What people see when something is wrong: plain Danish, never a detail. Absent and forbidden look the same."""

import sys
from dataclasses import dataclass

from flask import Flask, Response, current_app, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from casehub.runtime import Runtime
from casehub.services.errors import CaseErased, NotFound, NotOpened


@dataclass(frozen=True, slots=True)
class Words:
    """The heading and the sentence of an error page."""

    heading: str
    words: str


MISSING = Words(
    "Siden findes ikke",
    "Adressen kan være forkert, eller også er siden ikke noget for dig. Ring til din tovholder, hvis du mener, at du mangler adgang.",
)
STALE = Words(
    "Siden var for gammel",
    "Intet er gemt. Gå tilbage, hent siden igen, og prøv en gang til. Kopiér først det, du har skrevet.",
)
WORDS = {
    400: Words("Det kunne vi ikke læse", "Intet er gemt. Gå tilbage, og prøv igen."),
    403: MISSING,
    404: MISSING,
    405: Words("Det kan man ikke her", "Gå tilbage, og brug knapperne på siden."),
    413: Words(
        "Det er for meget på én gang",
        "Siden tager imod op til 4 MB. Intet er gemt. Gå tilbage, og gør teksten kortere.",
    ),
    500: Words(
        "Noget gik galt hos os",
        "Det, du var i gang med, er ikke gemt. Prøv igen om lidt, og kontakt driften, hvis det bliver ved.",
    ),
    503: Words("casehub er ikke klar", "Prøv igen om lidt."),
}
NOT_OPENED = Words(
    "Oplysningerne kunne ikke åbnes",
    "De passer ikke med det, der blev gemt, eller nøglen mangler. Det er skrevet i loggen. Kontakt driften.",
)
FORBIDDEN = 403
GONE = 410
SERVER_ERROR = 500


def answer_errors(app: Flask) -> None:
    """Hang the error pages on the app."""
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(CaseErased, _case_erased)
    app.register_error_handler(NotOpened, _not_opened)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _page(words: Words, status: int) -> tuple[str, int]:
    return render_template("error.html", heading=words.heading, words=words.words), status


def _case_erased(erased: CaseErased) -> tuple[str, int]:
    """What is left of a case for the authority that erased its copy: its number, and when it was erased."""
    case, erasure = erased.case, erased.erasure
    runtime: Runtime = current_app.extensions["casehub"]
    networks = runtime.catalogue.current.networks
    network = networks[case.network].name if case.network in networks else case.network
    page = render_template("erased.html", number=case.number, network=network, erasure=erasure)
    return page, GONE


def _not_found(_: NotFound) -> tuple[str, int]:
    return _page(MISSING, 404)


def _not_opened(_: NotOpened) -> tuple[str, int]:
    return _page(NOT_OPENED, SERVER_ERROR)


def _stale(_: CSRFError) -> tuple[str, int]:
    return _page(STALE, 400)


def _http(problem: HTTPException) -> tuple[str, int] | Response | HTTPException:
    status = problem.code or SERVER_ERROR
    if status < 400:  # noqa: PLR2004 (a redirect raised by the router is no error)
        return problem
    return _page(WORDS.get(status, WORDS[SERVER_ERROR]), 404 if status == FORBIDDEN else status)


def _unforeseen(_: Exception) -> tuple[str, int]:
    current_app.log_exception(sys.exc_info())
    try:
        return _page(WORDS[SERVER_ERROR], SERVER_ERROR)
    except Exception:  # noqa: BLE001 (the page needs who is signed in; without a database even that fails)
        words = WORDS[SERVER_ERROR]
        plain = f"<!doctype html><html lang=da><title>{words.heading}</title><h1>{words.heading}</h1><p>{words.words}"
        return plain, SERVER_ERROR
