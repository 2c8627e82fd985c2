"""Recalls: what an authority took back from those it had given it to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Recall(Recorded, Base):
    """One item taken back by its owner; from then on row security shows it to nobody else, whatever they were granted.

    `kind`: the item's, for those who may no longer see the item. `reason_item`: why, sealed for the owner alone.
    """

    __tablename__ = "recall"
    __table_args__ = (UniqueConstraint("item_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    kind: Mapped[str]
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    by_staff: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    reason_item: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
