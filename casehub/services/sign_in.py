"""Signing in: Argon2id, throttled per login and per address, the same words and work for every refusal, all on record."""

from datetime import datetime
from functools import cache
from uuid import UUID

from argon2.exceptions import VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from casehub.access.actor import Actor
from casehub.audit import Event, ObjectRef, Outcome, recorded
from casehub.model import SignInAttempt, Staff
from casehub.services.errors import SignInRefused
from casehub.services.people import HASHER
from casehub.services.throttling import MOST_PER_ADDRESS, attempt_key, count_failure, is_throttled

MOST_PER_LOGIN = 5
_WRONG = "Brugernavn eller adgangskode er forkert. Prøv igen, eller kontakt din administrator."
_WAIT = "Der har været for mange forsøg. Vent et kvarter, og prøv igen, eller kontakt din administrator."


def sign_in(
    session: Session,
    *,
    login: str,
    password: str,
    address: str,
    now: datetime,
    request_id: str,
    secret: bytes,
    authorities: frozenset[str],
) -> UUID:
    """The staff id of who signed in. SignInRefused otherwise. `authorities`: those this node opens for."""
    by_login, by_address = (
        attempt_key(secret, "login", login.casefold()),
        attempt_key(secret, "address", address),
    )
    throttled = is_throttled(session, {by_login: MOST_PER_LOGIN, by_address: MOST_PER_ADDRESS}, now)
    known = login.replace("\0", " ")  # which no login has, and the database takes as no text
    staff = session.scalar(select(Staff).where(Staff.login == known, Staff.retired_at.is_(None)))
    session.commit()
    right = _is_right(staff, password) and staff is not None and staff.authority_id in authorities
    session.info["authority"] = staff.authority_id if staff and staff.authority_id in authorities else None
    allowed = right and not throttled
    with recorded(
        session,
        event=Event.SIGNED_IN,
        at=now,
        request_id=request_id,
        actor_id=staff.id if staff else None,
        authority=session.info["authority"],
        unit=staff.unit_id if staff else None,
    ) as recording:
        if staff:
            recording.objects.append(ObjectRef("staff", str(staff.id), None, staff.authority_id))
        if allowed:
            session.execute(delete(SignInAttempt).where(SignInAttempt.key == by_login))
        else:
            recording.outcome = Outcome.REFUSED
            recording.detail["why"] = "throttled" if throttled else "wrong login or password"
            count_failure(session, (by_login, by_address), now)
    if staff is None or not allowed:
        raise SignInRefused(_WAIT if throttled else _WRONG)
    return staff.id


def sign_out(session: Session, *, actor: Actor, now: datetime, request_id: str) -> None:
    """Record that someone signed out; `session` speaks for the actor's authority."""
    with recorded(
        session,
        event=Event.SIGNED_OUT,
        at=now,
        request_id=request_id,
        actor_id=actor.staff_id,
        authority=actor.authority,
        unit=actor.unit,
    ) as recording:
        recording.objects.append(ObjectRef("staff", str(actor.staff_id), None, actor.authority))


def _is_right(staff: Staff | None, password: str) -> bool:
    """Verify against the stored hash, or against nobody's, so that both take the same time."""
    try:
        return HASHER.verify(staff.password_hash if staff else _nobodys_hash(), password)
    except VerificationError:
        return False


@cache
def _nobodys_hash() -> str:
    """What an unknown login is verified against; made at the first sign-in, not at import, which every process pays."""
    return HASHER.hash("nobody signs in with this")
