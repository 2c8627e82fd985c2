"""The declarative base, application-made ids (UUIDv7, RFC 9562) and the `Recorded` mixin.

Ids are made here and not by the database, because the associated data of every ciphertext names the row.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, ForeignKey, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> UUID:
    """A new row id: UUIDv7 (RFC 9562), so ids sort by time of making."""
    return uuid7()


class Base(DeclarativeBase):
    """All tables. Text is `text`, times are `timestamptz`, bytes are `bytea`."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        str: Text(),
        bytes: LargeBinary(),
        datetime: DateTime(timezone=True),
        UUID: Uuid(as_uuid=True),
        list[str]: ARRAY(Text()),
    }


class Recorded:
    """Rows that may not change without an audit entry in the same transaction (DESIGN, promise 1 and 4)."""

    @declared_attr
    @classmethod
    def entry_id(cls) -> Mapped[UUID]:
        """The entry of the latest change; a deferred trigger checks that it is of this transaction."""
        return mapped_column(
            ForeignKey("audit_commitment.id", deferrable=True, initially="DEFERRED"), nullable=False
        )
