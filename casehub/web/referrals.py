"""Ny henvendelse: first whether the citizen is known, by POST so that no CPR number stands in a URL, then the form."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casehub.services import referrals
from casehub.services.cases import find_known
from casehub.services.errors import Conflict, FormRefused
from casehub.services.views import CaseLine
from casehub.web.forms import FormState, Page, refused, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("referrals", __name__, url_prefix="/henvendelser/ny")


@bp.get("")
def show() -> Page:
    """The question about the CPR number; or the form, when one was being filled in."""
    form = restored()
    return _form(form) if form.value("_do") == "create" else _question(form)


@bp.post("")
def submit() -> Response | Page:
    """Answer the question, or create the referral."""
    if typed("_do") != "create":
        return _ask()
    try:
        with work() as ctx:
            case_id = referrals.create_referral(ctx, network=typed("network"), data=_typed_referral())
    except (FormRefused, Conflict) as problem:
        return refused(_form, problem)
    flash("Henvendelsen er oprettet og sendt til netværkets tovholder.")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _ask() -> Page:
    network = typed("network")
    if not network:
        return refused(_question, FormRefused({"network": "Vælg det netværk, henvendelsen hører til."}))
    try:
        with work() as ctx:
            known = find_known(ctx, network=network, cpr=typed("cpr"))
    except FormRefused as problem:
        return refused(_question, problem)
    return _form(FormState(), known, cpr=typed("cpr"), network=network)


def _question(form: FormState) -> str:
    with work() as ctx:
        networks = referrals.list_networks(ctx)
        some_business = referrals.some_business(ctx)
    pairs = [(choice.value, choice.text) for choice in networks]
    return render_template("referral_start.html", form=form, networks=pairs, some_business=some_business)


def _form(
    form: FormState, known: Sequence[CaseLine] | None = None, *, cpr: str = "", network: str | None = None
) -> str:
    try:
        with work() as ctx:
            fields = referrals.read_referral_form(ctx, network=network or form.value("network"))
    except FormRefused as problem:  # no such network for this person: begin with the question
        return _question(FormState(form.values, problem.errors))
    return render_template("referral_form.html", form=form, network=fields, known=known, cpr=cpr)


def _typed_referral() -> referrals.ReferralInput:
    return referrals.ReferralInput(
        name=typed("name"),
        cpr=typed("cpr"),
        address=typed("address"),
        phone=typed("phone"),
        kommune=typed("kommune"),
        indicators=tuple(request.form.getlist("indicators")),
        source=typed("source"),
        concern=typed("concern"),
        necessity=typed("necessity"),
        purpose=typed("purpose"),
        child_involved=bool(typed("child_involved")),
        safe_contact=typed("safe_contact"),
        acute=bool(typed("acute")),
        basis=typed("basis"),
        protected=bool(typed("protected")),
        consent_how=typed("consent_how"),
        consent_until=typed("consent_until"),
    )
