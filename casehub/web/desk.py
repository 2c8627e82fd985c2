"""The reviewer's desk: what waits, samples, signals and reviews. Lines of the log, and never what is in a case."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import samples, signals
from casehub.services.desk import read_desk
from casehub.services.errors import Conflict, FormRefused
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.security import runtime, work

bp = Blueprint("desk", __name__, url_prefix="/kontrol")


@bp.get("")
def show() -> str:
    """What waits for the reviewer, what is new, and how far the log is signed and witnessed."""
    with work() as ctx:
        desk = read_desk(ctx)
    return render_template("desk.html", desk=desk, standing=runtime().log_standing())


@bp.get("/stikproever")
def show_samples() -> str:
    """Draws so far, and the button for the next."""
    return _samples(FormState())


@bp.post("/stikproever")
def draw() -> Response | Page:
    """Draw."""
    try:
        with work() as ctx:
            sample_id = samples.draw_sample(ctx, size=typed("size"))
    except FormRefused as problem:
        return refused(_samples, problem)
    return redirect(url_for("desk.show_sample", sample_id=sample_id), 303)


@bp.get("/stikproever/<uuid:sample_id>")
def show_sample(sample_id: UUID) -> str:
    """A draw with its lines."""
    with work() as ctx:
        sample = samples.read_sample(ctx, sample_id=sample_id)
    return render_template("sample.html", sample=sample)


@bp.get("/signaler")
def show_signals() -> str:
    """The newest signals."""
    with work() as ctx:
        found = signals.list_signals(ctx)
    return render_template("signals.html", signals=found)


@bp.get("/signaler/<uuid:signal_id>")
def show_signal(signal_id: UUID) -> str:
    """A signal with its lines."""
    return _signal(signal_id, FormState())


@bp.post("/signaler/<uuid:signal_id>")
def set_aside(signal_id: UUID) -> Response | Page:
    """Say that there is nothing to follow up."""
    try:
        with work() as ctx:
            signals.set_aside(ctx, signal_id=signal_id)
    except Conflict as problem:
        return refused(lambda form: _signal(signal_id, form), problem)
    flash("Signalet er lagt til side.")
    return redirect(url_for("desk.show_signals"), 303)


def _samples(form: FormState) -> str:
    with work() as ctx:
        page = samples.list_samples(ctx)
    return render_template("samples.html", page=page, form=form)


def _signal(signal_id: UUID, form: FormState) -> str:
    with work() as ctx:
        signal = signals.read_signal(ctx, signal_id=signal_id)
    return render_template("signal.html", signal=signal, form=form)
