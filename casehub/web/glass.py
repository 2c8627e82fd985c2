"""Nødadgang: open a case one has no duty in, for some hours. By POST alone, so that no CPR number stands in an address."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import glass
from casehub.services.errors import FormRefused, NotFound
from casehub.web.confirming import BACK, CONFIRM, words_for
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("glass", __name__, url_prefix="/noedadgang")
NOTHING = (
    "Der er ikke noget, du kan åbne med nødadgang for det CPR-nummer. Måske er der ingen sag hos jer, eller du kan "
    "allerede se den: prøv Søg. Det er skrevet i loggen, at du spurgte."
)


@bp.get("")
def show() -> Page:
    """What it is, and the form."""
    return _page(restored())


@bp.post("")
def submit() -> Response | Page:
    """Say what happens and who is told; on the second press, open."""
    if typed("_do") == BACK:
        return _page(FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _sure()
        with work() as ctx:
            glass.break_glass(ctx, cpr=typed("cpr"), kind=typed("kind"), reason=typed("reason"))
    except FormRefused as problem:
        return refused(_page, problem)
    except NotFound:
        flash(NOTHING)
        return redirect(url_for("glass.show"), 303)
    flash("Sagen er åben for dig. Dem, der arbejder på sagen, og kontrollanterne har fået besked.")
    return redirect(url_for("glass.show"), 303)


def _sure() -> str:
    with work() as ctx:
        glass.check_glass(ctx, cpr=typed("cpr"), kind=typed("kind"), reason=typed("reason"))
    with work() as ctx:
        page = glass.read_glass_page(ctx)
    why = words_for(page.kinds, typed("kind"))
    return render_template("glass_confirm.html", page=page, why=why, form=FormState(submitted()))


def _page(form: FormState) -> str:
    with work() as ctx:
        page = glass.read_glass_page(ctx)
    return render_template("glass.html", page=page, form=form)
