"""Samtykke: what a citizen agreed to, recorded by an authority in a case; and when it ended.

What rests on a consent ends with it: a trigger ends every grant given on it in the transaction that ends it.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Consent(Recorded, Base):
    """That the authorities of `authorities` may give each other information of the kinds `information` until `valid_until`.

    `information`: ids from the network file; none where the network knows no kinds. `item_id`: what the citizen said and to
    whom, sealed for the recorder alone. `ended_at` is set once: by `ended_by` when the citizen withdrew it; by nobody when it
    had run out.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("given_how IN ('written', 'oral')", name="given_how"),
        CheckConstraint("cardinality(authorities) >= 2", name="authorities"),
        CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name="ended"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    authorities: Mapped[list[str]]
    information: Mapped[list[str]]
    given_how: Mapped[str]
    given_on: Mapped[date]
    valid_until: Mapped[datetime]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    def in_force(self, now: datetime) -> bool:
        """Whether it can be relied on now."""
        return self.ended_at is None and now < self.valid_until

    def covers(self, giver: str, recipient: str, information: tuple[str, ...]) -> bool:
        """Whether it lets `giver` give `recipient` information of all these kinds."""
        return {giver, recipient} <= set(self.authorities) and set(information) <= set(self.information)
