"""Meetings of a network's group: who is invited, which cases are on the agenda, and what was decided in them.

No citizens' data and no text about a case in these tables: minutes and decisions are sealed items of their case.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Meeting(Recorded, Base):
    """One meeting, called for `unit_id` of the host `authority_id`. `state`: planned, then held or cancelled (at `ended_at`)."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'held', 'cancelled')", name="state"),
        CheckConstraint("(state = 'planned') = (ended_at IS NULL)", name="ended"),
        Index("ix_meeting_minutes_due_at", "authority_id", "minutes_due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    network: Mapped[str]
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    place: Mapped[str]
    state: Mapped[str]
    minutes_due_at: Mapped[datetime]
    called_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    called_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class MeetingInvitee(Recorded, Base):
    """Someone who is invited; what makes the meeting exist for their authority.

    `confirmed_at`: when the statement of confidentiality was given, `confirmed_by`: by themselves, or noted by the host on paper.
    """

    __tablename__ = "meeting_invitee"
    __table_args__ = (
        UniqueConstraint("meeting_id", "staff_id"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed"),
        ForeignKeyConstraint(["staff_id", "authority_id"], ["staff.id", "staff.authority_id"]),
        Index("ix_meeting_invitee_staff_id", "staff_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    staff_id: Mapped[UUID]
    attended: Mapped[bool | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class MeetingCase(Recorded, Base):
    """A case on the agenda. `minutes_item`: what was written of it, sealed in the case, once it was."""

    __tablename__ = "meeting_case"
    __table_args__ = (UniqueConstraint("meeting_id", "case_id"), Index("ix_meeting_case_case_id", "case_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    minutes_item: Mapped[UUID | None] = mapped_column(ForeignKey("item.id"))


class Decision(Recorded, Base):
    """What an authority is to do in a case by a day. What it is stands in `item_id`, sealed.

    A meeting decided it (`meeting_id`), or it is the action with this `number` of a plan (counted from 0).
    `outcome`: how it went, once it is done.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done"),
        CheckConstraint("(meeting_id IS NULL) = (number IS NOT NULL)", name="origin"),
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('done', 'partly', 'dropped') AND done_at IS NOT NULL",
            name="outcome",
        ),
        Index("ix_decision_case_id", "case_id"),
        Index("ix_decision_due_at", "owner_authority", "due_at", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    number: Mapped[int | None]
    owner_authority: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    due_at: Mapped[datetime]
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
