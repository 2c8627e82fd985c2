"""The log in the reviewer's hands: searching it, page by page, and the access history of one case. No case content.

What was searched for is kept in the server's session under a random name: no address and no page holds a CPR number.
"""

from secrets import token_urlsafe
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from casehub.services.errors import FormRefused
from casehub.services.log import read_case_log, read_log
from casehub.services.log_search import LogSearch, SearchInput, read_search_form, search_log
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.restoring import restored
from casehub.web.security import runtime, work

bp = Blueprint("log", __name__, url_prefix="/log")
SEARCHES = "log_searches"
MOST_SEARCHES = 10


@bp.get("")
def show() -> str:
    """The newest lines, with the form to search by."""
    return _show(restored())


@bp.post("")
def submit() -> Response | Page:
    """Search; the answer has an address of its own that tells nothing."""
    fields = SearchInput.__dataclass_fields__
    try:
        with work() as ctx:
            found = search_log(ctx, data=SearchInput(**{name: typed(name) for name in fields}))
    except FormRefused as problem:
        return refused(_show, problem)
    name = token_urlsafe(9)
    kept = list(session.get(SEARCHES, {}).items())[-MOST_SEARCHES + 1 :]
    session[SEARCHES] = {**dict(kept), name: found.as_data()}
    return redirect(url_for("log.show_found", name=name), 303)


@bp.get("/soegning/<name>")
def show_found(name: str) -> Response | str:
    """A page of what was found."""
    data = session.get(SEARCHES, {}).get(name)
    if data is None:
        flash("Søgningen er ikke gemt længere. Søg igen.")
        return redirect(url_for("log.show"), 303)
    search = LogSearch.from_data(data)
    with work() as ctx:
        page = read_log(ctx, search=search, before=request.args.get("before"))
    here = url_for("log.show_found", name=name)
    return render_template("log_found.html", page=page, here=here, words=search.words)


@bp.get("/sager/<uuid:case_id>")
def show_case(case_id: UUID) -> str:
    """Everything the log holds of a case."""
    with work() as ctx:
        case = read_case_log(ctx, case_id=case_id, before=request.args.get("before"))
    here = url_for("log.show_case", case_id=case_id)
    return render_template("log_case.html", case=case, page=case.page, here=here)


def _show(form: FormState) -> str:
    with work() as ctx:
        page = read_log(ctx, before=request.args.get("before"))
        choices = read_search_form(ctx)
    standing = runtime().log_standing()
    return render_template(
        "log.html", page=page, form=form, choices=choices, standing=standing, here=url_for("log.show")
    )
