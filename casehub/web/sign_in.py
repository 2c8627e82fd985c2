"""Signing in and out. A new session id at each; the refusal has the same words for every cause."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from casehub.access.actor import Actor
from casehub.services.errors import SignInRefused
from casehub.web.forms import FormState, Page, typed
from casehub.web.security import SignedIn, runtime
from casehub.web.sessions import ServerSession

bp = Blueprint("sign_in", __name__)


@bp.get("/log-ind")
def show() -> Response | Page:
    """The sign-in page; whoever is signed in already goes to Min dag."""
    if current_user.is_authenticated:
        return redirect(url_for("day.show"))
    return _page(FormState())


@bp.post("/log-ind")
def submit() -> Response | Page:
    """Sign in, with a new session id, and go where one was going."""
    try:
        actor = runtime().sign_in(
            login=typed("login"), password=request.form.get("password", ""), address=request.remote_addr or ""
        )
    except SignInRefused as problem:
        return _page(FormState({"login": [typed("login")]}, {"login": problem.message})), 422
    target = _target(actor)
    _renew()
    login_user(SignedIn(actor))
    return redirect(target, 303)


@bp.post("/log-ud")
def sign_out() -> Response:
    """Sign out: the session's row is deleted."""
    runtime().sign_out(current_user.actor)
    logout_user()
    _renew(notice="Du er logget ud.")
    return redirect(url_for("sign_in.show"), 303)


def _page(form: FormState) -> str:
    return render_template("sign_in.html", form=form, notice=session.pop("notice", None))


def _target(actor: Actor) -> str:
    """Where to go: back to the page one was at, unless what was kept there belongs to another person."""
    owner = session.get("draft_of")
    back = session.get("return_to")
    if not isinstance(back, str) or (owner and UUID(owner) != actor.staff_id):
        return url_for("day.show")
    return back


def _renew(**kept: str) -> None:
    if isinstance(session, ServerSession):
        session.renew(**kept)
