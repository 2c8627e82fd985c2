"""Break-glass: that somebody opened a case they have no duty in, for a short time and a reason, and who reviews it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class BreakGlass(Recorded, Base):
    """One case opened by one member of staff until `ends_at`. `review_id`: the review that began with it, and holds the reason."""

    __tablename__ = "break_glass"
    __table_args__ = (
        CheckConstraint("ends_at > opened_at", name="ends"),
        Index("ix_break_glass_staff_id_ends_at", "staff_id", "ends_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str]
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), index=True)
