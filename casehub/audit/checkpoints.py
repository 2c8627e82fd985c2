"""Signing the tree as it has grown. A checkpoint is signed only on top of the last one.

Before it signs, the signer works out the last checkpoint's root anew from what the database holds now, and checks its
own signature on it: on a tree that was changed behind it, it signs nothing.
"""

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from casehub.audit.reading import read_checkpoint, read_tile
from casehub.model import AuditCheckpoint, AuditLeaf, AuditNode
from casehub.transparency.notes import Checkpoint, NoteRefused, VerifierKey, open_checkpoint, sign_checkpoint
from casehub.transparency.tiles import HEIGHT, HIGHEST, WIDTH, NoSuchTile, Tile, split_hashes
from casehub.transparency.tree import EMPTY_ROOT, Frontier, whole_root
from casehub.vault.log_key import LogSigner

_LOCK = text("SELECT pg_advisory_xact_lock(1667331944)")


class LogBroken(Exception):
    """The tree is not the one that was signed; nothing more is signed until someone has looked."""


def wait_for_turn(session: Session) -> None:
    """Be the only one that signs, until this transaction ends."""
    session.execute(_LOCK)


def sign_new_leaves(session: Session, signer: LogSigner) -> Checkpoint | None:
    """Sign a checkpoint over all leaves and commit it; None if there is nothing new. LogBroken if the past changed."""
    wait_for_turn(session)
    last = _last(session, signer)
    size = session.scalar(select(func.coalesce(func.max(AuditLeaf.position) + 1, 0))) or 0
    try:
        if _root_at(session, min(last.size, size)) != last.root:
            raise LogBroken(f"the first {last.size} entries of the log are not those that were signed")
        if size == last.size:
            session.commit()
            return None
        _add_nodes(session, last.size, size)
        checkpoint = Checkpoint(signer.origin, size, _root_at(session, size))
    except NoSuchTile as missing:
        raise LogBroken(f"the log has a gap: {missing} is not whole") from None
    note = sign_checkpoint(checkpoint, key=VerifierKey(signer.origin, signer.public), sign=signer.sign)
    session.execute(insert(AuditCheckpoint).values(size=size, root=checkpoint.root, note=note))
    session.commit()
    return checkpoint


def _last(session: Session, signer: LogSigner) -> Checkpoint:
    """What was signed last; the empty tree before the first."""
    row = read_checkpoint(session)
    if row is None:
        return Checkpoint(signer.origin, 0, EMPTY_ROOT)
    try:
        said = open_checkpoint(row.note, [VerifierKey(signer.origin, public) for public in signer.known])
    except NoteRefused as refused:
        raise LogBroken(f"the checkpoint of {row.size} entries was not signed here: {refused}") from None
    if (said.origin, said.size, said.root) != (signer.origin, row.size, row.root):
        raise LogBroken(f"the checkpoint of {row.size} entries says something else than its row")
    return said


def _root_at(session: Session, size: int) -> bytes:
    """The root of the first `size` leaves: of whole subtrees, the largest there are, and at most 255 of each height."""
    frontier = Frontier()
    for level in reversed(range(HIGHEST + 1)):
        number, width = divmod(size >> (HEIGHT * level), WIDTH)
        if width:
            for root in split_hashes(read_tile(session, Tile(level, number, width))):
                frontier.append_whole(HEIGHT * level, root)
    return frontier.root()


def _add_nodes(session: Session, old: int, new: int) -> None:
    """Keep the root of every subtree that became whole, lowest level first."""
    for level in range(1, HIGHEST + 1):
        numbers = range(old >> (HEIGHT * level), new >> (HEIGHT * level))
        if not numbers:
            return
        rows = [
            {
                "level": level,
                "number": number,
                "hash": whole_root(split_hashes(read_tile(session, Tile(level - 1, number)))),
            }
            for number in numbers
        ]
        session.execute(insert(AuditNode), rows)
