"""Telling members of staff that there is something: one message to each, once for each source. Called by the worker's use cases.

The recipient is a member of the actor's authority, by id; there is no other way to address anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, text

from casehub.model import MessageChoice, new_id
from casehub.services.context import Context
from casehub.workflow.delivery import Choice, Delivery, mail_at

_TELL = text("""
    INSERT INTO message (id, authority_id, staff_id, kind, case_id, source, at, mail_at)
    SELECT id, :authority, staff_id, kind, case_id, source, :now, mail_at FROM unnest(
        CAST(:ids AS uuid[]), CAST(:staff AS uuid[]), CAST(:kinds AS text[]),
        CAST(:cases AS uuid[]), CAST(:sources AS uuid[]), CAST(:mails AS timestamptz[])
    ) AS t (id, staff_id, kind, case_id, source, mail_at)
    WHERE NOT EXISTS (
        SELECT FROM exclusion e
        WHERE e.case_id = t.case_id AND e.staff_id = t.staff_id AND e.lifted_at IS NULL
    )
    ON CONFLICT (staff_id, kind, source) DO NOTHING
""")


class MessageKind(StrEnum):
    """What a message says; the whole of it."""

    ACUTE = "acute"
    NEWS = "news"
    REMINDER = "reminder"
    OVERDUE = "overdue"
    DEPUTY = "deputy"
    LEADER = "leader"
    DELETION = "deletion"
    AGREEMENT = "agreement"
    UNMANNED = "unmanned"
    GAP = "gap"
    GLASS = "glass"
    REVIEW = "review"


# mailed at once, in quiet hours too
URGENT = frozenset({MessageKind.ACUTE, MessageKind.GLASS})


@dataclass(frozen=True, slots=True)
class Tiding:
    """What to tell these members of staff. `source`: the row on record that it follows from. `case_id`: None for no case."""

    kind: MessageKind
    source: UUID
    case_id: UUID | None
    staff: tuple[UUID, ...]


def tell(ctx: Context, tidings: Sequence[Tiding]) -> None:
    """Write the messages, in the transaction at hand. What was told before is told to nobody again, and nobody is told
    of a case that they are barred from.
    """
    lines = [(tiding, staff) for tiding in tidings for staff in tiding.staff]
    if not lines:
        return
    choices = choices_of(ctx, {staff for _, staff in lines})
    ctx.session.execute(
        _TELL,
        {
            "authority": ctx.actor.authority,
            "now": ctx.now,
            "ids": [new_id() for _ in lines],
            "staff": [staff for _, staff in lines],
            "kinds": [tiding.kind.value for tiding, _ in lines],
            "cases": [tiding.case_id for tiding, _ in lines],
            "sources": [tiding.source for tiding, _ in lines],
            "mails": [_mail_at(tiding, choices.get(staff, Choice()), ctx.now) for tiding, staff in lines],
        },
    )


def choices_of(ctx: Context, staff: set[UUID]) -> dict[UUID, Choice]:
    """How these want to be told; whoever never chose is absent."""
    rows = ctx.session.scalars(select(MessageChoice).where(MessageChoice.staff_id.in_(staff)))
    return {row.staff_id: choice_of(row) for row in rows}


def choice_of(row: MessageChoice) -> Choice:
    """A row as the choice it holds."""
    quiet = (row.quiet_from, row.quiet_to) if row.quiet_from and row.quiet_to else None
    return Choice(Delivery(row.delivery), quiet)


def _mail_at(tiding: Tiding, choice: Choice, now: datetime) -> datetime | None:
    return mail_at(choice, now=now, acute=tiding.kind in URGENT)
