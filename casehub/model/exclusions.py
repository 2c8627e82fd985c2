"""Exclusions: who is barred from a case that their duties would let them see, for kinship or another conflict."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Exclusion(Recorded, Base):
    """A member of staff is barred from a case, until it is lifted. `reason_item`: why, sealed for `authority_id`, who set it.

    That it is so is known to all who take part, so that nobody calls or invites the one who is barred; why, is not.
    """

    __tablename__ = "exclusion"
    __table_args__ = (
        CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifted"),
        ForeignKeyConstraint(["staff_id", "staff_authority"], ["staff.id", "staff.authority_id"]),
        Index("ix_exclusion_staff_id", "staff_id"),  # of everyone who is told anything it is asked
        Index(
            "uq_exclusion_standing",
            "case_id",
            "staff_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    staff_id: Mapped[UUID]
    staff_authority: Mapped[str]
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    reason_item: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    set_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    set_at: Mapped[datetime]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None]
