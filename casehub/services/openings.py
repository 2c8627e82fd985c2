"""Who was shown what, by the entries that were written before it was shown: the one query over the log that people ask.

Row security decides which entries an authority sees: those of its own people, and others' where its own data was shown.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, true

from casehub.audit import Event, Outcome
from casehub.model import AuditContent, AuditObject, Staff
from casehub.services.context import Context


@dataclass(frozen=True, slots=True)
class Opening:
    """What one person did from one unit: the events, how many entries, the first and the last. `staff`: None if unknown."""

    staff: Staff | None
    authority: str
    unit: str | None
    events: tuple[Event, ...]
    times: int
    first: datetime
    last: datetime


def find_openings(
    ctx: Context, *, case_id: UUID, events: Collection[Event], item_id: UUID | None = None
) -> tuple[Opening, ...]:
    """Who did any of `events` with the case, or with one item of it, in the order in which they first did."""
    of_item = AuditObject.object_id == str(item_id) if item_id else true()
    statement = (
        select(
            AuditContent.actor_id,
            AuditContent.authority_id,
            AuditContent.unit_id,
            func.array_agg(AuditContent.event.distinct()),
            func.count(AuditContent.entry_id.distinct()),
            func.min(AuditContent.at),
            func.max(AuditContent.at),
        )
        .join(AuditObject, AuditObject.entry_id == AuditContent.entry_id)
        .where(
            AuditObject.case_id == case_id,
            of_item,
            AuditContent.event.in_([event.value for event in events]),
            AuditContent.outcome == Outcome.ALLOWED.value,
        )
        .group_by(AuditContent.actor_id, AuditContent.authority_id, AuditContent.unit_id)
        .order_by(func.min(AuditContent.at))
    )
    found = ctx.session.execute(statement).all()
    people = _people(ctx, {row[0] for row in found if row[0]})
    return tuple(
        Opening(
            people.get(actor) if actor else None, authority or "", unit, _events(names), times, first, last
        )
        for actor, authority, unit, names, times, first, last in found
    )


def _events(names: Collection[str]) -> tuple[Event, ...]:
    """In the order in which the code lists them."""
    return tuple(event for event in Event if event.value in names)


@dataclass(frozen=True, slots=True)
class Act:
    """One entry about a case that was allowed. `staff`: None for casehub itself."""

    at: datetime
    event: Event
    authority: str
    unit: str | None
    staff: Staff | None


def find_entries(ctx: Context, *, case_id: UUID) -> tuple[Act, ...]:
    """Everything that was done with the case, as far as this authority sees the log, oldest first."""
    named = select(AuditObject.entry_id).where(AuditObject.case_id == case_id)
    statement = (
        select(
            AuditContent.at,
            AuditContent.event,
            AuditContent.authority_id,
            AuditContent.unit_id,
            AuditContent.actor_id,
        )
        .where(AuditContent.entry_id.in_(named), AuditContent.outcome == Outcome.ALLOWED.value)
        .order_by(AuditContent.at, AuditContent.entry_id)
    )
    found = ctx.session.execute(statement).all()
    people = _people(ctx, {row[4] for row in found if row[4]})
    return tuple(
        Act(at, Event(event), authority or "", unit, people.get(actor) if actor else None)
        for at, event, authority, unit, actor in found
    )


def _people(ctx: Context, ids: Collection[UUID]) -> dict[UUID, Staff]:
    return {row.id: row for row in ctx.session.scalars(select(Staff).where(Staff.id.in_(ids)))}
