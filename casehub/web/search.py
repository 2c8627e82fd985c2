"""Søg: find one's own cases by what is known of a citizen. By POST alone, so that nothing of it stands in an address."""

from flask import Blueprint, render_template

from casehub.services.cases import search_cases
from casehub.services.errors import FormRefused
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("search", __name__, url_prefix="/soeg")


@bp.get("")
def show() -> str:
    """The questions."""
    return _page(restored())


@bp.post("")
def submit() -> Page:
    """The answer, below the questions as they were asked."""
    try:
        with work() as ctx:
            found = search_cases(
                ctx, cpr=typed("cpr"), name=typed("name"), phone=typed("phone"), address=typed("address")
            )
    except FormRefused as problem:
        return refused(_page, problem)
    return render_template("search.html", form=FormState(submitted()), cases=found)


def _page(form: FormState) -> str:
    return render_template("search.html", form=form, cases=None)
