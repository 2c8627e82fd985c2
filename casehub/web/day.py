"""Min dag: what the person must do today. Reviewers and administrators begin at their own desks."""

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from casehub.services.day import read_day
from casehub.services.day_views import NewsLine
from casehub.web.navigation import first_page
from casehub.web.security import work

bp = Blueprint("day", __name__)


@bp.get("/")
def show() -> Response | str:
    """Own tasks by deadline, what is new, whom to call."""
    endpoint = first_page(current_user.actor)
    if endpoint != "day.show":
        return redirect(url_for(endpoint))
    with work() as ctx:
        day = read_day(ctx)
    return render_template("day.html", day=day, news=_by_case(day.news))


def _by_case(lines: Iterable[NewsLine]) -> list[list[NewsLine]]:
    """What is new, case by case: the case with the newest line first, so that one busy case is told once."""
    cases: dict[UUID, list[NewsLine]] = {}
    for line in lines:
        cases.setdefault(line.case_id, []).append(line)
    return list(cases.values())
