"""Access policies that were in force once, put together again from the files the database keeps. For operators.

A version is found by trying the files as they stood each time one was first used; its hash says that it is the one.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from casehub.definitions.loading import ACCESS
from casehub.model import DefinitionVersion

SHORTEST = 8


def read_kept_policies(session: Session, version: str) -> Mapping[str, bytes] | None:
    """The files by name of the set whose version (SHA-256 hex, as entries name it) begins so; None if it was not kept."""
    wanted = select(DefinitionVersion).where(DefinitionVersion.kind == ACCESS)
    rows = session.scalars(wanted.order_by(DefinitionVersion.first_used_at)).all()
    session.commit()
    if len(version) < SHORTEST:
        return None
    for files in _sets(rows):
        found = sha256(b"".join(files[name] for name in sorted(files))).hexdigest()
        if found.startswith(version.lower()):
            return files
    return None


def _sets(rows: Iterable[DefinitionVersion]) -> Iterator[Mapping[str, bytes]]:
    """The set in force, and what stood each time, with and without files that are no longer there."""
    rows = list(rows)
    yield {row.name: row.content for row in rows if row.active}
    there = {row.name for row in rows if row.active}
    for moment in dict.fromkeys(row.first_used_at for row in rows):
        files = {row.name: row.content for row in rows if row.first_used_at <= moment}
        yield files
        yield {name: content for name, content in files.items() if name in there}
