"""The year wheel in the browser: a drawing of the year, the same as a table below it, and a button for what is one's own to do."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import wheel
from casehub.services.errors import Conflict
from casehub.services.wording import MONTHS
from casehub.web.drawing import draw
from casehub.web.security import runtime, work
from casehub.workflow.calendar import COPENHAGEN

bp = Blueprint("wheel", __name__)
YEARS = range(2000, 2101)


@bp.get("/aarshjul")
def show() -> str:
    """The year it is."""
    return _year(runtime().clock().astimezone(COPENHAGEN).year)


@bp.get("/aarshjul/<int:year>")
def show_year(year: int) -> str:
    """Another year."""
    if year not in YEARS:
        abort(404)
    return _year(year)


@bp.post("/aarshjul/opgaver/<uuid:task_id>/udfoert")
def complete(task_id: UUID) -> Response:
    """A task is done; back to the year it stands in."""
    try:
        with work() as ctx:
            year = wheel.complete_task(ctx, task_id=task_id)
    except Conflict as problem:
        flash(problem.message)
        return redirect(url_for("wheel.show"), 303)
    flash("Opgaven er udført.")
    return redirect(url_for("wheel.show_year", year=year, _anchor=f"task-{task_id}"), 303)


def _year(year: int) -> str:
    with work() as ctx:
        page = wheel.read_wheel(ctx, year=year)
    return render_template("wheel.html", page=page, drawing=draw(page), names=MONTHS)
