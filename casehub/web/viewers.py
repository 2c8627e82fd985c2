"""Hvem har set sagen: for those who work on it."""

from uuid import UUID

from flask import Blueprint, render_template

from casehub.services.viewers import read_viewers
from casehub.web.forms import Page
from casehub.web.security import work

bp = Blueprint("viewers", __name__, url_prefix="/sager/<uuid:case_id>/set-af")


@bp.get("")
def show(case_id: UUID) -> Page:
    """Everybody who has seen the case, as far as one may know them."""
    with work() as ctx:
        page = read_viewers(ctx, case_id=case_id)
    return render_template("viewers.html", page=page)
