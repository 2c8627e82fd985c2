"""Asking a witness for its cosignature (c2sp.org/tlog-witness): one POST, and a second one where it knows another size.

A witness is a stranger: it is given a few seconds in all, little is read of what it says, and a cosignature counts only
once it verified. Nothing here knows a database: a proof is asked for by the size it must begin with.
"""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from urllib.parse import urlsplit

from casehub.transparency.cosignatures import Cosignature, open_cosignatures
from casehub.transparency.notes import NoteRefused, parse_checkpoint, split_note
from casehub.transparency.submissions import SIZE_TYPE, Submission, SubmissionRefused, parse_size
from casehub.transparency.trust import Witness

SECONDS_TO_ANSWER = 5.0
MOST_OF_AN_ANSWER = 16_384
TIMES = 3  # its size may move on between two questions, where another worker asks too
REFUSALS: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "does not understand what it is sent",
    HTTPStatus.FORBIDDEN: "does not know the key that signed: give it the line of /log/key",
    HTTPStatus.NOT_FOUND: "does not know this log: give it the line of /log/key",
}
Prove = Callable[[int], Sequence[bytes]]


class Outcome(StrEnum):
    """How a witness answered."""

    COSIGNED = "cosigned"
    SILENT = "silent"  # no answer, or one that says nothing of the log
    REFUSED = "refused"  # it does not know the log or its key
    AHEAD = "ahead"  # it has cosigned more than the log has: the log was cut off or rolled back
    FORKED = "forked"  # it has cosigned another history than the log has


@dataclass(frozen=True, slots=True)
class Answer:
    """`told`: one line for the operator. `cosignature`: where it cosigned."""

    outcome: Outcome
    told: str
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    kind: str
    text: str


def ask(
    witness: Witness, *, note: str, known: int, prove: Prove, seconds: float = SECONDS_TO_ANSWER
) -> Answer:
    """Ask for a cosignature on the checkpoint `note`. `known`: the size it cosigned last as far as we know, 0 for none.

    `prove(old)` gives the consistency proof from `old` to the checkpoint's size.
    """
    size = parse_checkpoint(split_note(note)[0]).size
    old = min(known, size)
    for _ in range(TIMES):
        submission = Submission(old, tuple(prove(old)) if old else (), note)
        try:
            response = _post(witness.url or "", submission.encode(), seconds)
        except (OSError, HTTPException) as failure:
            return Answer(Outcome.SILENT, f"does not answer ({type(failure).__name__})")
        if response.status != HTTPStatus.CONFLICT:
            return _understood(witness, note, old, response)
        try:
            held = parse_size(response.text.removesuffix("\n")) if response.kind == SIZE_TYPE else size
        except SubmissionRefused:
            return Answer(Outcome.SILENT, "answers 409 without the size it knows")
        if held > size:
            told = f"has cosigned {held} entries, and the log has {size}: the log was cut off or rolled back"
            return Answer(Outcome.AHEAD, told)
        if held == old:
            return Answer(Outcome.FORKED, f"has cosigned another tree of {held} entries: the log was forked")
        old = held
    return Answer(Outcome.SILENT, "names another size each time it is asked")


def _understood(witness: Witness, note: str, old: int, response: _Response) -> Answer:
    """Every answer but 409."""
    if response.status == HTTPStatus.OK:
        return _cosigned(witness, note, response.text)
    if response.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        told = f"does not find that the log continues the {old} entries it cosigned: the log was forked"
        return Answer(Outcome.FORKED, told)
    if response.status in REFUSALS:
        return Answer(Outcome.REFUSED, REFUSALS[response.status])
    return Answer(Outcome.SILENT, f"answers {response.status}")


def _cosigned(witness: Witness, note: str, lines: str) -> Answer:
    try:
        given = open_cosignatures(note + lines, [witness.key])
    except NoteRefused as refused:
        return Answer(Outcome.SILENT, f"answers with what is no cosignature: {refused}")
    if not given:
        return Answer(Outcome.SILENT, "answers with another key's cosignature than the one it is known by")
    return Answer(Outcome.COSIGNED, "has cosigned", given[-1])


def _post(url: str, body: bytes, seconds: float) -> _Response:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.connect()
        with _cut_off_after(connection.sock, seconds):
            connection.request("POST", f"{parts.path}/add-checkpoint", body, {"Content-Type": "text/plain"})
            response = connection.getresponse()
            text = response.read(MOST_OF_AN_ANSWER).decode(errors="replace")
            return _Response(response.status, response.getheader("Content-Type", ""), text)
    finally:
        connection.close()


@contextmanager
def _cut_off_after(sock: socket.socket, seconds: float) -> Iterator[None]:
    """A socket's timeout starts anew with each byte; this one does not."""

    def cut_off() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
