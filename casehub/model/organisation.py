"""Authorities and their units, loaded from `policies/organisation/`; what leaves the file is retired, never deleted."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base, Recorded


class Authority(Recorded, Base):
    """A controller of its own data: a politikreds, a kommune, a regional psychiatry, Kriminalforsorgen."""

    __tablename__ = "authority"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    kommuner: Mapped[list[str]]
    retired_at: Mapped[datetime | None]


class Unit(Recorded, Base):
    """A lokalstation, a forvaltning, a department. `kommuner` are the kommunekoder it covers."""

    __tablename__ = "unit"

    id: Mapped[str] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[str]
    name: Mapped[str]
    kommuner: Mapped[list[str]]
    duty_phone: Mapped[str | None]
    retired_at: Mapped[datetime | None]


class DutyPhone(Recorded, Base):
    """A unit's duty phone as its authority keeps it, instead of the organisation file's; None: it has none."""

    __tablename__ = "duty_phone"

    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    phone: Mapped[str | None]
