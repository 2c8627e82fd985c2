"""What the figures are about: one case with 20 notes, and 50 cases of one's own among 2,000."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from casehub.audit import Entry, Event, Outcome, append_entry, stamping
from casehub.model import Base, Case, CaseEvent, Participant, Step, new_id
from casehub.services import notes, referrals
from tests.house import House, referral

NOTES, NOTE = 20, "Borgeren åbnede døren og talte roligt. " * 26  # about 1 KB each
OWN, ALL = 50, 2000
REFERRER, ELSEWHERE = "politi.herning", "mvj-politi/skive"


def case_with_notes(house: House) -> UUID:
    """Referred by the police, who wrote all of its notes."""
    with house.work(REFERRER) as ctx:
        case_id = referrals.create_referral(ctx, network="psp", data=referral())
    for _ in range(NOTES):
        with house.work(REFERRER) as ctx:
            notes.write_note(ctx, case_id=case_id, text=NOTE)
    return case_id


def many_cases(house: House, pattern: UUID) -> None:
    """Copies of the case's rows, without its items: `OWN` of the referrer's unit in all, the rest of another unit."""
    actor = house.actor(REFERRER)
    with house.runtime.work(actor) as ctx:
        entry = Entry(
            new_id(), ctx.now, Event.CASE_REFERRED, Outcome.ALLOWED, "bench", authority=actor.authority
        )
        own, unit = [True] * (OWN - 1) + [False] * (ALL - OWN), actor.unit
        with stamping(ctx.session, entry.id):
            for mine in own:
                _copy(ctx.session, pattern, entry.id, (unit, unit) if mine else (unit, ELSEWHERE))
            append_entry(ctx.session, entry)
            ctx.session.commit()


def _copy(session: Session, pattern: UUID, entry_id: UUID, units: tuple[str, str]) -> None:
    case_id, (old, new) = new_id(), units
    changed = {"id": case_id, "number": f"PSP-{str(case_id)[-12:]}", "entry_id": entry_id}
    _insert(session, Case, Case.id == pattern, lambda row: {**row, **changed, **_moved(row, old, new)})
    for table in (Participant, Step, CaseEvent):
        _insert(
            session,
            table,
            table.case_id == pattern,
            lambda row: {
                **row,
                "id": new_id(),
                "case_id": case_id,
                "entry_id": entry_id,
                "evidence_item": None,
                **_moved(row, old, new),
            },
        )


def _moved(row: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {name: new for name, value in row.items() if value == old}


def _insert(
    session: Session, table: type[Base], which: Any, make: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    columns = table.__table__.columns.keys()
    rows = [dict(row) for row in session.execute(select(*table.__table__.columns).where(which)).mappings()]
    made = [{name: value for name, value in make(row).items() if name in columns} for row in rows]
    session.execute(insert(table), made)
