"""Recalls: what an authority took back from those it had given it to; and the breach such a recall may mend."""

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


class Breach(Recorded, Base):
    """A breach of personal data security that a recall mended: what the controller must document, and perhaps report.

    `aware_at`: when the authority became aware of it; `due_at`: when it must have been reported (GDPR art. 33,
    retshåndhævelsesloven § 28). `report_item`: the report, sealed for the owner alone, a version for each time it was
    saved. `concluded_at` is set once, and ends it.
    """

    __tablename__ = "breach"
    __table_args__ = (UniqueConstraint("recall_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    recall_id: Mapped[UUID] = mapped_column(ForeignKey("recall.id"))
    report_item: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    aware_at: Mapped[datetime]
    due_at: Mapped[datetime]
    concluded_at: Mapped[datetime | None]
