"""The citizen has moved: the tovholder notes where to, and then chooses the new kommune's units as parties."""

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import moving
from casehub.services.errors import Conflict, FormRefused
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("moving", __name__, url_prefix="/sager/<uuid:case_id>/flyttet")


@bp.get("")
def show(case_id: UUID) -> str:
    """What moving means for the case, and the form."""
    return _page(case_id, restored())


@bp.post("")
def submit(case_id: UUID) -> Response | Page:
    """Note it; the new kommune's units are chosen next."""
    try:
        with work() as ctx:
            moving.move_case(ctx, case_id=case_id, kommune=typed("kommune"), seen=typed("seen"))
    except (FormRefused, Conflict) as problem:
        return refused(partial(_page, case_id), problem)
    flash("Det er noteret, at borgeren er flyttet. Vælg nu, hvem i den nye kommune sagen skal deles med.")
    return redirect(url_for("parties.show", case_id=case_id), 303)


def _page(case_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = moving.read_move_form(ctx, case_id=case_id)
    return render_template("moving.html", page=page, form=form)
