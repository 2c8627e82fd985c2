"""Staff, what they are contacts for, their sign-ins, sessions and unfinished texts. No citizens here."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casehub.model.base import Base, Recorded
from casehub.model.sealed import Sealed, SealedBytes


class Staff(Recorded, Base):
    """A person employed by one authority. `role`: staff, reviewer or administrator (access.actor.Role).

    `keeps_contacts_since`: since when they keep the authority's contacts (kontaktkoordinator); None if they do not.
    """

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('staff', 'reviewer', 'administrator')", name="role"),
        UniqueConstraint("id", "authority_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    title: Mapped[str]
    phone: Mapped[str | None]
    mail: Mapped[str | None]
    role: Mapped[str]
    password_hash: Mapped[str]
    retired_at: Mapped[datetime | None]
    keeps_contacts_since: Mapped[datetime | None]


class ContactDuty(Recorded, Base):
    """Who is contact person, deputy, coordinator (tovholder) or leader of a network for a unit, and when.

    `absences`: of the person, loaded with the duty. Who has the duty on a day is `services.duties`' to say.
    """

    __tablename__ = "contact_duty"
    __table_args__ = (
        CheckConstraint(
            "function IN ('kontaktperson', 'stedfortraeder', 'tovholder', 'leder')", name="function"
        ),
        UniqueConstraint("staff_id", "network", "unit_id", "function", "valid_from"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    network: Mapped[str] = mapped_column(index=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    function: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    absences: Mapped[list["Absence"]] = relationship(
        primaryjoin="ContactDuty.staff_id == foreign(Absence.staff_id)", viewonly=True, lazy="joined"
    )


class Absence(Recorded, Base):
    """Days on which a person is away, both included; `last_day` None: until further notice.

    One that was taken back ends on the day before it began. Why someone is away is nobody's business here.
    """

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("last_day >= first_day - 1", name="days"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date | None]


class WebSession(Base):
    """A server-side session. `id_hash` is SHA-256 of the cookie; an ended one is kept 24 h so a draft can be saved.

    Who is signed in stands in `data`, and can be none but `staff_id`, whom a node of their authority alone can write.
    """

    __tablename__ = "web_session"
    __table_args__ = (
        CheckConstraint(
            "data ->> '_user_id' IS NULL OR data ->> '_user_id' = staff_id::text AND staff_id IS NOT NULL",
            name="signed_in",
        ),
    )

    id_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInAttempt(Base):
    """A failed sign-in, counted for throttling. `key` is a keyed hash of login or address, never the text."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key_at", "key", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[bytes]
    at: Mapped[datetime]


class Draft(Recorded, Base):
    """A form that was being filled in when the session ended; sealed for its authority, kept 24 h."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("staff_id", "path"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    path: Mapped[str]
    sealed: Mapped[Sealed] = mapped_column(SealedBytes())
    key_version: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
