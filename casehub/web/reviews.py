"""Reviews in the browser: the reviewer's side, from opening to closing by another, and the employee's explanation."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casehub.services import explanations, reviews
from casehub.services.context import Context
from casehub.services.errors import Conflict, FormRefused
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("reviews", __name__)
NEW, ONE = "/kontrol/sager/ny", "/kontrol/sager/<uuid:review_id>"
CLOSE, SURE = "close", "sure"


@bp.get("/kontrol/sager")
def show_list() -> str:
    """The authority's reviews."""
    with work() as ctx:
        found = reviews.list_reviews(ctx)
    return render_template("reviews.html", reviews=found)


@bp.get(NEW)
def show_new() -> str:
    """What a review would be about, and the question to the employee."""
    return _new(restored())


@bp.post(NEW)
def submit_new() -> Response | Page:
    """Open it."""
    try:
        with work() as ctx:
            review_id = reviews.open_review(
                ctx,
                about=_about(FormState(submitted())),
                question=typed("question"),
                answer_by=typed("answer_by"),
            )
    except (FormRefused, Conflict) as problem:
        return refused(_new, problem)
    asked = typed("question").strip()
    flash("Kontrolsagen er åbnet, og medarbejderen er spurgt." if asked else "Kontrolsagen er åbnet.")
    return redirect(url_for("reviews.show", review_id=review_id), 303)


@bp.get(ONE)
def show(review_id: UUID) -> str:
    """One review."""
    return _one(review_id, restored())


@bp.post(ONE)
def submit(review_id: UUID) -> Response | Page:
    """Ask, conclude, close or send back, by the button that was pressed. Closing asks once more."""
    pressed = typed("_do")
    if pressed == CLOSE:
        return _one(review_id, FormState(submitted()), sure=True)
    if pressed not in DOING:
        abort(400)
    do, said = DOING[pressed]
    try:
        with work() as ctx:
            do(ctx, review_id)
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _one(review_id, form), problem)
    flash(said)
    return redirect(url_for("reviews.show", review_id=review_id), 303)


@bp.get("/forklaring/<uuid:review_id>")
def show_request(review_id: UUID) -> str:
    """What one is asked to explain oneself."""
    return _request(review_id, restored())


@bp.post("/forklaring/<uuid:review_id>")
def explain(review_id: UUID) -> Response | Page:
    """Explain."""
    try:
        with work() as ctx:
            explanations.explain(ctx, review_id=review_id, text=typed("text"))
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _request(review_id, form), problem)
    flash("Din forklaring er sendt til myndighedens kontrollant.")
    return redirect(url_for("reviews.show_request", review_id=review_id), 303)


Do = Callable[[Context, UUID], None]
DOING: Mapping[str, tuple[Do, str]] = {
    "ask": (
        lambda ctx, review_id: reviews.ask_explanation(
            ctx, review_id=review_id, question=typed("question"), answer_by=typed("answer_by")
        ),
        "Medarbejderen er spurgt.",
    ),
    "conclude": (
        lambda ctx, review_id: reviews.conclude_review(
            ctx, review_id=review_id, outcome=typed("outcome"), reason=typed("reason")
        ),
        "Kontrolsagen er afgjort. En anden kontrollant skal lukke den.",
    ),
    SURE: (lambda ctx, review_id: reviews.close_review(ctx, review_id=review_id), "Kontrolsagen er lukket."),
    "return": (
        lambda ctx, review_id: reviews.return_review(ctx, review_id=review_id, reason=typed("reason")),
        "Kontrolsagen er sendt tilbage og er åben igen.",
    ),
}


def _about(form: FormState) -> reviews.About:
    """What the form says it is about; from the address the first time, then from the form itself."""
    return reviews.About(entry=_id(form, "linje"), sample=_id(form, "stikproeve"), signal=_id(form, "signal"))


def _id(form: FormState, name: str) -> UUID | None:
    try:
        return UUID(form.value(name) or request.args.get(name, ""))
    except ValueError:
        return None


def _new(form: FormState) -> str:
    about = _about(form)
    with work() as ctx:
        page = reviews.read_new_review(ctx, about=about)
    kept = {"linje": about.entry, "stikproeve": about.sample, "signal": about.signal}
    return render_template(
        "review_new.html", page=page, form=form, kept={name: value for name, value in kept.items() if value}
    )


def _one(review_id: UUID, form: FormState, *, sure: bool = False) -> str:
    with work() as ctx:
        review = reviews.read_review(ctx, review_id=review_id)
    return render_template("review.html", review=review, form=form, sure=sure)


def _request(review_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = explanations.read_request(ctx, review_id=review_id)
    return render_template("request.html", page=page, form=form)
