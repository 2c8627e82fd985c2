"""The steps of a running card, and what was told of their deadlines.

`version` lets two people completing one step at once be told apart.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Step(Recorded, Base):
    """One step, or one party's own part of it, in one round. `outcome` is the answer chosen, e.g. `disclose`, `nothing`, `declines`.

    `state` `dropped`: the case moved to a version of its card that has no such step; no case is loaded with it.
    `round`: None is the first. `moved_to`, `suspended_until`, `handed_to`: what people decided (workflow.run.StepRun); `assigned_to`: who of the authority does it.

    `next_notice`, `next_notice_at`: the next reminder or escalation; that it is overdue follows from `due_at`.
    """

    __tablename__ = "step"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'ready', 'done', 'not_needed', 'impossible', 'dropped')", name="state"
        ),
        Index(
            "uq_step_case_id_key_party",
            "case_id",
            "key",
            "party",
            "round",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ix_step_due_at_open",
            "responsible_authority",
            "due_at",
            postgresql_where=text("state = 'ready' AND overdue_at IS NULL"),
        ),
        Index(
            "ix_step_next_notice",
            "responsible_authority",
            "next_notice",
            "next_notice_at",
            postgresql_where=text("state = 'ready' AND next_notice IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    key: Mapped[str]
    party: Mapped[str | None] = mapped_column(ForeignKey("authority.id"))
    round: Mapped[int | None]
    responsible_authority: Mapped[str | None] = mapped_column(ForeignKey("authority.id"))
    responsible_unit: Mapped[str | None] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[str]
    ready_at: Mapped[datetime | None]
    target_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    moved_to: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]
    handed_to: Mapped[str | None] = mapped_column(ForeignKey("authority.id"))
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    overdue_at: Mapped[datetime | None]
    next_notice: Mapped[str | None]
    next_notice_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str | None]
    evidence_item: Mapped[UUID | None] = mapped_column(ForeignKey("item.id"))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it from the class)


class StepNotice(Recorded, Base):
    """What was told of a step's deadline: `kind` of it once for each `due_at`. `at`: when it was time; `told_at`: when it was done."""

    __tablename__ = "step_notice"
    __table_args__ = (
        CheckConstraint("kind IN ('reminder', 'overdue', 'deputy', 'leader')", name="kind"),
        UniqueConstraint("step_id", "due_at", "kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[str]
    due_at: Mapped[datetime]
    at: Mapped[datetime]
    told_at: Mapped[datetime]


class TaskNotice(Recorded, Base):
    """As `StepNotice`, of what is no step: a task (`decision`, `wheel_task`), or the minutes of a `meeting`."""

    __tablename__ = "task_notice"
    __table_args__ = (
        CheckConstraint("kind IN ('reminder', 'overdue', 'deputy', 'leader')", name="kind"),
        CheckConstraint("about IN ('decision', 'wheel_task', 'meeting')", name="about"),
        UniqueConstraint("about_id", "due_at", "kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    about: Mapped[str]
    about_id: Mapped[UUID]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[str]
    due_at: Mapped[datetime]
    at: Mapped[datetime]
    told_at: Mapped[datetime]
