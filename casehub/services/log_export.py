"""Handing out an authority's entries as files: by command, or one after the other by the worker. Each file is an entry.

A file is written under a draft's name, its entry is committed, and only then does it get its own name. The worker's draft
carries the id of its entry, so that the next run knows of a draft that a killed run left whether it was recorded: then
it is named, otherwise thrown away. With the position kept in the entry's own transaction, each entry is handed out once.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from casehub.audit import Event, ObjectRef, Recording, recorded
from casehub.audit.lines import Format, Stretch, count_numbered, line_writer, read_entries
from casehub.model import AuditCommitment, AuditContent, AuditLeaf, LogExport
from casehub.transparency.exports import ExportRefused

Progress = Callable[[int, int], None]
POSITIONS_A_FILE = 100_000
DRAFT = ".draft"
_LOCK = text("SELECT pg_advisory_xact_lock(1667331945, hashtext(:authority))")


@dataclass(frozen=True, slots=True)
class Exporting:
    """Whose entries are handed out, as what, and by what. `session` speaks for `authority`; `progress`: (done, of all)."""

    session: Session
    authority: str
    form: Format
    now: datetime
    request_id: str
    progress: Progress = lambda _done, _all: None


def export_to(exporting: Exporting, path: Path, *, first: int = 0, since: datetime | None = None) -> int:
    """Write the entries from position `first` on, of `since` or later, to a new file; how many. ExportRefused."""
    if path.exists():
        raise ExportRefused(f"{path}: is there already; export to a new file")
    stretch = Stretch(first, count_numbered(exporting.session), since)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=DRAFT)
    os.close(handle)
    draft = Path(name)
    try:
        with _recorded(exporting, None) as recording:
            _write(exporting, draft, stretch, recording)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            raise ExportRefused(f"{path}: came to be meanwhile; export to a new file") from None
        return int(recording.detail["count"])
    finally:
        draft.unlink(missing_ok=True)


def export_next(exporting: Exporting, directory: Path) -> Path | None:
    """Write what was not handed out before, a file's worth; its path, None if there is nothing new.

    `directory`: the authority's own, there already. One run waits for the other.
    """
    session = exporting.session
    session.execute(_LOCK, {"authority": exporting.authority})
    _take_up_drafts(session, directory)
    row = session.get(LogExport, exporting.authority)
    stretch = _next_stretch(session, row.next_position if row else 0)
    if stretch is None:
        session.commit()
        return None
    path = directory / f"{stretch.first:012}-{stretch.end - 1:012}{exporting.form.suffix}"
    with _recorded(exporting, exporting.authority) as recording:
        draft = directory / f".{path.name}.{recording.entry_id}{DRAFT}"
        draft.touch(mode=0o640)
        _write(exporting, draft, stretch, recording)
        if row is None:
            session.add(LogExport(authority_id=exporting.authority, next_position=stretch.end))
        else:
            row.next_position = stretch.end
    _name(draft, path)
    return path


def _next_stretch(session: Session, first: int) -> Stretch | None:
    """From `first` on, until something is in it: that the log was handed out is not worth a file of its own."""
    size, end = count_numbered(session), first
    while end < size:
        start, end = end, min(end + POSITIONS_A_FILE, size)
        new = exists().where(
            AuditLeaf.position >= start,
            AuditLeaf.position < end,
            AuditContent.entry_id == AuditLeaf.commitment_id,
            AuditContent.event != Event.LOG_EXPORTED,
        )
        if session.scalar(select(new)):
            return Stretch(first, end)
    return None


def _take_up_drafts(session: Session, directory: Path) -> None:
    """Name what a killed run had recorded, throw away what it had not."""
    for draft in directory.glob(f".*{DRAFT}"):
        name, _, entry = draft.name.removeprefix(".").removesuffix(DRAFT).rpartition(".")
        if session.get(AuditCommitment, UUID(entry)):
            _name(draft, directory / name)
        else:
            draft.unlink(missing_ok=True)


def _name(draft: Path, path: Path) -> None:
    with suppress(FileNotFoundError):  # the next run was faster
        draft.rename(path)
    _sync(path.parent)


def _write(exporting: Exporting, draft: Path, stretch: Stretch, recording: Recording) -> None:
    count = 0
    with draft.open("w", encoding="utf-8", newline="") as file:
        write = line_writer(file, exporting.form)
        for position, fields in read_entries(exporting.session, stretch):
            write(position, fields)
            count += 1
            exporting.progress(position + 1 - stretch.first, stretch.end - stretch.first)
        file.flush()
        os.fsync(file.fileno())
    recording.objects.append(ObjectRef("log", "contents", None, exporting.authority))
    recording.detail.update(
        format=exporting.form, count=str(count), first=str(stretch.first), last=str(stretch.end - 1)
    )


def _recorded(exporting: Exporting, authority: str | None) -> AbstractContextManager[Recording]:
    return recorded(
        exporting.session,
        event=Event.LOG_EXPORTED,
        at=exporting.now,
        request_id=exporting.request_id,
        authority=authority,
    )


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
