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

    `unsigned_entries`: how many no checkpoint covers yet. It is some after each request and nought seconds later.
    `unwitnessed_entries`: how many no checkpoint covers that enough witnesses cosigned; all where there are no witnesses.
    Both are null while the database does not answer. `idle_queues`: authorities whose jobs no worker has done for three minutes, and since when. `mail`: how many mails to staff the mail server has not taken, and the oldest of
    them; null where no mail is sent. `scanner`: whether what looks files through answers; null where there is none.
    """
    checks = runtime().readiness()
    standing = runtime().log_standing()
    idle, mail = runtime().idle_queues(), runtime().mail_standing()
    body = jsonify(
        checks=checks,
        unsigned_entries=standing and standing.unsigned,
        unwitnessed_entries=standing and standing.unwitnessed,
        idle_queues=idle and {name: at.isoformat() for name, at in sorted(idle.items())},
        mail=mail and {"unsent": mail[0], "since": mail[1] and mail[1].isoformat()},
        scanner=runtime().scanner_answers(),
    )
    return body, 200 if all(checks.values()) else UNAVAILABLE
