"""Erasing: that an authority erased its own copy of a case, and what forbids it for now (slettestop)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class CaseErasure(Recorded, Base):
    """An authority erased its copy of a case, as two of its staff agreed. A trigger asks for all of that.

    `working_version`, `receiving_version`: the newest keys of the authority then: a backup may need them and older ones.
    `final_on`: the day from which no backup and no key brings it back, as far as is known; `final_at`: when that came true.
    """

    __tablename__ = "case_erasure"
    __table_args__ = (UniqueConstraint("case_id", "authority_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approval.id"), unique=True)
    erased_at: Mapped[datetime]
    working_version: Mapped[int]
    receiving_version: Mapped[int]
    final_on: Mapped[date]
    final_at: Mapped[datetime | None]


class LegalHold(Recorded, Base):
    """A slettestop: while it stands the authority's copy of the case cannot be erased. `reason_item`: why, sealed."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifted"),
        Index(
            "uq_legal_hold_standing",
            "case_id",
            "authority_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    reason_item: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    set_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    set_at: Mapped[datetime]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None]
