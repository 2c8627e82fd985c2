"""Hvem kan se sagen, og hvorfor: for those who work on it, and for the reviewer of somebody's authority."""

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, render_template, request

from casehub.services.case_access import explain_case, explain_to_reviewer
from casehub.web.forms import FormState, Page
from casehub.web.security import work

bp = Blueprint("case_access", __name__)


@bp.get("/sager/<uuid:case_id>/adgang")
def show(case_id: UUID) -> Page:
    """Everybody who can see the case, and why; and why a colleague can or cannot."""
    with work() as ctx:
        page = explain_case(ctx, case_id=case_id, person=_person())
    typed = request.args.get("person", "")
    errors = {"person": "Vælg en kollega på listen."} if typed and page.asked is None else {}
    form = FormState({"person": [typed]}, errors)
    return render_template("case_access.html", page=page, form=form), 422 if errors else 200


@bp.get("/log/sager/<uuid:case_id>/adgang/<uuid:person>")
def show_reviewer(case_id: UUID, person: UUID) -> Page:
    """Why one of the reviewer's authority can see a case, or cannot."""
    with work() as ctx:
        page = explain_to_reviewer(ctx, case_id=case_id, person=person)
    return render_template("staff_access.html", page=page)


def _person() -> UUID | None:
    """Whom it is asked about; what is no id is nobody."""
    with suppress(ValueError):
        return UUID(request.args.get("person", ""))
    return None
