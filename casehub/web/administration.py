"""The administrator's pages: units, staff, whether the worker lives, and asking for a new search index. No case."""

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services.administration import read_administration
from casehub.services.approvals import Kind, ask_approval
from casehub.services.errors import Conflict, FormRefused
from casehub.services.queues import retry_failed
from casehub.services.retirement import keep_contacts, read_retirement, retire_staff
from casehub.services.staff_mail import read_staff_mail, save_staff_mail
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.security import runtime, work

bp = Blueprint("administration", __name__, url_prefix="/administration")


@bp.get("")
def show() -> str:
    """The own authority as the administrator sees it."""
    with work() as ctx:
        page = read_administration(ctx)
    return render_template("administration.html", page=page, standing=runtime().log_standing())


@bp.post("/baggrundsarbejde")
def retry_jobs() -> Response:
    """Put what failed back on the queue."""
    with work() as ctx:
        again = retry_failed(ctx)
    flash(
        "Det bliver prøvet igen om et øjeblik." if again else "Det kommer af sig selv igen inden for et døgn."
    )
    return redirect(url_for("administration.show"), 303)


@bp.get("/soegeregister")
def show_reindexing() -> str:
    """What making the search index again under a new key means, and the form to ask for it."""
    with work() as ctx:
        read_administration(ctx)
    return _reindexing(FormState())


@bp.post("/soegeregister")
def ask_for_reindexing() -> Response | Page:
    """Ask for it; another administrator answers under »Til godkendelse«."""
    try:
        with work() as ctx:
            ask_approval(ctx, kind=Kind.REKEY_INDEX, reason=typed("reason"))
    except (FormRefused, Conflict) as problem:
        return refused(_reindexing, problem)
    flash("En anden administrator i jeres myndighed skal nu godkende det.")
    return redirect(url_for("approvals.show"), 303)


@bp.get("/medarbejdere/<uuid:staff_id>/mail")
def show_mail(staff_id: UUID) -> str:
    """Where one of the own authority's people gets mail, and the form to change it."""
    return _mail(staff_id, FormState())


@bp.post("/medarbejdere/<uuid:staff_id>/mail")
def save_mail(staff_id: UUID) -> Response | Page:
    """Change it."""
    try:
        with work() as ctx:
            save_staff_mail(ctx, staff_id=staff_id, mail=typed("mail"))
    except FormRefused as problem:
        return refused(partial(_mail, staff_id), problem)
    flash("Mailadressen er gemt.")
    return redirect(url_for("administration.show"), 303)


@bp.post("/medarbejdere/<uuid:staff_id>/kontaktkoordinator")
def appoint(staff_id: UUID) -> Response:
    """Say whether somebody keeps the authority's contacts."""
    keeps = typed("keeps") == "ja"
    with work() as ctx:
        keep_contacts(ctx, staff_id=staff_id, keeps=keeps)
    flash(
        "Medarbejderen er nu kontaktkoordinator."
        if keeps
        else "Medarbejderen er ikke længere kontaktkoordinator."
    )
    return redirect(url_for("administration.show"), 303)


@bp.get("/medarbejdere/<uuid:staff_id>/fratraeden")
def show_retirement(staff_id: UUID) -> str:
    """What somebody leaves, and the form to name who takes over."""
    return _retirement(staff_id, FormState())


@bp.post("/medarbejdere/<uuid:staff_id>/fratraeden")
def retire(staff_id: UUID) -> Response | Page:
    """They are nobody from the next request on."""
    try:
        with work() as ctx:
            retire_staff(
                ctx,
                staff_id=staff_id,
                successor=typed("successor"),
                despite_gap=typed("despite_gap") == "ja",
            )
    except (FormRefused, Conflict) as problem:
        return refused(partial(_retirement, staff_id), problem)
    flash("Medarbejderen er fratrådt og har ikke længere adgang.")
    return redirect(url_for("administration.show"), 303)


def _retirement(staff_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = read_retirement(ctx, staff_id=staff_id)
    return render_template("retirement.html", page=page, form=form)


def _mail(staff_id: UUID, form: FormState) -> str:
    with work() as ctx:
        person = read_staff_mail(ctx, staff_id=staff_id)
    return render_template("staff_mail.html", form=form, person=person)


def _reindexing(form: FormState) -> str:
    return render_template("reindexing.html", form=form)
