"""Erasing contents of the log that are older than the retention, as the eraser: a batch is a transaction, with the entry
that names what it erased. The commitments stay, so the tree does, and an export stays verifiable.

What may be erased the database says: row-level security shows the eraser no content younger than `RETENTION_YEARS`, none
about a case under a slettestop, and none that tells of erasures or of keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from casehub.audit.entries import Entry, ObjectRef, Outcome, append_entry
from casehub.audit.events import Event
from casehub.model import new_id

RETENTION_YEARS = 5
"""As the PNR act (§ 24) keeps its log; casehub's own default, and the least the database lets be erased."""
AT_A_TIME = 1_000

_LOCK = "SELECT pg_advisory_xact_lock(1667331946)"
_COUNT = text("SELECT authority_id, count(*) FROM audit_content WHERE at < :before GROUP BY authority_id")
_BATCH = {
    whose: text(f"""
        SELECT entry_id, leaf FROM audit_content JOIN audit_commitment ON id = entry_id
        WHERE at < :before AND authority_id {whose} ORDER BY at, entry_id LIMIT :most
    """)  # noqa: S608 (the two below)
    for whose in ("= :authority", "IS NULL")
}
_ERASE = text("DELETE FROM audit_content WHERE entry_id = ANY (:entries)")


@dataclass(frozen=True, slots=True)
class Old:
    """How many contents of an authority's entries are old enough; None: of nobody's, such as the operator's."""

    authority: str | None
    count: int


def years_before(now: datetime, years: int) -> datetime:
    """The same moment that many years ago; 28 February for 29 February, as the database counts."""
    day = 28 if (now.month, now.day) == (2, 29) else now.day
    return now.replace(year=now.year - years, day=day)


def count_old(connection: Connection, before: datetime) -> tuple[Old, ...]:
    """What would be erased."""
    rows = connection.execute(_COUNT, {"before": before})
    return tuple(sorted((Old(*row) for row in rows), key=lambda old: old.authority or ""))


def erase(connection: Connection, authority: str | None, *, before: datetime, now: datetime) -> Iterator[int]:
    """Erase all of an authority's that is older than `before`; after each batch, how many it was.

    `connection` begins each transaction as a member of casehub_eraser. Stopped at any point, it goes on where it was.
    """
    while erased := _erase_batch(connection, authority, before, now):
        yield erased


def _erase_batch(connection: Connection, authority: str | None, before: datetime, now: datetime) -> int:
    with Session(connection) as session:
        session.execute(text(_LOCK))
        batch = _BATCH["IS NULL" if authority is None else "= :authority"]
        rows = session.execute(batch, {"before": before, "authority": authority, "most": AT_A_TIME}).all()
        if rows:
            entry = new_id()
            objects = tuple(
                ObjectRef("entry", str(each.entry_id), None, authority, each.leaf.hex()) for each in rows
            )
            append_entry(
                session,
                Entry(entry, now, Event.LOG_CONTENT_ERASED, Outcome.ALLOWED, uuid4().hex, objects=objects),
            )
            _delete(session, entry, [each.entry_id for each in rows])
        session.commit()
    return len(rows)


def _delete(session: Session, covering: UUID, entries: list[UUID]) -> None:
    session.execute(text("SELECT set_config('casehub.entry', :entry, true)"), {"entry": str(covering)})
    gone = session.execute(_ERASE, {"entries": entries}).rowcount  # type: ignore[attr-defined]
    if gone != len(entries):
        raise LookupError(f"{gone} of {len(entries)} contents could be erased")
