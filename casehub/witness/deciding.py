"""What a witness answers to `add-checkpoint` (c2sp.org/tlog-witness), and that it remembers before it answers.

Looking up what was cosigned last, checking that the new checkpoint continues it, and keeping the new one are one step
under the lock: a tree that was cosigned is never followed by a smaller or another one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus

from casehub.transparency.cosignatures import cosign
from casehub.transparency.notes import (
    Checkpoint,
    NoteRefused,
    VerifierKey,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    signature_line,
    split_note,
)
from casehub.transparency.proofs import ProofRefused, check_consistency
from casehub.transparency.submissions import SIZE_TYPE, Submission, SubmissionRefused
from casehub.transparency.tree import EMPTY_ROOT
from casehub.witness.home import Home, write_durably

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: HTTPStatus
    text: str
    kind: str = TEXT


def add_checkpoint(home: Home, body: bytes, clock: Callable[[], datetime]) -> Reply:
    """Cosign the checkpoint in `body` if it continues the last one of its log; the specification's answer otherwise."""
    try:
        submission = Submission.parse(body)
        text = split_note(submission.note)[0]
        checkpoint = parse_checkpoint(text)
    except (SubmissionRefused, NoteRefused) as refused:
        return Reply(HTTPStatus.BAD_REQUEST, f"{refused}\n")
    keys = home.logs.get(checkpoint.origin)
    if keys is None:
        return Reply(HTTPStatus.NOT_FOUND, "this witness does not know the log\n")
    try:
        open_note(submission.note, keys)
    except NoteRefused as refused:
        return Reply(HTTPStatus.FORBIDDEN, f"{refused}\n")
    if submission.old > checkpoint.size:
        return Reply(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint's\n")
    with home.locked():
        last = _last(home, checkpoint.origin)
        if refusal := _refusal(last, submission, checkpoint):
            return refusal
        line = cosign(text, key=home.key, sign=home.private.sign, at=clock()).line
        write_durably(home.checkpoint_of(checkpoint.origin), _signed_by(keys, submission.note) + line)
    return Reply(HTTPStatus.OK, line)


def read_checkpoint(home: Home, origin_hash: str) -> Reply:
    """The newest checkpoint cosigned here of the log whose origin has this SHA-256 in hex, with both signatures."""
    for origin in home.logs:
        path = home.checkpoint_of(origin)
        if sha256(origin.encode()).hexdigest() == origin_hash and path.exists():
            return Reply(HTTPStatus.OK, path.read_text(encoding="utf-8"))
    return Reply(HTTPStatus.NOT_FOUND, "nothing of this log was cosigned here\n")


def _signed_by(keys: Sequence[VerifierKey], note: str) -> str:
    """The note with the log's own signatures and nobody else's, which were not verified."""
    text, signatures = split_note(note)
    known = {(key.name, key.id) for key in keys}
    return f"{text}\n" + "".join(signature_line(*each) for each in signatures if each[:2] in known)


def _last(home: Home, origin: str) -> Checkpoint:
    """What was cosigned last; the empty tree before the first. NoteRefused if the file is not what was kept."""
    path = home.checkpoint_of(origin)
    if not path.exists():
        return Checkpoint(origin, 0, EMPTY_ROOT)
    return open_checkpoint(path.read_text(encoding="utf-8"), [home.key])


def _refusal(last: Checkpoint, submission: Submission, checkpoint: Checkpoint) -> Reply | None:
    """Why a checkpoint does not continue the last one; None if it does."""
    conflict = Reply(HTTPStatus.CONFLICT, f"{last.size}\n", SIZE_TYPE)
    if submission.old != last.size:
        return conflict
    if last.size == checkpoint.size and last.root != checkpoint.root:
        return conflict
    if last.size == 0:
        return (
            None if not submission.proof else _unproven("nothing was cosigned before, and a proof was sent")
        )
    try:
        check_consistency(
            old=last.size,
            old_root=last.root,
            new=checkpoint.size,
            new_root=checkpoint.root,
            proof=submission.proof,
        )
    except ProofRefused as refused:
        return _unproven(str(refused))
    return None


def _unproven(why: str) -> Reply:
    return Reply(HTTPStatus.UNPROCESSABLE_ENTITY, f"{why}\n")
