"""Writing an export of the log: the tree for everybody, and the contents that the session may see.

Row-level security decides which contents those are: a node speaks for one authority at a time, the auditor sees all.
What is written is checked by `casehub.transparency.verifying`, which knows no database.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from casehub.audit.reading import read_checkpoint, read_keys, read_notes, read_successions, read_tile
from casehub.model import AuditCheckpoint, AuditContent, AuditLeaf
from casehub.transparency.exports import (
    CHECKPOINT,
    CHECKPOINTS,
    STRETCH,
    About,
    ExportRefused,
    content_line,
    contents_path,
)
from casehub.transparency.notes import parse_checkpoint, split_note
from casehub.transparency.tiles import bundles_of, tiles_of

Progress = Callable[[int, int], None]
ROWS_AT_A_TIME = 2_000


def start_export(session: Session, directory: Path) -> AuditCheckpoint:
    """Make the directory, which must be empty or new, and say up to which checkpoint. ExportRefused if there is none."""
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise ExportRefused(f"{directory}: is not empty; export to a new directory")
    newest = read_checkpoint(session)
    if newest is None:
        raise ExportRefused(
            "the log has no checkpoint yet: the worker of the node that holds the log's key signs one"
        )
    return newest


def export_tree(session: Session, directory: Path, size: int, *, progress: Progress) -> None:
    """Write tiles, bundles of commitments and the checkpoints up to `size`, with their cosignatures."""
    bundles = list(bundles_of(size))
    for tile in tiles_of(size):
        _write(directory / tile.path, read_tile(session, tile))
    for number, bundle in enumerate(bundles, 1):
        _write(directory / bundle.path, read_tile(session, bundle))
        progress(number, len(bundles))
    notes = list(read_notes(session, size))
    (directory / CHECKPOINTS).write_text("".join(json.dumps(note) + "\n" for note in notes))
    (directory / CHECKPOINT).write_text(notes[-1])


def export_contents(session: Session, directory: Path, size: int, *, progress: Progress) -> int:
    """Write the contents that this session's row-level security shows; how many."""
    written = 0
    for number in range(-(-size // STRETCH)):
        first, last = number * STRETCH, min((number + 1) * STRETCH, size) - 1
        with ExitStack() as stack:
            file: IO[str] | None = None
            for line in _contents(session, first, last):
                if file is None:
                    path = contents_path(directory, number)
                    path.parent.mkdir(exist_ok=True)
                    file = stack.enter_context(path.open("w", encoding="utf-8"))
                file.write(line + "\n")
                written += 1
        progress(last + 1, size)
    return written


def finish_export(session: Session, directory: Path, checkpoint: AuditCheckpoint, *, contents: str) -> None:
    """Write what this is; without it the directory is no export."""
    said = parse_checkpoint(split_note(checkpoint.note)[0])
    keys = tuple(str(key) for key in read_keys(session))
    About(said.origin, checkpoint.size, contents, keys, read_successions(session)).write(directory)


def _contents(session: Session, first: int, last: int) -> Iterator[str]:
    statement = (
        select(AuditLeaf.position, AuditContent.entry_id, AuditContent.nonce, AuditContent.content)
        .join(AuditContent, AuditContent.entry_id == AuditLeaf.commitment_id)
        .where(AuditLeaf.position.between(first, last))
        .order_by(AuditLeaf.position)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    for position, entry, nonce, content in session.execute(statement):
        yield content_line(position=position, entry=str(entry), nonce=nonce, content=content)


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
