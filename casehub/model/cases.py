"""A case: its number, network and card version, who takes part, who works on it, and what happened when.

No personal data in these tables: everything about the citizen is in sealed items.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Case(Recorded, Base):
    """One case. `state`: referred, open, redirected, rejected or closed. `referred_by`/`coordinator`: authorities."""

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("state IN ('referred', 'open', 'redirected', 'rejected', 'closed')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    network: Mapped[str]
    network_sha: Mapped[bytes] = mapped_column(ForeignKey("definition_version.sha256"))
    card: Mapped[str]
    card_sha: Mapped[bytes] = mapped_column(ForeignKey("definition_version.sha256"))
    calendar_sha: Mapped[bytes] = mapped_column(ForeignKey("definition_version.sha256"))
    kommune: Mapped[str]
    acute: Mapped[bool]
    state: Mapped[str]
    referring_authority: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    referring_unit: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    coordinating_authority: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    coordinating_unit: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    responsible_authority: Mapped[str | None] = mapped_column(ForeignKey("authority.id"))
    opened_at: Mapped[datetime]
    meeting_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    deletion_on: Mapped[date | None]


class Participant(Recorded, Base):
    """A unit that takes part in a case. What makes rows of the case visible to its authority."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("case_id", "unit_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"), index=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    added_by: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    since: Mapped[datetime]


class Assignment(Recorded, Base):
    """A member of staff who works on the case, beyond the contacts of its participating units."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("case_id", "staff_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    since: Mapped[datetime]


class CaseEvent(Recorded, Base):
    """What happened to the case, with its own time (`at`) beside the time it was written down (`recorded_at`), and the sealed reason."""

    __tablename__ = "case_event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    name: Mapped[str]
    party: Mapped[str | None]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    by_staff: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    by_authority: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    reason_item: Mapped[UUID | None] = mapped_column(ForeignKey("item.id"))
