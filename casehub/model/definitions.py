"""Every definition version ever used, kept by its SHA-256, so that a running card keeps the text it began with."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class DefinitionVersion(Recorded, Base):
    """The bytes of one definition file. `active` marks the set that nodes must agree on."""

    __tablename__ = "definition_version"

    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    content: Mapped[bytes]
    active: Mapped[bool]
    first_used_at: Mapped[datetime]
