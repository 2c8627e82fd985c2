"""The bytes of files: sealed chunks of an item version of kind file, immutable like it and seen by whoever sees it."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded
from casehub.model.sealed import Sealed, SealedBytes


class FileChunk(Recorded, Base):
    """Chunk `number` (from 0) of a file. `sha256` of the ciphertext: one digest of all of them is in the write's entry.

    Chunks are written as they arrive, before the item they belong to: that it comes is checked when all is committed.
    """

    __tablename__ = "file_chunk"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_version_id", "authority_id"],
            ["item_version.id", "item_version.authority_id"],
            ondelete="CASCADE",
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    item_version_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    authority_id: Mapped[str]
    sealed: Mapped[Sealed] = mapped_column(SealedBytes())
    sha256: Mapped[bytes]
