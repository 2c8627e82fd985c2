"""One recorded write: every new or changed recorded row in it is stamped with its entry, then both are committed.

The stamp is set by a flush listener, not by the caller, so a recorded row cannot be written outside a recording.
The database lists each changed row under that entry, and checks the same again at commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.unitofwork import UOWTransaction

from casehub.audit.entries import Entry, ObjectRef, Outcome, append_entry
from casehub.audit.events import Event
from casehub.model import Recorded, new_id


@dataclass(slots=True)
class Recording:
    """What the entry of a write by the operator or at sign-in will say."""

    entry_id: UUID
    objects: list[ObjectRef] = field(default_factory=list)
    detail: dict[str, str] = field(default_factory=dict)
    outcome: Outcome = Outcome.ALLOWED


@contextmanager
def stamping(session: Session, entry_id: UUID) -> Iterator[None]:
    """Rows flushed in this block carry `entry_id`; whatever goes wrong, nothing of it stays."""
    session.info["entry_id"] = entry_id
    try:
        yield
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("entry_id", None)


@contextmanager
def recorded(
    session: Session,
    *,
    event: Event,
    at: datetime,
    request_id: str,
    actor_id: UUID | None = None,
    authority: str | None = None,
    unit: str | None = None,
) -> Iterator[Recording]:
    """A write that no policy decides: setting up, and signing in. Commits rows and entry together."""
    recording = Recording(new_id())
    with stamping(session, recording.entry_id):
        yield recording
        session.flush()
        append_entry(
            session,
            Entry(
                id=recording.entry_id,
                at=at,
                event=event,
                outcome=recording.outcome,
                request_id=request_id,
                actor_id=actor_id,
                authority=authority,
                unit=unit,
                objects=tuple(recording.objects),
                detail=recording.detail,
            ),
        )
        session.commit()


def stamp_entries(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Before each flush: every new or changed recorded row gets the entry of the write in progress, or fails."""
    for row in (*session.new, *session.dirty):
        if isinstance(row, Recorded) and session.is_modified(row):
            row.entry_id = _entry_of(session, type(row).__name__)
    for row in session.deleted:
        if isinstance(row, Recorded):
            _tell_entry(session, type(row).__name__)


def tell_entry_of_deletes(state: ORMExecuteState) -> None:
    """Before a DELETE by statement: what is gone cannot carry a stamp, so the database is told the entry."""
    if state.is_delete and state.bind_mapper and issubclass(state.bind_mapper.class_, Recorded):
        _tell_entry(state.session, state.bind_mapper.class_.__name__)


def _tell_entry(session: Session, table: str) -> None:
    session.execute(select(func.set_config("casehub.entry", str(_entry_of(session, table)), True)))


def _entry_of(session: Session, table: str) -> UUID:
    entry_id: UUID | None = session.info.get("entry_id")
    if entry_id is None:
        raise LookupError(f"{table} may only be written with an audit entry")
    return entry_id


def watch(session: Session) -> None:
    """Attach the stamping to a session."""
    sqlalchemy_event.listen(session, "before_flush", stamp_entries)
    sqlalchemy_event.listen(session, "do_orm_execute", tell_entry_of_deletes)
