"""The monthly report: choose a month, get a PDF. Made anew each time, kept nowhere here."""

from flask import Blueprint, Response, render_template

from casehub.services.reports import list_months, make_report
from casehub.web.documents import attached
from casehub.web.security import runtime, work

bp = Blueprint("reports", __name__, url_prefix="/kontrol/rapport")


@bp.get("")
def show() -> str:
    """The months there are."""
    with work() as ctx:
        months = list_months(ctx)
    return render_template("reports.html", months=months)


@bp.get("/<month>.pdf")
def download(month: str) -> Response:
    """The report of a month."""
    standing = runtime().log_standing()
    with work() as ctx:
        made = make_report(ctx, month=month, standing=standing)
    return attached(made, "application/pdf", f"kontrol-{month}.pdf")
