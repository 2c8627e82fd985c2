"""Forums in the browser: the list, a forum, a meeting of it with its minutes, and the coordinated plan of a year."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import forums, plans
from casehub.services.context import Context
from casehub.services.errors import Conflict, FormRefused
from casehub.web.confirming import ticked
from casehub.web.forms import FormState, Page, refused, submitted, typed, typed_version
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("forums", __name__, url_prefix="/fora")
MEETING = "/<forum_id>/moeder/<uuid:meeting_id>"
PLAN = "/<forum_id>/plan/<int:year>"
YEARS = range(2000, 2101)
ADOPT, SURE = "adopt", "sure"


@bp.get("")
def show_list() -> str:
    """The forums one's unit has a seat in."""
    with work() as ctx:
        found = forums.list_forums(ctx)
    return render_template("forums.html", forums=found)


@bp.get("/<forum_id>")
def show(forum_id: str) -> str:
    """One forum."""
    return _forum(forum_id, restored())


@bp.post("/<forum_id>")
def call(forum_id: str) -> Response | Page:
    """Call a meeting of it."""
    data = forums.CallInput(typed("starts_at"), typed("place"), typed("agenda"), ticked("guests"))
    try:
        with work() as ctx:
            meeting_id = forums.call_meeting(ctx, forum_id=forum_id, data=data)
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _forum(forum_id, form), problem)
    flash("Mødet er indkaldt.")
    return redirect(url_for("forums.show_meeting", forum_id=forum_id, meeting_id=meeting_id), 303)


@bp.get(MEETING)
def show_meeting(forum_id: str, meeting_id: UUID) -> str:
    """One meeting."""
    return _meeting(forum_id, meeting_id, restored())


@bp.post(MEETING)
def submit_meeting(forum_id: str, meeting_id: UUID) -> Response | Page:
    """Write, approve or send its minutes, by the button pressed."""
    if typed("_do") not in DOING:
        abort(400)
    do, said = DOING[typed("_do")]
    try:
        with work() as ctx:
            do(ctx, forum_id, meeting_id)
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _meeting(forum_id, meeting_id, form), problem)
    flash(said)
    return redirect(url_for("forums.show_meeting", forum_id=forum_id, meeting_id=meeting_id), 303)


@bp.get(PLAN)
def show_plan(forum_id: str, year: int) -> str:
    """The coordinated plan of a year."""
    return _plan(forum_id, year, restored())


@bp.post(PLAN)
def submit_plan(forum_id: str, year: int) -> Response | Page:
    """Save it, or adopt it as it was saved; adopting asks once more."""
    pressed = typed("_do")
    if pressed == ADOPT:
        return _plan(forum_id, year, FormState(), sure=True)
    try:
        with work() as ctx:
            if pressed == SURE:
                plans.adopt_plan(ctx, forum_id=forum_id, year=year)
            else:
                texts = {name: values[0] for name, values in submitted().items() if values}
                plans.write_plan(ctx, forum_id=forum_id, year=year, texts=texts)
    except (FormRefused, Conflict) as problem:
        state = FormState(errors=problem.errors) if isinstance(problem, FormRefused) else None
        if pressed == SURE:  # nothing was typed: the plan is shown as it was saved
            shown = state or FormState(message=problem.message)  # type: ignore[union-attr]
            return _plan(forum_id, year, shown), 422 if state else 409
        return refused(lambda form: _plan(forum_id, year, form), problem)
    flash("Planen er vedtaget." if pressed == SURE else "Planen er gemt.")
    return redirect(url_for("forums.show_plan", forum_id=forum_id, year=year), 303)


Do = Callable[[Context, str, UUID], None]
DOING: Mapping[str, tuple[Do, str]] = {
    "write": (
        lambda ctx, forum_id, meeting_id: forums.write_minutes(
            ctx, forum_id=forum_id, meeting_id=meeting_id, text=typed("text"), version=typed_version()
        ),
        "Referatet er gemt som udkast.",
    ),
    "approve": (
        lambda ctx, forum_id, meeting_id: forums.approve_minutes(
            ctx, forum_id=forum_id, meeting_id=meeting_id, version=typed_version()
        ),
        "Referatet er godkendt.",
    ),
    "send": (
        lambda ctx, forum_id, meeting_id: forums.send_minutes(ctx, forum_id=forum_id, meeting_id=meeting_id),
        "Referatet er sendt ud: alle med en plads kan læse det.",
    ),
}


def _forum(forum_id: str, form: FormState) -> str:
    with work() as ctx:
        page = forums.read_forum(ctx, forum_id=forum_id)
    return render_template("forum.html", page=page, form=form)


def _meeting(forum_id: str, meeting_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = forums.read_meeting(ctx, forum_id=forum_id, meeting_id=meeting_id)
    return render_template("forum_meeting.html", page=page, form=form)


def _plan(forum_id: str, year: int, form: FormState, *, sure: bool = False) -> str:
    if year not in YEARS:
        abort(404)
    with work() as ctx:
        page = plans.read_plan(ctx, forum_id=forum_id, year=year)
    return render_template("plan.html", page=page, form=form, sure=sure)
