"""Who may come in at all: deny by default, CSRF on every POST, strict headers on every answer.

`PUBLIC` is the whole list of what an anonymous visitor can reach. Who may do what is decided by the services' gate;
here is only decided whether someone is signed in. The actor is loaded anew on each request, so a revocation works at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import Flask, Response, current_app, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.wrappers import Response as AnyResponse

from casehub.access.actor import Actor
from casehub.runtime import Runtime
from casehub.services import drafts
from casehub.services.context import Context
from casehub.web.forms import submitted
from casehub.web.sessions import ServerSession

# the log's tree is for everybody: hashes and signatures, nothing about anyone
TREE = frozenset({"transparency.checkpoint", "transparency.key", "transparency.tile"})
# calendar programs do not sign in: the address itself says whose it is
PUBLIC = TREE | {
    "static",
    "sign_in.show",
    "sign_in.submit",
    "health.healthz",
    "health.readyz",
    "calendar_feed.feed",
}
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
KEPT_NOTICE = "Du blev logget ud, fordi der gik for lang tid. Det, du skrev, er gemt i 24 timer. Log ind igen, så står det i felterne."
LOST_NOTICE = "Du er ikke logget ind. Log ind, og prøv igen."

csrf = CSRFProtect()


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """Who is signed in, as flask-login wants it: an actor loaded for this request."""

    actor: Actor

    def get_id(self) -> str:
        """The staff id, which is what the session keeps."""
        return str(self.actor.staff_id)


def runtime() -> Runtime:
    """The process's runtime, put there by `create_app`."""
    found: Runtime = current_app.extensions["casehub"]
    return found


@contextmanager
def work() -> Iterator[Context]:
    """One unit of work for whoever is signed in."""
    with runtime().work(current_user.actor) as ctx:
        yield ctx


def protect(app: Flask) -> None:
    """Hang the guard, CSRF and headers on the app."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    csrf.init_app(app)
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(_load)
    app.before_request(_name_request)
    app.before_request(_guard)
    app.after_request(_set_headers)


def _load(staff_id: str) -> SignedIn | None:
    actor = runtime().actor(UUID(staff_id))
    return SignedIn(actor) if actor else None


def _name_request() -> None:
    """One id for this request, in every log line and every audit entry it leaves."""
    clear_contextvars()
    bind_contextvars(request_id=uuid4().hex)


def _guard() -> AnyResponse | None:
    if request.endpoint is None:
        return None  # there is no such page, for anybody
    if request.endpoint in PUBLIC or current_user.is_authenticated:
        csrf.protect()
        return None
    return _turn_away()


def _turn_away() -> AnyResponse:
    """To the sign-in page, and back here afterwards; what was typed before the session ended is kept as a draft."""
    if request.method in {"GET", "HEAD"}:
        session["return_to"] = request.path
    else:
        session["notice"] = KEPT_NOTICE if _keep_draft() else LOST_NOTICE
    target = url_for("sign_in.show")
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)


def _keep_draft() -> bool:
    owner = session.ended_for if isinstance(session, ServerSession) else None
    actor = runtime().actor(owner) if owner and _has_form_page() else None
    if actor is None:
        return False
    try:
        csrf.protect()
    except CSRFError:
        return False
    with runtime().work(actor) as ctx:
        drafts.save_draft(ctx, path=request.path, fields=submitted())
    session["return_to"], session["draft_of"] = request.path, str(owner)
    return True


def _has_form_page() -> bool:
    paths = {rule.rule for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return request.url_rule is not None and request.url_rule.rule in paths


def _set_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
