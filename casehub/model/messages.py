"""What members of staff are told: that there is something, and where; never what it says.

A message follows from something on record (a notice, an event of the case, a date), named by `source`; it is no record
itself. Told to one member of staff of one authority, once for each source.
"""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded

KINDS = (
    "acute",
    "news",
    "reminder",
    "overdue",
    "deputy",
    "leader",
    "deletion",
    "unmanned",
    "gap",
    "glass",
    "review",
    "agreement",
)


class Message(Base):
    """One thing one person is told. `mail_at`: when a mail may say so, None if none shall or one was made."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name="kind"),
        UniqueConstraint("staff_id", "kind", "source"),
        Index("ix_message_staff_id_unread", "staff_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_message_staff_id_at", "staff_id", "at"),
        Index("ix_message_mail_at", "authority_id", "mail_at", postgresql_where=text("mail_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    source: Mapped[UUID]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail_at: Mapped[datetime | None]


class Mail(Base):
    """One mail to one person, made of messages: why, and how many. Sent until `sent_at`, next at `next_try_at`."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("kind IN ('acute', 'news', 'digest')", name="kind"),
        Index("ix_mail_unsent", "authority_id", "next_try_at", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str]
    count: Mapped[int]
    made_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int]
    sent_at: Mapped[datetime | None]


class MessageChoice(Recorded, Base):
    """How a person wants to be told by mail. Between `quiet_from` and `quiet_to`, Danish time, no mail but of an acute case."""

    __tablename__ = "message_choice"
    __table_args__ = (
        CheckConstraint("delivery IN ('immediate', 'digest', 'in_app')", name="delivery"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet"),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    delivery: Mapped[str]
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
