"""The steps of a running card. `version` lets two people completing one step at once be told apart."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Step(Recorded, Base):
    """One step, or one party's own part of it. `outcome` is the answer chosen, e.g. `disclose`, `nothing`, `declines`."""

    __tablename__ = "step"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'done', 'not_needed')", name="state"),
        Index(
            "uq_step_case_id_key_party",
            "case_id",
            "key",
            "party",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ix_step_due_at_open", "due_at", postgresql_where=text("state = 'ready' AND overdue_at IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    key: Mapped[str]
    party: Mapped[str | None] = mapped_column(ForeignKey("authority.id"))
    responsible_authority: Mapped[str | None] = mapped_column(ForeignKey("authority.id"))
    responsible_unit: Mapped[str | None] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[str]
    ready_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str | None]
    evidence_item: Mapped[UUID | None] = mapped_column(ForeignKey("item.id"))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it from the class)
