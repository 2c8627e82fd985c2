"""Indsigt: ask a colleague, then make the answer as PDF or JSON. It is made anew each time, in memory, and kept nowhere.

How the citizen may be reached stands on top of both pages, and must be acknowledged. Nothing is sent from here.
"""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from casehub.services import access_reports
from casehub.services.errors import Conflict, FormRefused
from casehub.web.confirming import BACK, CONFIRM, refuse_gaps, ticked
from casehub.web.documents import json_of, pdf_of
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

JSON = "json"  # the value of `_do` for the other kind of file
bp = Blueprint("access_reports", __name__, url_prefix="/indsigt")


@bp.get("")
def show() -> Page:
    """Who is it about, and why."""
    return _ask(restored())


@bp.post("")
def submit() -> AnyResponse | Page:
    """Say how the citizen may be reached; on the second press, ask a colleague."""
    if typed("_do") == BACK:
        return _ask(FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _confirm(FormState(submitted()))
        with work() as ctx:
            access_reports.ask_report(
                ctx, cpr=typed("cpr"), reason=typed("reason"), acknowledged=typed("acknowledged")
            )
    except FormRefused as problem:
        if problem.errors.keys() == {"acknowledged"}:
            return _confirm(FormState(submitted(), problem.errors)), 422
        return refused(_ask, problem)
    except Conflict as problem:
        return refused(_ask, problem)
    flash("En kollega skal nu godkende det under »Til godkendelse«. Derefter kan du lave svaret samme sted.")
    return redirect(url_for("approvals.show"), 303)


@bp.get("/<uuid:approval_id>")
def show_basis(approval_id: UUID) -> Page:
    """All that the answer would hold, to choose what must be left out."""
    try:
        return _basis(approval_id, restored())
    except Conflict as problem:
        return render_template("access_report_closed.html", message=problem.message), 409


@bp.post("/<uuid:approval_id>")
def make(approval_id: UUID) -> AnyResponse | Page:
    """The answer as a file."""
    try:
        with work() as ctx:
            report = access_reports.make_report(
                ctx,
                approval_id=approval_id,
                leave_out=ticked("leave_out"),
                ground=typed("ground"),
                named=typed("named") == access_reports.YES,
                acknowledged=typed("acknowledged"),
            )
    except FormRefused as problem:
        return refused(lambda form: _basis(approval_id, form), problem)
    except Conflict as problem:
        return render_template("access_report_closed.html", message=problem.message), 409
    if typed("_do") == JSON:
        return json_of(report, name="indsigt")
    return pdf_of(report, template="access_report", made_at=report.made_at, name="indsigt")


def _ask(form: FormState) -> str:
    return render_template("access_report_ask.html", form=form)


def _confirm(form: FormState) -> str:
    refuse_gaps([("reason", "Skriv, hvorfor svaret skal laves.")])
    with work() as ctx:
        found = access_reports.prepare_report(ctx, cpr=typed("cpr"))
    return render_template("access_report_confirm.html", found=found, form=form)


def _basis(approval_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = access_reports.read_report_basis(ctx, approval_id=approval_id)
    return render_template("access_report.html", page=page, form=form)
