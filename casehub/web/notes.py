"""Notes: write one, give one away. Before anything is saved a page says exactly who will be able to read what."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import notes
from casehub.services.errors import Conflict, FormRefused
from casehub.services.views import NoteForm
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

bp = Blueprint("notes", __name__, url_prefix="/sager/<uuid:case_id>/noter")


@bp.get("/ny")
def show_new(case_id: UUID) -> Page:
    """The form of a new note."""
    return _new(case_id, restored())


@bp.post("/ny")
def submit_new(case_id: UUID) -> Response | Page:
    """Say who will be able to read the note; on the second press, save it."""
    if typed("_do") == BACK:
        return _new(case_id, FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _confirm_new(case_id)
        with work() as ctx:
            notes.write_note(
                ctx,
                case_id=case_id,
                text=typed("text"),
                readers=typed_readers(),
                purpose=typed("purpose"),
                necessity=typed("necessity"),
                terms=typed_terms(),
            )
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _new(case_id, form), problem)
    flash("Notatet er gemt.")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@bp.get("/<uuid:item_id>/videregiv")
def show_disclosure(case_id: UUID, item_id: UUID) -> Page:
    """The form for giving an own note to more authorities."""
    return _disclose(case_id, item_id, restored())


@bp.post("/<uuid:item_id>/videregiv")
def submit_disclosure(case_id: UUID, item_id: UUID) -> Response | Page:
    """Say who will be able to read the note; on the second press, disclose it."""
    if typed("_do") == BACK:
        return _disclose(case_id, item_id, FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _confirm_disclosure(case_id, item_id)
        with work() as ctx:
            notes.disclose_note(
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
    flash("Notatet er videregivet.")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _form(case_id: UUID, item_id: UUID | None = None) -> NoteForm:
    with work() as ctx:
        return notes.read_note_form(ctx, case_id=case_id, item_id=item_id)


def _new(case_id: UUID, form: FormState) -> str:
    return render_template("note.html", heading="Skriv et notat", page=_form(case_id), form=form)


def _disclose(case_id: UUID, item_id: UUID, form: FormState) -> str:
    page = _form(case_id, item_id)
    return render_template("note.html", heading="Videregiv et notat", page=page, form=form)


def _confirm_new(case_id: UUID) -> Page:
    form = _form(case_id)
    refuse_gaps([("text", "Skriv notatet.")])
    return _confirm(form, "Tjek, hvem der kan læse notatet", "Skriv et notat", "Gem notatet", typed("text"))


def _confirm_disclosure(case_id: UUID, item_id: UUID) -> Page:
    form = _form(case_id, item_id)
    refuse_gaps([], needs_reader=True)
    heading = "Tjek, hvem du videregiver notatet til"
    return _confirm(
        form, heading, "Videregiv et notat", "Videregiv notatet", form.note.text if form.note else ""
    )


def _confirm(form: NoteForm, heading: str, here: str, button: str, text: str) -> str:
    readers = chosen_readers(form.readers, "Notatet nedenfor")
    to = f" til {counted([reader.name for reader in readers], 'myndigheder')}" if readers else ""
    page = Confirmation(
        case_id=form.case_id,
        case_number=form.case_number,
        here=here,
        heading=heading,
        what="notatet",
        button=button + to,
        readers=readers,
        purpose=words_for(form.purposes, typed("purpose")),
        information=typed_information(form.information),
        own_authority=form.own_authority,
        others=other_readers(form.readers),
        parts=[("Notat", text)],
    )
    return render_template("confirm.html", page=page, form=FormState(submitted()))
