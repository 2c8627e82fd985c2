"""Meetings in the browser: the list, calling one, its page, and what is written of each of its cases."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casehub.services import calling, meetings, minutes
from casehub.services.context import Context
from casehub.services.errors import Conflict, FormRefused
from casehub.services.meeting_views import AgendaForm
from casehub.web.confirming import (
    BACK,
    CONFIRM,
    Confirmation,
    chosen_readers,
    counted,
    other_readers,
    refuse_gaps,
    ticked,
    typed_information,
    typed_readers,
    typed_terms,
    words_for,
)
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work
from casehub.web.times import typed_day_text

bp = Blueprint("meetings", __name__)
NEW, ONE = "/moeder/ny", "/moeder/<uuid:meeting_id>"
OF_CASE = "/moeder/<uuid:meeting_id>/sager/<uuid:case_id>"
GAPS = (
    ("starts_at", "Vælg, hvornår mødet er."),
    ("place", "Skriv, hvor mødet er."),
    ("cases", "Vælg mindst én sag til dagsordenen."),
)
CANCEL, SURE = "cancel", "sure"


@bp.get("/moeder")
def show_list() -> str:
    """The meetings one is invited to, or calls."""
    with work() as ctx:
        found = meetings.list_meetings(ctx)
    return render_template("meetings.html", meetings=found)


@bp.get(NEW)
def show_new() -> str:
    """Time, place and the cases due."""
    return _new(restored())


@bp.post(NEW)
def submit_new() -> Response | Page:
    """Say who will be invited and see which case; on the second press, call the meeting."""
    if typed("_do") == BACK:
        return _new(FormState(submitted()))
    if typed("_do") != CONFIRM:
        try:
            refuse_gaps(GAPS)
        except FormRefused as problem:
            return refused(_new, problem)
        return _invite(FormState(submitted()))
    try:
        with work() as ctx:
            meeting_id = calling.call_meeting(
                ctx,
                data=calling.CallInput(
                    group=_group(),
                    starts_at=typed("starts_at"),
                    place=typed("place"),
                    cases=_ids("cases"),
                    invited=_ids("invited"),
                ),
            )
    except (FormRefused, Conflict) as problem:
        first = isinstance(problem, FormRefused) and problem.errors.keys() & {"starts_at", "place", "cases"}
        return refused(_new if first else _invite, problem)
    flash("Mødet er indkaldt.")
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


@bp.get(ONE)
def show(meeting_id: UUID) -> str:
    """One meeting."""
    return _one(meeting_id, FormState())


@bp.post(ONE)
def submit(meeting_id: UUID) -> Response | Page:
    """Confirm one's confidentiality, note that it was held, or cancel it, by the button pressed. Cancelling asks once more."""
    pressed = typed("_do")
    if pressed == CANCEL:
        return _one(meeting_id, FormState(), sure=True)
    if pressed not in DOING:
        abort(400)
    do, said = DOING[pressed]
    try:
        with work() as ctx:
            do(ctx, meeting_id)
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _one(meeting_id, form), problem)
    flash(said)
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


@bp.post(f"{ONE}/flyt")
def move(meeting_id: UUID) -> Response | Page:
    """Another time or place."""
    try:
        with work() as ctx:
            calling.move_meeting(
                ctx, meeting_id=meeting_id, starts_at=typed("starts_at"), place=typed("place")
            )
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _one(meeting_id, form), problem)
    flash("Mødet er flyttet. Alle i sagerne får besked.")
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


@bp.get(f"{OF_CASE}/referat")
def show_minutes(meeting_id: UUID, case_id: UUID) -> str:
    """The form of the minutes of one case."""
    return _write(meeting_id, case_id, restored(), "minutes")


@bp.post(f"{OF_CASE}/referat")
def submit_minutes(meeting_id: UUID, case_id: UUID) -> Response | Page:
    """Say who will be able to read the minutes; on the second press, save them."""
    return _submit(meeting_id, case_id, "minutes")


@bp.get(f"{OF_CASE}/beslutning")
def show_decision(meeting_id: UUID, case_id: UUID) -> str:
    """The form of what an authority is to do in one case."""
    return _write(meeting_id, case_id, restored(), "decision")


@bp.post(f"{OF_CASE}/beslutning")
def submit_decision(meeting_id: UUID, case_id: UUID) -> Response | Page:
    """Say who will be able to read it; on the second press, save it."""
    return _submit(meeting_id, case_id, "decision")


@bp.post("/sager/<uuid:case_id>/opgaver/<uuid:decision_id>/udfoert")
def complete_decision(case_id: UUID, decision_id: UUID) -> Response:
    """How it went with what one's own authority was to do."""
    try:
        with work() as ctx:
            minutes.complete_decision(
                ctx, case_id=case_id, decision_id=decision_id, outcome=typed("outcome") or "done"
            )
    except Conflict as problem:
        flash(problem.message)
    else:
        flash("Opgaven er udført.")
    return redirect(url_for("cases.show", case_id=case_id), 303)


