"""The audit reviewer's desk: every access by one's own staff or to one's own data, newest first, no case content."""

from flask import Blueprint, render_template, request

from casehub.services.log import read_log
from casehub.web.security import work

bp = Blueprint("log", __name__, url_prefix="/log")


@bp.get("")
def show() -> str:
    """One page of the log."""
    with work() as ctx:
        return render_template("log.html", page=read_log(ctx, before=request.args.get("before")))
