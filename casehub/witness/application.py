"""The witness as a WSGI application: `POST /add-checkpoint`, and `GET /<SHA-256 of the origin in hex>/checkpoint`.

The second is what the editor's draft of tlog-witness has monitors read; c2sp.org/tlog-witness v1 leaves it open.
"""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from casehub.transparency.submissions import MOST_BYTES
from casehub.witness.deciding import Reply, add_checkpoint, read_checkpoint
from casehub.witness.home import Home

PATH = "/add-checkpoint"
HELD = re.compile(r"/([0-9a-f]{64})/checkpoint")
NOT_SO = Reply(HTTPStatus.METHOD_NOT_ALLOWED, "a witness is asked with POST, and read with GET\n")
Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]
_LOGGER = logging.getLogger(__name__)


def make_application(home: Home, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Application:
    """Serve from this directory."""

    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        reply = _reply(home, environ, clock)
        if reply.status >= HTTPStatus.BAD_REQUEST:
            _LOGGER.warning("answered %s: %s", reply.status.value, reply.text.strip())
        body = reply.text.encode()
        head = [("Content-Type", reply.kind), ("Content-Length", str(len(body)))]
        start_response(f"{reply.status.value} {reply.status.phrase}", head)
        return [body]

    return application


def _reply(home: Home, environ: dict[str, Any], clock: Callable[[], datetime]) -> Reply:
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if held := HELD.fullmatch(path):
        return read_checkpoint(home, held[1]) if method in {"GET", "HEAD"} else NOT_SO
    if path != PATH:
        return Reply(HTTPStatus.NOT_FOUND, f"a witness is asked at {PATH}\n")
    if method != "POST":
        return NOT_SO
    body = environ["wsgi.input"].read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return Reply(HTTPStatus.BAD_REQUEST, f"the submission is larger than {MOST_BYTES} bytes\n")
    try:
        return add_checkpoint(home, body, clock)
    except Exception:  # what was kept cannot be read or written: nothing is cosigned
        _LOGGER.exception("nothing was cosigned")
        return Reply(HTTPStatus.INTERNAL_SERVER_ERROR, "the witness has failed and cosigned nothing\n")