Do = Callable[[Context, UUID], None]
DOING: Mapping[str, tuple[Do, str]] = {
    "confirm": (
        lambda ctx, meeting_id: meetings.confirm_confidentiality(ctx, meeting_id=meeting_id),
        "Din tavshedspligt er bekræftet.",
    ),
    "hold": (
        lambda ctx, meeting_id: meetings.hold_meeting(
            ctx, meeting_id=meeting_id, attended=_ids("attended"), on_paper=_ids("on_paper")
        ),
        "Mødet er holdt. Skriv referatet for hver sag nedenfor.",
    ),
    SURE: (lambda ctx, meeting_id: meetings.cancel_meeting(ctx, meeting_id=meeting_id), "Mødet er aflyst."),
}
TITLES = {"minutes": "Skriv referat", "decision": "Skriv en beslutning"}


def _ids(name: str) -> tuple[UUID, ...]:
    """The ticked ids of a field; what is none was not on the page."""
    try:
        return tuple(UUID(value) for value in ticked(name))
    except ValueError:
        abort(400)


def _group() -> str:
    """Which group the meeting is for: from the address the first time, then from the form itself."""
    return typed("group") or request.args.get("gruppe", "")


def _new(form: FormState) -> str:
    with work() as ctx:
        page = calling.read_call_form(ctx, group=_group())
    return render_template("meeting_call.html", page=page, form=form)


def _invite(form: FormState) -> str:
    with work() as ctx:
        page = calling.read_call_form(ctx, group=_group(), chosen=_ids("cases"))
    return render_template("meeting_invite.html", page=page, form=form)


def _one(meeting_id: UUID, form: FormState, *, sure: bool = False) -> str:
    with work() as ctx:
        page = meetings.read_meeting(ctx, meeting_id=meeting_id)
    return render_template("meeting.html", page=page, form=form, sure=sure)


def _form(meeting_id: UUID, case_id: UUID) -> AgendaForm:
    with work() as ctx:
        return minutes.read_agenda_form(ctx, meeting_id=meeting_id, case_id=case_id)


def _write(meeting_id: UUID, case_id: UUID, form: FormState, kind: str) -> str:
    page = _form(meeting_id, case_id)
    return render_template("meeting_write.html", page=page, form=form, kind=kind, heading=TITLES[kind])


def _submit(meeting_id: UUID, case_id: UUID, kind: str) -> Response | Page:
    def again(form: FormState) -> str:
        return _write(meeting_id, case_id, form, kind)

    if typed("_do") == BACK:
        return again(FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _confirm(meeting_id, case_id, kind)
        readers = typed_readers()
        with work() as ctx:
            if kind == "minutes":
                minutes.write_minutes(
                    ctx,
                    meeting_id=meeting_id,
                    case_id=case_id,
                    text=typed("text"),
                    readers=readers,
                    purpose=typed("purpose"),
                    necessity=typed("necessity"),
                    terms=typed_terms(),
                )
            else:
                minutes.write_decision(
                    ctx,
                    meeting_id=meeting_id,
                    case_id=case_id,
                    text=typed("text"),
                    owner=typed("owner"),
                    due_on=typed("due_on"),
                    readers=readers,
                    purpose=typed("purpose"),
                    necessity=typed("necessity"),
                    terms=typed_terms(),
                )
    except (FormRefused, Conflict) as problem:
        return refused(again, problem)
    flash("Referatet er gemt i sagen." if kind == "minutes" else "Beslutningen er gemt i sagen.")
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


def _confirm(meeting_id: UUID, case_id: UUID, kind: str) -> str:
    form = _form(meeting_id, case_id)
    gaps = [("text", "Skriv referatet." if kind == "minutes" else "Skriv, hvad der er besluttet.")]
    parts = [("Referat" if kind == "minutes" else "Beslutning", typed("text"))]
    if kind == "decision":
        gaps += [("owner", "Vælg, hvem der gør det."), ("due_on", "Vælg, hvornår det skal være gjort.")]
        parts += [
            ("Hvem gør det", words_for(form.owners, typed("owner"))),
            ("Senest", typed_day_text(typed("due_on"))),
        ]
    refuse_gaps(gaps)
    readers = chosen_readers(form.readers, "Det, du har skrevet")
    to = (
        f", og videregiv til {counted([reader.name for reader in readers], 'myndigheder')}" if readers else ""
    )
    page = Confirmation(
        case_id=form.case_id,
        case_number=form.case_number,
        here=TITLES[kind],
        heading="Tjek, hvem der kan læse det",
        what="det, du har skrevet",
        button=f"Gem{to}",
        readers=readers,
        purpose=words_for(form.purposes, typed("purpose")),
        information=typed_information(form.information),
        own_authority=form.own_authority,
        others=other_readers(form.readers),
        parts=parts,
    )
    return render_template("confirm.html", page=page, form=FormState(submitted()))
