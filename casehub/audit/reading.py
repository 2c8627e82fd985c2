"""The tree as it stands in the database, read as tiles: what is served to everybody, exported, and signed from.

No personal data passes through here: leaf hashes, subtree hashes, commitments and notes.
"""

import base64
from collections.abc import Iterator
from functools import partial
from itertools import groupby

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.orm import Session

from casehub.model import AuditCheckpoint, AuditCommitment, AuditCosignature, AuditLeaf, AuditNode, LogKey
from casehub.transparency.notes import DASH, VerifierKey, signature_line
from casehub.transparency.proofs import consistency_proof, inclusion_proof
from casehub.transparency.tiles import WIDTH, NoSuchTile, Tile, encode_bundle, node_in


def read_tile(session: Session, tile: Tile) -> bytes:
    """The bytes of a tile, or of a bundle of entries; NoSuchTile while the tree has not grown that far."""
    if tile.level is None:
        return encode_bundle(_read(session, tile, _commitments(tile)))
    return b"".join(_read(session, tile, _leaves(tile) if tile.level == 0 else _nodes(tile)))


def read_checkpoint(session: Session) -> AuditCheckpoint | None:
    """The newest checkpoint."""
    return session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1)).first()


def with_cosignatures(session: Session, checkpoint: AuditCheckpoint) -> str:
    """A checkpoint's note with the cosignatures that witnesses have put on it so far, whoever they are."""
    return next(_notes(session, AuditCheckpoint.size == checkpoint.size))


def read_notes(session: Session, size: int) -> Iterator[str]:
    """The notes of all checkpoints up to `size`, smallest first, with their cosignatures."""
    return _notes(session, AuditCheckpoint.size <= size)


def _notes(session: Session, which: ColumnElement[bool]) -> Iterator[str]:
    rows = session.execute(
        select(AuditCheckpoint.note, AuditCosignature)
        .outerjoin(AuditCosignature, AuditCosignature.size == AuditCheckpoint.size)
        .where(which)
        .order_by(AuditCheckpoint.size, AuditCosignature.witness, AuditCosignature.key_id)
    )
    for note, cosigned in groupby(rows, key=lambda row: row.note):
        given = [each for _, each in cosigned if each is not None]
        yield note + "".join(signature_line(each.witness, each.key_id, each.signature) for each in given)


def read_keys(session: Session) -> tuple[VerifierKey, ...]:
    """The log's public keys as the database has them, newest last; whether to trust them is for the keystore to say."""
    keys = session.execute(select(LogKey.origin, LogKey.public).order_by(LogKey.version))
    return tuple(VerifierKey(origin, public) for origin, public in keys)


def prove_consistency(session: Session, old: int, new: int) -> list[bytes]:
    """RFC 9162 proof that the first `new` leaves continue the first `old`, nothing but the leaves believed."""
    return consistency_proof(node_in(new, partial(read_tile, session)), old, new)


def prove_inclusion(session: Session, position: int, size: int) -> list[bytes]:
    """RFC 9162 path from a leaf to the root of the first `size` leaves."""
    return inclusion_proof(node_in(size, partial(read_tile, session)), position, size)


def read_successions(session: Session) -> tuple[str, ...]:
    """The notes by which a version of the log's key handed over to the next, oldest first."""
    notes = session.scalars(
        select(LogKey.succession).where(LogKey.succession.is_not(None)).order_by(LogKey.version)
    )
    return tuple(note for note in notes if note)


def count_signed_by(session: Session, key: VerifierKey) -> int:
    """Checkpoints that bear a signature naming this key; whether it is right is not looked at."""
    begins = base64.b64encode(key.id).decode()[:5]  # of the key's four bytes, what is whole in base 64
    line = f"{DASH}{key.name} {begins}"
    return (
        session.scalar(select(func.count()).where(AuditCheckpoint.note.contains(line, autoescape=True))) or 0
    )


# Leaves after the newest checkpoint, and commitments after the newest leaf: both ends are found by their index.
_UNCOVERED = text("""
    SELECT (SELECT coalesce(max(position) + 1, 0) FROM audit_leaf)
         - (SELECT coalesce(max(size), 0) FROM audit_checkpoint)
         + (SELECT count(*) FROM audit_commitment c
            WHERE c.txid >= coalesce(
                (SELECT last.txid FROM audit_leaf JOIN audit_commitment last ON last.id = commitment_id
                 ORDER BY position DESC LIMIT 1), '0'::xid8)
              AND NOT EXISTS (SELECT FROM audit_leaf WHERE commitment_id = c.id))
""")


def count_uncovered(session: Session) -> int:
    """Entries that no checkpoint covers yet."""
    return int(session.scalar(_UNCOVERED) or 0)


def _commitments(tile: Tile) -> Select[bytes]:
    joined = select(AuditCommitment.leaf).join(AuditLeaf, AuditLeaf.commitment_id == AuditCommitment.id)
    return joined.where(AuditLeaf.position.between(*_ends(tile))).order_by(AuditLeaf.position)


def _leaves(tile: Tile) -> Select[bytes]:
    return select(AuditLeaf.leaf).where(AuditLeaf.position.between(*_ends(tile))).order_by(AuditLeaf.position)


def _nodes(tile: Tile) -> Select[bytes]:
    of_level = select(AuditNode.hash).where(AuditNode.level == tile.level)
    return of_level.where(AuditNode.number.between(*_ends(tile))).order_by(AuditNode.number)


def _ends(tile: Tile) -> tuple[int, int]:
    first = tile.number * WIDTH
    return first, first + tile.width - 1


def _read(session: Session, tile: Tile, statement: Select[bytes]) -> list[bytes]:
    hashes = list(session.scalars(statement))
    if len(hashes) != tile.width:
        raise NoSuchTile(tile.path)
    return hashes
