"""The administrator's page: units, staff, whether the worker lives. No case."""

from flask import Blueprint, render_template

from casehub.services.administration import read_administration
from casehub.web.security import work

bp = Blueprint("administration", __name__, url_prefix="/administration")


@bp.get("")
def show() -> str:
    """The own authority as the administrator sees it."""
    with work() as ctx:
        return render_template("administration.html", page=read_administration(ctx))
