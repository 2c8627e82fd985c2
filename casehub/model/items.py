"""Sealed items, their immutable versions, the grants that open them, compartments and blind-index tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded
from casehub.model.sealed import Sealed, SealedBytes


class Compartment(Recorded, Base):
    """The symmetric key of one (case, authority), wrapped by the authority's working key; None once it was destroyed."""

    __tablename__ = "compartment"
    __table_args__ = (
        UniqueConstraint("case_id", "authority_id"),
        CheckConstraint("(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    key_version: Mapped[int]
    wrapped: Mapped[Sealed | None] = mapped_column(SealedBytes())
    destroyed_at: Mapped[datetime | None]


class Item(Recorded, Base):
    """One sealed thing, owned by the authority that wrote it.

    `kind`: identity, whereabouts (of a protected person: number and address, for the own authority alone), referral, note, file, assessment, evidence, change (why a step was), necessity, oral, recall (why
    something was), breach (a report), decision (what a meeting gave someone to do), exclusion (why someone is barred).
    """

    __tablename__ = "item"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[str]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]


class ItemVersion(Recorded, Base):
    """One immutable version. `sha256` of the ciphertext is also in the write's audit entry; opening compares."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "version"), UniqueConstraint("id", "authority_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    version: Mapped[int]
    sealed: Mapped[Sealed] = mapped_column(SealedBytes())
    sha256: Mapped[bytes]
    created_at: Mapped[datetime]


class ItemGrant(Recorded, Base):
    """The item key, wrapped once for a reader.

    `form` compartment: wrapped by the reader's own compartment (`compartment_id`).
    `form` hpke: sealed to the reader's receiving key and signed by `granted_by` (a disclosure on its way).
    `onward`: the owner released the item for onward disclosure within the network.
    `ended_at`: when the reader's way in was destroyed, by a recall or an erasure; then `wrapped` is None, for good.
    """

    __tablename__ = "item_grant"
    __table_args__ = (
        CheckConstraint("form IN ('compartment', 'hpke')", name="form"),
        CheckConstraint("(form = 'compartment') = (compartment_id IS NOT NULL)", name="compartment"),
        CheckConstraint("(form = 'hpke') = (signature IS NOT NULL)", name="signature"),
        CheckConstraint("(wrapped IS NULL) = (ended_at IS NOT NULL)", name="ended"),
        Index(  # what was ended can be given again, on another basis
            "uq_item_grant_item_version_id_granted_to_form",
            "item_version_id",
            "granted_to",
            "form",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_item_grant_case_id_granted_to", "case_id", "granted_to"),
        Index("ix_item_grant_item_id_granted_to", "item_id", "granted_to"),  # row-level security asks by it
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    item_version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"))
    granted_by: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    granted_to: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    form: Mapped[str]
    compartment_id: Mapped[UUID | None] = mapped_column(ForeignKey("compartment.id"))
    key_version: Mapped[int | None]
    signing_version: Mapped[int | None]
    wrapped: Mapped[Sealed | None] = mapped_column(SealedBytes())
    signature: Mapped[bytes | None]
    onward: Mapped[bool]
    disclosure_id: Mapped[UUID | None] = mapped_column(ForeignKey("disclosure.id"))
    ended_at: Mapped[datetime | None]

    def end(self, at: datetime) -> None:
        """Destroy the wrapped key: this grant opens nothing any more. What was read cannot be taken back."""
        self.wrapped, self.ended_at = None, at


class IndexToken(Recorded, Base):
    """A blind-index token: which item of an authority holds a value, without the value."""

    __tablename__ = "index_token"

    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    key_version: Mapped[int]
