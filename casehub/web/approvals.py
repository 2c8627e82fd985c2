"""Til godkendelse: what two people must agree on. Each answer is asked for twice, with what it does in words."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from casehub.services import approvals
from casehub.services.erasing_views import ApprovalView
from casehub.services.errors import Conflict
from casehub.web.confirming import CONFIRM
from casehub.web.forms import FormState, Page, typed
from casehub.web.security import work

bp = Blueprint("approvals", __name__, url_prefix="/godkendelser")
# the value of the button: what it does, what is said afterwards
ANSWERS = {
    "confirm": (approvals.confirm_approval, "Du har godkendt det."),
    "decline": (approvals.decline_approval, "Du har afvist det."),
    "withdraw": (approvals.withdraw_approval, "Du har trukket din anmodning tilbage."),
}


@bp.get("")
def show() -> Page:
    """What waits at one's authority, and what was answered lately."""
    return _page(FormState())


@bp.post("/<uuid:approval_id>")
def submit(approval_id: UUID) -> Response | Page:
    """Say what the answer does; on the second press, give it."""
    answer = typed("answer")
    if answer not in ANSWERS:
        return _page(FormState(message="Vælg, hvad du vil svare.")), 422
    do, done = ANSWERS[answer]
    if typed("_do") != CONFIRM:
        return _confirm(approval_id, answer)
    try:
        with work() as ctx:
            do(ctx, approval_id=approval_id)
    except Conflict as problem:
        return _page(FormState(message=problem.message)), 409
    flash(done)
    return redirect(url_for("approvals.show"), 303)


def _page(form: FormState) -> str:
    with work() as ctx:
        found = approvals.read_approvals(ctx)
    waiting = [each for each in found if each.state == "asked"]
    return render_template(
        "approvals.html", waiting=waiting, answered=[each for each in found if each not in waiting], form=form
    )


def _confirm(approval_id: UUID, answer: str) -> Page:
    with work() as ctx:
        found = approvals.read_approvals(ctx, only=approval_id)
    if not found:
        raise NotFound
    [approval] = found
    if not _may(approval, answer):
        return _page(FormState(message=approvals.GONE)), 409
    return render_template("approval_confirm.html", approval=approval, answer=answer)


def _may(approval: ApprovalView, answer: str) -> bool:
    return {
        "confirm": approval.may_confirm,
        "decline": approval.may_decline,
        "withdraw": approval.may_withdraw,
    }[answer]
