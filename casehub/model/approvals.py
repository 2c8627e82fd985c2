"""What two people must agree on: one of an authority's staff asks, another of the same authority answers.

The database holds the rule (migration `approvals`): nobody answers what they asked for themselves.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded
from casehub.model.sealed import Sealed, SealedBytes


class Approval(Recorded, Base):
    """One question. `subject`: ids of what it is about, no content. `reason`: sealed under the working key `key_version`,
    None once it was erased. `state`: asked, then confirmed and done, or declined, withdrawn, expired.
    """

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("kind IN ('erase_case', 'rekey_index', 'access_report')", name="kind"),
        CheckConstraint(
            "state IN ('asked', 'confirmed', 'done', 'declined', 'withdrawn', 'expired')", name="state"
        ),
        CheckConstraint("(state = 'asked') = (answered_at IS NULL)", name="answered"),
        CheckConstraint(
            "CASE WHEN state IN ('confirmed', 'done', 'declined') THEN answered_by IS NOT NULL AND answered_by <> asked_by"
            " WHEN state = 'withdrawn' THEN answered_by = asked_by ELSE answered_by IS NULL END",
            name="two_people",
        ),
        CheckConstraint(
            "state NOT IN ('confirmed', 'done') OR answered_at <= asked_at + interval '14 days'",
            name="in_time",
        ),
        CheckConstraint("(reason IS NULL) = (key_version IS NULL)", name="reason"),
        Index("ix_approval_authority_id_state", "authority_id", "state"),
        Index(
            "uq_approval_asked",
            "authority_id",
            "kind",
            "case_id",
            "subject",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state IN ('asked', 'confirmed')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    subject: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[Sealed | None] = mapped_column(SealedBytes())
    key_version: Mapped[int | None]
    state: Mapped[str]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None]
