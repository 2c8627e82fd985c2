"""Files: put one up, give one away, fetch one. The file itself is chosen on the page that says who will be able to read it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import BoundedSemaphore
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from casehub.services import files
from casehub.services.errors import Conflict, FormRefused
from casehub.web.confirming import (
    BACK,
    CONFIRM,
    Confirmation,
    chosen_readers,
    counted,
    other_readers,
    refuse_gaps,
    typed_information,
    typed_readers,
    typed_terms,
    words_for,
)
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work
from casehub.web.uploading import FILE, MOST_TYPED, IncomingForm, incoming

bp = Blueprint("files", __name__, url_prefix="/sager/<uuid:case_id>/filer")

AT_ONCE = 4  # of a process's eight threads: each is held for as long as the file takes, however slow the line
BUSY = "Der bliver lagt eller hentet mange filer lige nu. Vent et øjeblik, og prøv igen."
# a page of its own that may do nothing, should anything show it in spite of all
AS_FILE = {
    "Content-Type": "application/octet-stream",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_ROOM = BoundedSemaphore(AT_ONCE)


@bp.get("/ny")
def show_new(case_id: UUID) -> Page:
    """The form of a new file: what it is, and who will be able to read it."""
    return _new(case_id, restored())


@bp.post("/ny")
def submit_new(case_id: UUID) -> AnyResponse | Page:
    """Say who will be able to read the file, and ask for it; when it comes, put it up as it is read."""
    form = incoming()
    if form is None and typed("_do") == BACK:
        return _new(case_id, FormState(submitted()))
    try:
        if form is None:
            return _confirm_new(case_id, FormState(submitted()))
        with _room_for_one(), work() as ctx:
            files.write_file(
                ctx,
                case_id=case_id,
                upload=_upload(form, ctx.catalogue.current.file_rules.largest),
                description=typed("description"),
                readers=typed_readers(),
                purpose=typed("purpose"),
                necessity=typed("necessity"),
                terms=typed_terms(),
            )
    except (FormRefused, Conflict) as problem:
        return _refused_new(case_id, problem)
    flash("Filen er gemt.")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="files"), 303)


@bp.get("/<uuid:item_id>")
def download(case_id: UUID, item_id: UUID) -> Response:
    """The file, each part of it opened when the browser is ready for it. To be saved, never to be shown here."""
    with ExitStack() as stack:
        stack.enter_context(_room_for_one(ServiceUnavailable()))
        ctx = stack.enter_context(work())
        file = files.read_file(ctx, case_id=case_id, item_id=item_id)
        beginning = next(file.chunks)  # what does not open at all is told on a page
        response = Response(_sent(beginning, file.chunks, stack.pop_all()), headers=AS_FILE)
    response.content_length = file.size
    response.headers["Content-Disposition"] = _attached(file.name)
    return response


@bp.get("/<uuid:item_id>/videregiv")
def show_disclosure(case_id: UUID, item_id: UUID) -> Page:
    """The form for giving an own file to more authorities."""
    return _disclose(case_id, item_id, restored())


@bp.post("/<uuid:item_id>/videregiv")
def submit_disclosure(case_id: UUID, item_id: UUID) -> AnyResponse | Page:
    """Say who will be able to read the file; on the second press, disclose it."""
    if typed("_do") == BACK:
        return _disclose(case_id, item_id, FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _confirm_disclosure(case_id, item_id)
        with work() as ctx:
            files.disclose_file(
                ctx,
                case_id=case_id,
                item_id=item_id,
                readers=typed_readers(),
                purpose=typed("purpose"),
                necessity=typed("necessity"),
                terms=typed_terms(),
            )
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _disclose(case_id, item_id, form), problem)
    flash("Filen er videregivet.")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="files"), 303)


@contextmanager
def _room_for_one(otherwise: Exception | None = None) -> Iterator[None]:
    """Hold one of the places for files on their way, or be refused: pages for everybody else come first."""
    if not _ROOM.acquire(blocking=False):
        raise otherwise or FormRefused({FILE: BUSY})
    try:
        yield
    finally:
        _ROOM.release()


def _sent(beginning: bytes, rest: Iterator[bytes], kept: ExitStack) -> Iterator[bytes]:
    """The file as it goes out; `kept` is what it needs until the end, also when the browser goes away before."""
    with kept:
        yield beginning
        yield from rest


def _attached(name: str) -> str:
    """Content-Disposition of RFC 6266, the name as RFC 8187 has it: every letter beyond a-z, 0-9 and a few is percent-encoded."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def _upload(form: IncomingForm, largest: int) -> files.Upload | None:
    """The file; refused before it is read if the browser says that it is too large."""
    if (request.content_length or 0) > largest + MOST_TYPED:
        raise FormRefused({FILE: files.too_large(largest)})
    return form.upload


def _form(case_id: UUID, item_id: UUID | None = None) -> files.FileForm:
    with work() as ctx:
        return files.read_file_form(ctx, case_id=case_id, item_id=item_id)


def _new(case_id: UUID, form: FormState) -> str:
    return render_template("file.html", heading="Læg en fil på sagen", page=_form(case_id), form=form)


def _disclose(case_id: UUID, item_id: UUID, form: FormState) -> str:
    page = _form(case_id, item_id)
    return render_template("file.html", heading="Videregiv en fil", page=page, form=form)


def _refused_new(case_id: UUID, problem: FormRefused | Conflict) -> Page:
    """What is wrong with the file is told where it is chosen; all else in the form before."""
    if isinstance(problem, FormRefused) and problem.errors.keys() == {FILE}:
        return _confirm_new(case_id, FormState(submitted(), problem.errors)), 422
    return refused(lambda form: _new(case_id, form), problem)


def _confirm_new(case_id: UUID, form: FormState) -> str:
    page = _form(case_id)
    refuse_gaps([])
    about = [("Beskrivelse", typed("description"))] if typed("description").strip() else []
    confirmation = _confirmation(
        page, "Tjek, hvem der kan læse filen", "Læg en fil på sagen", "Gem filen", about
    )
    return render_template("file_confirm.html", page=confirmation, files=page, form=form)


def _confirm_disclosure(case_id: UUID, item_id: UUID) -> str:
    page = _form(case_id, item_id)
    refuse_gaps([], needs_reader=True)
    name = page.file.name if page.file else ""
    heading = "Tjek, hvem du videregiver filen til"
    confirmation = _confirmation(page, heading, "Videregiv en fil", "Videregiv filen", [("Fil", name)])
    return render_template("confirm.html", page=confirmation, form=FormState(submitted()))


def _confirmation(
    page: files.FileForm, heading: str, here: str, button: str, parts: list[tuple[str, str]]
) -> Confirmation:
    readers = chosen_readers(page.readers, "Filen")
    to = f" til {counted([reader.name for reader in readers], 'myndigheder')}" if readers else ""
    return Confirmation(
        case_id=page.case_id,
        case_number=page.case_number,
        here=here,
        heading=heading,
        what="filen",
        button=button + to,
        readers=readers,
        purpose=words_for(page.purposes, typed("purpose")),
        information=typed_information(page.information),
        own_authority=page.own_authority,
        others=other_readers(page.readers),
        parts=parts,
    )
