"""Oral disclosures, recorded afterwards with the time they were made: most sharing is oral."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services.disclosures import record_oral_disclosure
from casehub.services.errors import Conflict, FormRefused
from casehub.services.notes import read_note_form
from casehub.web.confirming import typed_terms
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("oral", __name__, url_prefix="/sager/<uuid:case_id>/mundtlig")


@bp.get("")
def show(case_id: UUID) -> Page:
    """The form: who was told, when, what, on which basis."""
    return _page(case_id, restored())


@bp.post("")
def submit(case_id: UUID) -> Response | Page:
    """Record it."""
    try:
        with work() as ctx:
            record_oral_disclosure(
                ctx,
                case_id=case_id,
                to=typed("to"),
                basis=typed("basis"),
                purpose=typed("purpose"),
                necessity=typed("necessity"),
                terms=typed_terms(),
                content=typed("content"),
                happened_at=typed("happened_at"),
            )
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _page(case_id, form), problem)
    flash("Den mundtlige videregivelse er skrevet op.")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _page(case_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = read_note_form(ctx, case_id=case_id)
    bases = {basis.value: basis.text for reader in page.readers for basis in reader.bases}
    return render_template("oral.html", page=page, form=form, bases=list(bases.items()))
