"""One's own calendar: the page where its address is made and ended, and what is at the address.

Calendar programs do not sign in: the address says whose it is. So it is shown once, on the answer to its making; it goes into no
session, no log line and no entry.
"""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from casehub.outbound.calendar import ASK_AGAIN, MEDIA_TYPE, etag_of, write_calendar
from casehub.services import calendar_feed
from casehub.services.errors import NotFound, SignInRefused
from casehub.services.throttling import WINDOW
from casehub.web.confirming import CONFIRM
from casehub.web.forms import typed
from casehub.web.security import runtime, work

bp = Blueprint("calendar_feed", __name__)
NOT_FOUND, TOO_MANY = 404, 429
PLAIN = "text/plain; charset=utf-8"


@bp.get("/kalender/<token>.ics")
def feed(token: str) -> AnyResponse:
    """The calendar at this address: the same answer for one that was ended as for one that never was."""
    try:
        actor = runtime().calendar_holder(token=token, address=request.remote_addr or "")
    except NotFound:
        return Response("Der er ingen kalender på denne adresse.\n", NOT_FOUND, content_type=PLAIN)
    except SignInRefused as problem:
        wait = {"Retry-After": str(int(WINDOW.total_seconds()))}
        return Response(f"{problem.message}\n", TOO_MANY, wait, content_type=PLAIN)
    with runtime().work(actor) as ctx:
        own = calendar_feed.read_calendar(ctx)
        written = write_calendar(own, made_at=ctx.now)
    answer = Response(written, content_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = f"private, max-age={int(ASK_AGAIN.total_seconds()) // 4}"
    answer.set_etag(etag_of(own), weak=True)
    return answer.make_conditional(request)


@bp.get("/indstillinger/kalender")
def show() -> str:
    """Whether one has an address, and what it shows."""
    with work() as ctx:
        made_at = calendar_feed.read_address(ctx)
    return render_template("calendar_feed.html", made_at=made_at, address=None)


@bp.post("/indstillinger/kalender")
def make() -> str:
    """Make an address and show it this once; where there is one, first say that it ends."""
    if typed("_do") != CONFIRM:
        with work() as ctx:
            made_at = calendar_feed.read_address(ctx)
        if made_at is not None:
            return render_template("calendar_feed_sure.html", made_at=made_at, ending=False)
    with work() as ctx:
        token = calendar_feed.make_address(ctx)
    address = url_for("calendar_feed.feed", token=token, _external=True)
    return render_template("calendar_feed.html", made_at=ctx.now, address=address)


@bp.post("/indstillinger/kalender/luk")
def end() -> str | AnyResponse:
    """Say what ending means; on the second press, end it."""
    if typed("_do") != CONFIRM:
        with work() as ctx:
            made_at = calendar_feed.read_address(ctx)
        return render_template("calendar_feed_sure.html", made_at=made_at, ending=True)
    with work() as ctx:
        calendar_feed.end_address(ctx)
    flash("Din kalenderadresse er lukket.")
    return redirect(url_for("calendar_feed.show"), 303)
