"""The log's tables: commitments and the tree over them (append-only, no personal data), and erasable contents.

A commitment is SHA-256(nonce || content); content is the very bytes that were hashed (RFC 8785 JSON in `bytea`).
The columns beside `content` repeat it for searching and are never trusted for verification.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from casehub.model.base import Base, Recorded
from casehub.model.sealed import Sealed, SealedBytes
from casehub.model.types import Xid8


class AuditCommitment(Base):
    """What an entry commits to. `txid` is the transaction that wrote it: recorded rows are checked against it."""

    __tablename__ = "audit_commitment"
    # where the sequencer goes on: commitments of transactions younger than the last it numbered
    __table_args__ = (Index("ix_audit_commitment_txid", "txid"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    leaf: Mapped[bytes]
    txid: Mapped[int] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))


class AuditContent(Base):
    """What the leaf commits to. Erased only by the eraser role.

    No foreign keys from here and from the objects: triggers ask more, that they are written with their commitment.
    """

    __tablename__ = "audit_content"
    __table_args__ = (
        Index("ix_audit_content_concerned", "concerned", postgresql_using="gin"),
        Index("ix_audit_content_authority_id_at", "authority_id", "at"),
        # what a reviewer searches by, each newest first within it
        Index("ix_audit_content_at_entry_id", "at", "entry_id"),
        Index("ix_audit_content_actor_id_at_entry_id", "actor_id", "at", "entry_id"),
        Index("ix_audit_content_unit_id_at_entry_id", "unit_id", "at", "entry_id"),
        Index("ix_audit_content_event_at_entry_id", "event", "at", "entry_id"),
        Index(
            "ix_audit_content_not_allowed",
            "outcome",
            "at",
            "entry_id",
            postgresql_where=text("outcome <> 'allowed'"),
        ),
    )

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
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
    """One object an entry names: which case, whose data, what kind. One row each, list hits included; gone with the content."""

    __tablename__ = "audit_object"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    authority_id: Mapped[str | None]
    kind: Mapped[str]
    object_id: Mapped[str]


class AuditChange(Base):
    """One change of one recorded row, listed by the database under the entry that wrote it.

    `mark` binds the row, its key and `before`, the mark of the row's last change; it is salted. Salt and key are kept for a
    row as it is now; of its earlier changes, and of a removed row, both are destroyed (the key is then the mark, as hex).
    """

    __tablename__ = "audit_change"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(index=True)
    salt: Mapped[bytes | None]
    before: Mapped[bytes | None]
    mark: Mapped[bytes]


class AuditLeaf(Base):
    """The place of a commitment in the tree, from 0 without gaps. Written by the function `sequence_log` alone.

    `leaf`: RFC 9162 leaf hash, SHA-256(0x00 || commitment).
    """

    __tablename__ = "audit_leaf"

    position: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    commitment_id: Mapped[UUID] = mapped_column(ForeignKey("audit_commitment.id"), unique=True)
    leaf: Mapped[bytes]


class AuditNode(Base):
    """The root of a whole subtree of 256^level leaves, so that a checkpoint need not read them again."""

    __tablename__ = "audit_node"

    level: Mapped[int] = mapped_column(SmallInteger(), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class AuditCheckpoint(Base):
    """A signed statement of the tree's size and root; `note` is the C2SP signed note, as it is served."""

    __tablename__ = "audit_checkpoint"

    size: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    note: Mapped[str]


class AuditCosignature(Base):
    """One witness's cosignature on the checkpoint of `size`. `signature`: as in c2sp.org/tlog-cosignature, time first."""

    __tablename__ = "audit_cosignature"
    # where a witness is: the largest size it cosigned
    __table_args__ = (Index("ix_audit_cosignature_witness", "witness", "key_id", "size"),)

    size: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("audit_checkpoint.size"), primary_key=True, autoincrement=False
    )
    witness: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[bytes] = mapped_column(primary_key=True)
    signature: Mapped[bytes]


class AuditWitness(Base):
    """How a witness answered when it was asked last, and since when so. For showing; it proves nothing."""

    __tablename__ = "audit_witness"

    witness: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[bytes] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    since: Mapped[datetime]


class LogExport(Recorded, Base):
    """How far the worker has handed out an authority's entries: the first position of its next file."""

    __tablename__ = "log_export"

    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    next_position: Mapped[int] = mapped_column(BigInteger())


class LogKey(Recorded, Base):
    """One version of the log's signing key (Ed25519), wrapped by the keystore that made it; `public` is pinned there.

    `succession`: the signed note by which the version before handed over to it; NULL for the first.
    """

    __tablename__ = "log_key"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str]
    kek_version: Mapped[int]
    wrapped: Mapped[Sealed] = mapped_column(SealedBytes())
    public: Mapped[bytes]
    created_at: Mapped[datetime]
    succession: Mapped[str | None]
