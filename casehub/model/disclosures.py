"""Videregivelse: from whom to whom, on which basis, for what purpose; written (with grants) or oral."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Disclosure(Recorded, Base):
    """One disclosure. `basis`, `purpose` and `information` are ids from the network file. Necessity is a sealed item.

    `consent_id`: the consent it rests on, where the basis is one. `information`: the kinds of information given by it; None of
    disclosures from before these were asked for. `prompted`: asked for by the recipient, or on own initiative; None where nobody
    said which.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        CheckConstraint("form IN ('written', 'oral')", name="form"),
        CheckConstraint("prompted IN ('asked', 'own')", name="prompted"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    from_authority: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    to_authority: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    form: Mapped[str]
    basis: Mapped[str]
    purpose: Mapped[str]
    necessity_item: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    content_item: Mapped[UUID | None] = mapped_column(ForeignKey("item.id"))
    consent_id: Mapped[UUID | None] = mapped_column(ForeignKey("consent.id"), index=True)
    information: Mapped[list[str] | None]
    prompted: Mapped[str | None]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    by_staff: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
