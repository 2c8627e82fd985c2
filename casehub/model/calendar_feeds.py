"""The address at which a person's own calendar is fetched, one for each. What is in the calendar is kept nowhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class CalendarFeed(Recorded, Base):
    """A person's calendar address. `token_hash`: SHA-256 of what the address ends with; None once it was ended."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        UniqueConstraint("token_hash"),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    token_hash: Mapped[bytes | None]
    made_at: Mapped[datetime]
