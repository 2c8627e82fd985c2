"""The tasks of the year wheel: one row for each task, whose it is and the year it is for. No case is in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class WheelTask(Recorded, Base):
    """A task of the year `cycle`, of the forum or unit `subject`. `readers`: the authorities that see how it stands."""

    __tablename__ = "wheel_task"
    __table_args__ = (
        UniqueConstraint("obligation", "task", "subject", "cycle"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done"),
        Index("ix_wheel_task_due_at", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    obligation: Mapped[str]
    task: Mapped[str]
    subject: Mapped[str]
    cycle: Mapped[int]
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    readers: Mapped[list[str]]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
