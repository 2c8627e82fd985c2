"""Moving a case to the version of its card that is in force: a page that says what changes, and a second press that does it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import card_versions
from casehub.services.errors import Conflict
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.security import work

bp = Blueprint("card_versions", __name__, url_prefix="/sager/<uuid:case_id>/kort")


@bp.get("")
def show(case_id: UUID) -> str:
    """What would change."""
    return _page(case_id, FormState())


@bp.post("")
def submit(case_id: UUID) -> Response | Page:
    """Move the case."""
    try:
        with work() as ctx:
            card_versions.renew_card(ctx, case_id=case_id, version=typed("version"))
    except Conflict as problem:
        return refused(lambda form: _page(case_id, FormState(message=form.message)), problem)
    flash("Sagen følger nu den nye udgave af handlingskortet.")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _page(case_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = card_versions.read_newer_card(ctx, case_id=case_id)
    return render_template("card_version.html", page=page, form=form)
