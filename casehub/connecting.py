"""How a process reaches its database: one engine, sessions that say for which authority they speak, and the operator's.

A session speaks for one authority: the setting is made at the start of every transaction, so a pooled connection
carries nothing over. For the runtime alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, SessionTransaction

from casehub.audit import watch
from casehub.config import Config
from casehub.model.bootstrap import LoginRefused, check_login
from casehub.model.sending import send
from casehub.services.catalogue import Catalogue
from casehub.services.operator import OperatorContext
from casehub.services.unlocking import GENERATION, UnlockedKeys

Clock = Callable[[], datetime]


def read_clock() -> datetime:
    """The time now, aware, UTC."""
    return datetime.now(UTC)


class StartRefused(Exception):
    """The node cannot run as it is set up; one line: what, and how to mend it."""


def make_engine(url: str) -> Engine:
    """An engine for a libpq URL; what it sends is never in an error's text."""
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1).replace(
            "postgres://", "postgresql+psycopg://", 1
        ),
        hide_parameters=True,
        pool_size=8,
        max_overflow=8,
    )


def url_of(config: Config) -> str:
    """The URL of the node's login; StartRefused if none is set."""
    if config.database_url is None:
        raise StartRefused("CASEHUB_DATABASE_URL is not set: name the database, or try `casehub demo`")
    return config.database_url


def require_ready(engine: Engine) -> None:
    """The database is there, migrated, and this login may run a node; one line otherwise."""
    try:
        with engine.connect() as connection:
            check_login(connection)
            connection.commit()
    except LoginRefused as refused:
        raise StartRefused(str(refused)) from None
    except OperationalError as failure:
        reason = str(failure.orig).strip().splitlines()[0]
        raise StartRefused(
            f"the database does not answer ({reason}): check CASEHUB_DATABASE_URL and that the server runs"
        ) from None
    except DBAPIError as failure:
        reason = str(failure.orig).strip().splitlines()[0]
        raise StartRefused(f"the database is not casehub's ({reason}): run `casehub db migrate`") from None


@contextmanager
def open_session(
    engine: Engine, authority: str | None, keys: UnlockedKeys | None = None
) -> Iterator[Session]:
    """A session whose transactions speak for `authority` (None: for nobody, which shows no case), following rotations."""
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        session.info.update(authority=authority, keys=keys)
        watch(session)
        event.listen(session, "after_begin", _speak)
        yield session


def _speak(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    """Say for which authority this transaction speaks; the database checks that the login may. Keys that were made or
    retired since the last transaction are followed before anything else is done in it.
    """
    values = {"authority": session.info.get("authority") or ""}
    _, generation = send(connection, _SPEAK, values).fetchall()[0]
    if keys := session.info.get("keys"):
        keys.follow(connection, generation)


# sent as it is: every transaction begins with it
_SPEAK = f"SELECT set_config('casehub.authority', %(authority)s, true), ({GENERATION})"


@contextmanager
def operate(engine: Engine, catalogue: Catalogue, clock: Clock) -> Iterator[OperatorContext]:
    """A unit of work of the operator, ended by commit."""
    with open_session(engine, None) as session:
        yield OperatorContext(session, catalogue, clock(), request_id())
        session.commit()


def request_id() -> str:
    """The request's id if a door has bound one to the log, else a new one."""
    bound: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return bound or uuid4().hex
