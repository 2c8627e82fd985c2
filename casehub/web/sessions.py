"""Server-side sessions over the table web_session: the cookie holds a random id, the table its SHA-256.

A session ends after 30 minutes without use and after 12 hours in all; an ended one signs nobody in, but is kept 24 hours
so that what its owner was typing can be saved as a draft. Signing in gives a new id, signing out deletes the row.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from casehub.model import WebSession

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
KEPT = timedelta(hours=24)
TOUCH = timedelta(minutes=1)
USER = "_user_id"  # where flask-login keeps who is signed in
NO_SESSION = ("/static/", "/healthz", "/readyz", "/log/checkpoint", "/log/key", "/log/tile/", "/kalender/")


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What one visitor's session holds. `ended_for`: whose it was, when it has ended; then nobody is signed in."""

    def __init__(self, data: dict[str, Any] | None = None, token: str | None = None) -> None:
        super().__init__(data or {}, ServerSession._changed)
        self.token = token
        self.created_at: datetime | None = None
        self.seen_at: datetime | None = None
        self.ended_for: UUID | None = None
        self.replaced: str | None = None
        self.modified = False

    def _changed(self) -> None:
        self.modified = True

    def renew(self, **kept: Any) -> None:
        """Begin anew under a new id with nothing but `kept`: at sign-in and sign-out."""
        self.replaced, self.token, self.created_at, self.ended_for = self.token, None, None, None
        self.clear()
        self.update(kept)


class WebSessions(SessionInterface):
    """Opens and saves sessions. Its own short transactions: a session is no part of a unit of work."""

    def __init__(self, engine: Engine, *, secure: bool, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._secure = secure
        self._cookie = "__Host-casehub" if secure else "casehub"

    def open_session(self, app: Flask, request: Request) -> ServerSession:  # noqa: ARG002 (Flask's signature)
        """The visitor's session; a new empty one when there is none, or when it is too old to be of use."""
        token = request.cookies.get(self._cookie)
        if not token or request.path.startswith(NO_SESSION):
            return ServerSession()
        with Session(self._engine) as db:
            row = db.scalar(select(WebSession).where(WebSession.id_hash == _digest(token)))
            now = self._clock()
            if row is None or row.expires_at + KEPT < now:
                return ServerSession()
            return _opened(row, token, ended=row.expires_at <= now)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002 (Flask's signature)
        """Write what changed and set the cookie of a new session; move the idle expiry at most once a minute."""
        if not isinstance(session, ServerSession):
            return
        if session.accessed:
            response.vary.add("Cookie")
        now = self._clock()
        with Session(self._engine) as db, db.begin():
            if session.replaced:
                db.execute(delete(WebSession).where(WebSession.id_hash == _digest(session.replaced)))
            if session.modified and (session or session.token):
                self._write(db, session, now, response)
            elif (
                session.token and session.seen_at and now - session.seen_at > TOUCH and not session.ended_for
            ):
                _touch(db, session, now)
        if session.replaced and not session:
            response.delete_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def _write(self, db: Session, session: ServerSession, now: datetime, response: Response) -> None:
        if session.token is None:
            session.token = token_urlsafe(32)
            response.set_cookie(
                self._cookie, session.token, path="/", secure=self._secure, httponly=True, samesite="Lax"
            )
            _sweep(db, now)
        created = session.created_at or now
        values = {"data": dict(session), "staff_id": _staff(session), "seen_at": now}
        if not session.ended_for:
            values["expires_at"] = _expires(created, now)
        fresh = {
            "id_hash": _digest(session.token),
            "created_at": created,
            "expires_at": _expires(created, now),
        }
        statement = insert(WebSession).values(**fresh | values)
        db.execute(statement.on_conflict_do_update(index_elements=["id_hash"], set_=values))


def _opened(row: WebSession, token: str, *, ended: bool) -> ServerSession:
    session = ServerSession(row.data, token)
    session.created_at, session.seen_at = row.created_at, row.seen_at
    if ended:
        session.ended_for = row.staff_id
        dict.pop(session, USER, None)
    session.modified = False
    return session


def _touch(db: Session, session: ServerSession, now: datetime) -> None:
    if session.token and session.created_at:
        known = WebSession.id_hash == _digest(session.token)
        values = {"seen_at": now, "expires_at": _expires(session.created_at, now)}
        db.execute(update(WebSession).where(known).values(values))


def _sweep(db: Session, now: datetime) -> None:
    """Remove what is of no use to anyone any more: ended long ago, or ended and never signed in."""
    long_ended = WebSession.expires_at < now - KEPT
    db.execute(
        delete(WebSession).where(long_ended | ((WebSession.expires_at < now) & WebSession.staff_id.is_(None)))
    )


def _staff(session: ServerSession) -> UUID | None:
    named = session.get(USER)
    return UUID(named) if named else session.ended_for


def _expires(created: datetime, now: datetime) -> datetime:
    return min(now + IDLE, created + ABSOLUTE).astimezone(UTC)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
