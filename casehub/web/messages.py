"""Beskeder: what one was told, a way to each case, and how one wants to be told."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import messages
from casehub.services.calendar_feed import may_have_calendar
from casehub.services.errors import FormRefused
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.security import work

bp = Blueprint("messages", __name__)


@bp.get("/beskeder")
def show() -> str:
    """One's messages, the newest first."""
    with work() as ctx:
        lines = messages.read_messages(ctx)
        calendar = may_have_calendar(ctx)
    return render_template("messages.html", messages=lines, calendar=calendar)


@bp.post("/beskeder/<uuid:message_id>")
def open_message(message_id: UUID) -> Response:
    """Mark one as read and go where it leads."""
    with work() as ctx:
        case_id = messages.open_message(ctx, message_id=message_id)
    return redirect(url_for("cases.show", case_id=case_id) if case_id else url_for("day.show"), 303)


@bp.post("/beskeder/laest")
def mark() -> Response:
    """Mark all as read."""
    with work() as ctx:
        messages.mark_all_read(ctx)
    flash("Alle beskeder er markeret som læst.")
    return redirect(url_for("messages.show"), 303)


@bp.get("/indstillinger/beskeder")
def show_choice() -> str:
    """How one is told, and the form to choose."""
    return _choice(FormState())


@bp.post("/indstillinger/beskeder")
def save_choice() -> Response | Page:
    """Choose how to be told."""
    try:
        with work() as ctx:
            messages.save_choice(
                ctx,
                delivery=typed("delivery"),
                quiet_from=typed("quiet_from"),
                quiet_to=typed("quiet_to"),
            )
    except FormRefused as problem:
        return refused(_choice, problem)
    flash("Dit valg er gemt.")
    return redirect(url_for("messages.show_choice"), 303)


def _choice(form: FormState) -> str:
    with work() as ctx:
        choice = messages.read_choice(ctx)
    begin, end = (f"{each:%H:%M}" for each in choice.quiet) if choice.quiet else ("", "")
    return render_template(
        "message_choice.html", form=form, delivery=choice.delivery.value, quiet_from=begin, quiet_to=end
    )
