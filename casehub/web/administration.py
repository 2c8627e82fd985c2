"""The administrator's page: units, staff, whether the worker lives. No case."""

from flask import Blueprint, render_template

from casehub.services.administration import read_administration
from casehub.web.security import runtime, work

bp = Blueprint("administration", __name__, url_prefix="/administration")


@bp.get("")
def show() -> str:
    """The own authority as the administrator sees it."""
    with work() as ctx:
        page = read_administration(ctx)
    return render_template("administration.html", page=page, standing=runtime().log_standing())
