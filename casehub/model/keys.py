"""Authority keys, wrapped by the keystore's KEK, and which database login may act for which authority."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded
from casehub.model.sealed import Sealed, SealedBytes


class AuthorityKey(Recorded, Base):
    """One version of one key of an authority. `public` is signed by the authority and pinned in the keystores."""

    __tablename__ = "authority_key"
    __table_args__ = (
        CheckConstraint("purpose IN ('working', 'receiving', 'signing', 'index')", name="purpose"),
    )

    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    kek_version: Mapped[int]
    wrapped: Mapped[Sealed] = mapped_column(SealedBytes())
    public: Mapped[bytes | None]
    public_signature: Mapped[bytes | None]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class NodeAuthority(Base):
    """Written by the database owner only: which login may speak for which authority."""

    __tablename__ = "node_authority"

    login: Mapped[str] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(primary_key=True)
