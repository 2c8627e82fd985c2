"""How migrations run: as casehub_owner, one at a time, each in its own transaction, and never waiting long for a lock.

A migration that cannot get its lock gives up instead of queueing every reader behind it; it can be run again.
"""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.schema import SchemaItem

from casehub.model import Base, SealedBytes
from casehub.model.types import Xid8

OWNER = "casehub_owner"
ONE_AT_A_TIME = 0x63617365  # the advisory lock's number: "case"
WAIT_FOR_ANOTHER_MIGRATION = "60s"
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"

ischema_names["xid8"] = Xid8


def owned_by_model(_item: SchemaItem, name: str | None, _type: str, _reflected: bool, _other: object) -> bool:
    """Leave procrastinate's tables out: their source of truth is procrastinate's own schema."""
    return not (name or "").startswith(("procrastinate_", "idx_procrastinate_"))


def render(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write what the database knows: ciphertext is bytes to it."""
    if kind == "type" and isinstance(item, SealedBytes):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, Xid8):
        autogen.imports.add("from casehub.model.types import Xid8")
        return "Xid8()"
    return False


def url() -> str:
    """Take the owner's URL from the caller, or from `-x url=` on the command line."""
    given: str | None = context.config.attributes.get("url") or context.get_x_argument(
        as_dictionary=True
    ).get("url")
    if not given:
        raise CommandError(
            "name the owner's database: alembic -x url=postgresql://casehub_owner:...@/casehub?host=..."
        )
    return given.replace("postgres://", "postgresql://", 1)


def prepare(connection: Connection) -> None:
    """Be the owner, wait for whoever is migrating already, and only then become impatient."""
    lock_timeout = context.config.attributes.get("lock_timeout", LOCK_TIMEOUT)
    user = connection.scalar(text("SELECT session_user"))
    if user != OWNER:
        raise CommandError(
            f"migrations run as {OWNER}, not as {user}: otherwise the tables get the wrong owner"
        )
    connection.execute(text("SELECT set_config('search_path', 'public', false)"))
    connection.execute(
        text("SELECT set_config('lock_timeout', :wait, false)"), {"wait": WAIT_FOR_ANOTHER_MIGRATION}
    )
    connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": ONE_AT_A_TIME})
    connection.execute(text("SELECT set_config('lock_timeout', :wait, false)"), {"wait": lock_timeout})
    connection.execute(
        text("SELECT set_config('statement_timeout', :wait, false)"), {"wait": STATEMENT_TIMEOUT}
    )
    connection.commit()


def run(connection: Connection) -> None:
    """Run what was asked for, each migration in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=owned_by_model,
        render_item=render,
        transaction_per_migration=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Connect once; the advisory lock goes with the connection."""
    if context.is_offline_mode():
        raise CommandError("migrations look at the database they change: there is no offline mode")
    engine = create_engine(url(), poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        prepare(connection)
        run(connection)


main()
