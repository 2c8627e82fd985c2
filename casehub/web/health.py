"""Liveness and readiness, for whoever runs the service. Nothing about cases, and no detail of what is wrong."""

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from casehub.web.security import runtime

bp = Blueprint("health", __name__)
UNAVAILABLE = 503


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Whether database, migrations, keystore and worker are as they should be; 503 if one is not.

    `unsigned_entries`: how many no checkpoint covers yet. It is some after each request and nought seconds later; null
    while the database does not answer.
    """
    checks = runtime().readiness()
    return jsonify(checks=checks, unsigned_entries=runtime().unsigned_entries()), 200 if all(
        checks.values()
    ) else UNAVAILABLE
