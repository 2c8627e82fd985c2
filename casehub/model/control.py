"""The reviewer's own: samples drawn, signals found, and reviews with what was asked, answered and concluded.

Each row is one authority's. What people wrote is sealed for it under its working key; the rest is ids and times. The
database holds the rules of a review (migration `control`): nobody reviews themselves, and nobody closes their own conclusion.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded
from casehub.model.sealed import Sealed, SealedBytes


class LogSample(Recorded, Base):
    """One draw. `entries`: what was drawn, in that order, of `eligible`; `left_out`: how many for which reason."""

    __tablename__ = "log_sample"
    __table_args__ = (Index("ix_log_sample_authority_id_drawn_at", "authority_id", "drawn_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    drawn_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    drawn_at: Mapped[datetime]
    since: Mapped[datetime]
    wanted: Mapped[int]
    considered: Mapped[int]
    left_out: Mapped[dict[str, Any]] = mapped_column(JSONB)
    eligible: Mapped[int]
    entries: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid(as_uuid=True)))


class LogSignal(Recorded, Base):
    """What a rule found of one person on one Danish day; found once, and grown while the day does."""

    __tablename__ = "log_signal"
    __table_args__ = (
        UniqueConstraint("authority_id", "rule", "actor_id", "day"),
        CheckConstraint("(set_aside_by IS NULL) = (set_aside_at IS NULL)", name="set_aside"),
        CheckConstraint("set_aside_by <> actor_id", name="not_oneself"),
        Index("ix_log_signal_authority_id_found_at", "authority_id", "found_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    rule: Mapped[str]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    day: Mapped[date]
    entries: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid(as_uuid=True)))
    found_at: Mapped[datetime]
    set_aside_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    set_aside_at: Mapped[datetime | None]


class Review(Recorded, Base):
    """A review of what `subject` did. `entries`: the entries it is about. Concluded by one, closed by another.

    `opened_by`: None for one that began by itself, with a break-glass.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("subject <> opened_by", name="not_opened_by_oneself"),
        CheckConstraint("subject <> concluded_by", name="not_concluded_by_oneself"),
        CheckConstraint("subject <> closed_by", name="not_closed_by_oneself"),
        CheckConstraint("closed_by <> concluded_by", name="four_eyes"),
        CheckConstraint(
            "(concluded_by IS NULL) = (concluded_at IS NULL) AND (concluded_by IS NULL) = (outcome IS NULL)",
            name="concluded",
        ),
        CheckConstraint(
            "(closed_by IS NULL) = (closed_at IS NULL) AND (closed_by IS NULL OR concluded_by IS NOT NULL)",
            name="closed",
        ),
        CheckConstraint("(asked_at IS NULL) = (answer_due_at IS NULL)", name="asked"),
        Index("ix_review_authority_id_opened_at", "authority_id", "opened_at"),
        Index("ix_review_subject", "subject"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    subject: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    sample_id: Mapped[UUID | None] = mapped_column(ForeignKey("log_sample.id"))
    signal_id: Mapped[UUID | None] = mapped_column(ForeignKey("log_signal.id"), index=True)
    entries: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid(as_uuid=True)))
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    concluded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    concluded_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None]

    @property
    def state(self) -> str:
        """Open, concluded, or closed."""
        if self.closed_at is not None:
            return "closed"
        return "open" if self.concluded_at is None else "concluded"


class ReviewText(Recorded, Base):
    """What someone wrote in a review: a question, an answer, a conclusion, why one was sent back, or why a case was broken into."""

    __tablename__ = "review_text"
    __table_args__ = (
        CheckConstraint("kind IN ('question', 'answer', 'conclusion', 'return', 'break_glass')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), index=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[str]
    by_staff: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    sealed: Mapped[Sealed] = mapped_column(SealedBytes())
    key_version: Mapped[int]
