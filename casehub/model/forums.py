"""Meetings of forums, with agenda and minutes, and the lokalråd's coordinated plan of a year. No case is in them.

Their texts are not about anybody and are not sealed; what looks like a CPR number is refused where it is typed.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class ForumMeeting(Recorded, Base):
    """One meeting of a forum, called by its secretary's authority. `readers`: those with a seat; `guests`: those invited besides.

    `version` counts the minutes' texts, 0 while there is none; what was approved is a version.
    """

    __tablename__ = "forum_meeting"
    __table_args__ = (
        CheckConstraint("(version = 0) = (minutes IS NULL)", name="minutes"),
        CheckConstraint("sent_at IS NULL OR minutes IS NOT NULL", name="sent"),
        Index("ix_forum_meeting_forum", "forum"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    forum: Mapped[str]
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    readers: Mapped[list[str]]
    guests: Mapped[list[str]]
    starts_at: Mapped[datetime]
    place: Mapped[str]
    agenda: Mapped[str]
    called_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    called_at: Mapped[datetime]
    minutes: Mapped[str | None]
    version: Mapped[int]
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    sent_at: Mapped[datetime | None]


class ForumApproval(Recorded, Base):
    """That somebody on a seat that approves has approved a version of the minutes."""

    __tablename__ = "forum_approval"
    __table_args__ = (UniqueConstraint("meeting_id", "version", "unit_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("forum_meeting.id"))
    version: Mapped[int]
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class CoordinatedPlan(Recorded, Base):
    """The coordinated plan (samordnet handlingsplan) of a forum for a year: a text for each section; adopted once, then closed."""

    __tablename__ = "coordinated_plan"
    __table_args__ = (
        UniqueConstraint("forum", "year"),
        CheckConstraint("(adopted_at IS NULL) = (adopted_by IS NULL)", name="adopted"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    forum: Mapped[str]
    year: Mapped[int]
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    readers: Mapped[list[str]]
    sections: Mapped[dict[str, str]] = mapped_column(JSONB)
    adopted_at: Mapped[datetime | None]
    adopted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
