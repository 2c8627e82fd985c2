"""The log's two tables: commitments (append-only, no personal data) and erasable contents.

A leaf is SHA-256(nonce || content); content is the very bytes that were hashed (RFC 8785 JSON in `bytea`).
The columns beside `content` repeat it for searching and are never trusted for verification.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from casehub.model.base import Base
from casehub.model.types import Xid8


class AuditCommitment(Base):
    """One leaf of the log. `txid` is the transaction that wrote it: recorded rows are checked against it."""

    __tablename__ = "audit_commitment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    leaf: Mapped[bytes]
    txid: Mapped[int] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))


class AuditContent(Base):
    """What the leaf commits to. Erased only by the eraser role."""

    __tablename__ = "audit_content"
    __table_args__ = (
        Index("ix_audit_content_concerned", "concerned", postgresql_using="gin"),
        Index("ix_audit_content_authority_id_at", "authority_id", "at"),
    )

    entry_id: Mapped[UUID] = mapped_column(
        ForeignKey("audit_commitment.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    nonce: Mapped[bytes]
    content: Mapped[bytes]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    authority_id: Mapped[str | None]
    unit_id: Mapped[str | None]
    event: Mapped[str]
    outcome: Mapped[str]
    concerned: Mapped[list[str]] = mapped_column(ARRAY(Text()))


class AuditObject(Base):
    """One object an entry names: which case, whose data, what kind. One row each, list hits included."""

    __tablename__ = "audit_object"

    entry_id: Mapped[UUID] = mapped_column(
        ForeignKey("audit_content.entry_id", deferrable=True, initially="DEFERRED", ondelete="CASCADE"),
        primary_key=True,
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    authority_id: Mapped[str | None]
    kind: Mapped[str]
    object_id: Mapped[str]
