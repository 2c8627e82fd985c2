"""The contact network in the browser: how it covers units and kommuner, each post with its duties, and who is away."""

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import absences, contact_network, coverage, duty_phones
from casehub.services.errors import Conflict, FormRefused
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.security import work

bp = Blueprint("contacts", __name__, url_prefix="/kontakter")


@bp.get("")
def show() -> str:
    """Stations, other units and kommuner by network, with what is missing."""
    with work() as ctx:
        page = coverage.read_coverage(ctx)
    return render_template("contacts.html", page=page)


@bp.get("/<network>/<path:unit_id>")
def show_post(network: str, unit_id: str) -> str:
    """Who has duties at a unit in a network, and the form to add one."""
    return _post(network, unit_id, FormState())


@bp.post("/<network>/<path:unit_id>")
def give_duty(network: str, unit_id: str) -> Response | Page:
    """Give somebody a duty there."""
    data = contact_network.DutyInput(
        typed("staff"), typed("function"), typed("valid_from"), typed("valid_to"), typed("seen")
    )
    try:
        with work() as ctx:
            contact_network.give_duty(ctx, network=network, unit_id=unit_id, data=data)
    except (FormRefused, Conflict) as problem:
        return refused(partial(_post, network, unit_id), problem)
    flash("Kontaktopgaven er gemt. Den gælder, fra medarbejderen åbner næste side.")
    return redirect(url_for("contacts.show_post", network=network, unit_id=unit_id), 303)


@bp.get("/opgaver/<uuid:duty_id>")
def show_duty(duty_id: UUID) -> str:
    """One duty, and the form to change how long it lasts."""
    return _duty(duty_id, FormState())


@bp.post("/opgaver/<uuid:duty_id>")
def change_duty(duty_id: UUID) -> Response | Page:
    """Set its last day, or end it now."""
    try:
        with work() as ctx:
            page = contact_network.read_duty(ctx, duty_id=duty_id)
        with work() as ctx:
            contact_network.change_duty(
                ctx,
                duty_id=duty_id,
                valid_to=typed("valid_to"),
                seen=typed("seen"),
                at_once=typed("_do") == "end",
                despite_gap=typed("despite_gap") == "ja",
            )
    except (FormRefused, Conflict) as problem:
        return refused(partial(_duty, duty_id), problem)
    flash("Kontaktopgaven er ændret. Det gælder fra nu af.")
    return redirect(url_for("contacts.show_post", network=page.network, unit_id=page.unit_id), 303)


@bp.get("/fravaer")
def show_absences() -> str:
    """Who is away, and the form to note it."""
    return _absences(FormState())


@bp.post("/fravaer")
def note_absence() -> Response | Page:
    """Note when somebody is away."""
    data = absences.AbsenceInput(typed("staff"), typed("first_day"), typed("last_day"))
    try:
        with work() as ctx:
            alone = absences.note_absence(ctx, data=data)
    except FormRefused as problem:
        return refused(_absences, problem)
    flash("Fraværet er noteret. Stedfortræderen træder til fra den første dag.")
    for cell in alone:
        flash(f"Ingen træder til i {cell.network_name}, {cell.unit}. Giv en anden opgaven.")
    return redirect(url_for("contacts.show_absences"), 303)


@bp.post("/fravaer/<uuid:absence_id>/slut")
def end_absence(absence_id: UUID) -> Response:
    """The person is back."""
    try:
        with work() as ctx:
            absences.end_absence(ctx, absence_id=absence_id)
    except Conflict as problem:
        flash(problem.message)
        return redirect(url_for("contacts.show_absences"), 303)
    flash("Fraværet er afsluttet.")
    return redirect(url_for("contacts.show_absences"), 303)


@bp.get("/vagttelefon/<path:unit_id>")
def show_phone(unit_id: str) -> str:
    """A unit's duty phone, and the form to change it."""
    return _phone(unit_id, FormState())


@bp.post("/vagttelefon/<path:unit_id>")
def save_phone(unit_id: str) -> Response | Page:
    """Change it."""
    try:
        with work() as ctx:
            duty_phones.save_duty_phone(ctx, unit_id=unit_id, phone=typed("phone"), seen=typed("seen"))
    except (FormRefused, Conflict) as problem:
        return refused(partial(_phone, unit_id), problem)
    flash("Vagttelefonen er gemt.")
    return redirect(url_for("contacts.show"), 303)


def _phone(unit_id: str, form: FormState) -> str:
    with work() as ctx:
        page = duty_phones.read_duty_phone(ctx, unit_id=unit_id)
    return render_template("duty_phone.html", page=page, form=form)


def _post(network: str, unit_id: str, form: FormState) -> str:
    with work() as ctx:
        page = contact_network.read_post(ctx, network=network, unit_id=unit_id)
    return render_template("contact_post.html", page=page, form=form)


def _duty(duty_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = contact_network.read_duty(ctx, duty_id=duty_id)
    return render_template("contact_duty.html", page=page, form=form)


def _absences(form: FormState) -> str:
    with work() as ctx:
        page = absences.read_absences(ctx)
    return render_template("absences.html", page=page, form=form)
