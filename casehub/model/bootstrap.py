"""What the database needs around the tables: roles, database, migrations, which login speaks for whom, and the check
of the login at start.

Everything here can be run again. It runs as superuser or owner, at set-up alone; a running node calls `check_login`
and nothing else.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from psycopg import Connection as Psycopg
from psycopg import connect
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import Connection, text

MIGRATIONS = Path(__file__).parents[2] / "migrations"
OWNER = "casehub_owner"
NODE = "casehub_node"  # the first node's login; each further node's is its own, named after it

# Groups hold the rights; nobody signs in as one. BYPASSRLS is not inherited by members: a backup is `pg_dump --role`.
GROUPS: Mapping[str, str] = {
    "casehub_app": "NOLOGIN NOBYPASSRLS",
    "casehub_sequencer": "NOLOGIN NOBYPASSRLS",
    "casehub_auditor": "NOLOGIN NOBYPASSRLS",
    "casehub_eraser": "NOLOGIN NOBYPASSRLS",
    "casehub_backup": "NOLOGIN BYPASSRLS",
    "casehub_scope": "NOLOGIN BYPASSRLS",  # owns the functions by which row-level security looks around itself
}
_PLAIN = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"


class LoginRefused(Exception):
    """The login must not run a node, or the database is not ready for it; one line: what and how to mend it."""


def create_roles(superuser_url: str, *, owner_password: str, node_password: str) -> None:
    """Make the cluster's roles, or put right what they may; sets both passwords."""
    with _as(superuser_url) as connection:
        for name, rights in GROUPS.items():
            _role(connection, name, rights)
        _role(connection, OWNER, "LOGIN NOBYPASSRLS", owner_password)
        # the owner hands functions over to these two; BYPASSRLS does not come to it by that
        connection.execute(SQL("GRANT casehub_scope, casehub_sequencer TO {}").format(Identifier(OWNER)))
    create_login(superuser_url, NODE, password=node_password)


def create_login(superuser_url: str, name: str, *, password: str) -> None:
    """Make the login of a node: a member of casehub_app and of nothing else."""
    with _as(superuser_url) as connection:
        _role(connection, name, "LOGIN NOBYPASSRLS", password)
        connection.execute(SQL("GRANT casehub_app TO {}").format(Identifier(name)))


def create_database(superuser_url: str, name: str, *, template: str = "template0") -> None:
    """Make the database, owned by casehub_owner and open to casehub's roles alone; an existing one keeps its content.

    `template`: a database to copy file by file; nobody may be connected to it.
    """
    database = Identifier(name)
    with _as(superuser_url) as connection:
        there = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if there is None:
            connection.execute(
                SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    database, Identifier(OWNER), Identifier(template)
                )
            )
        connection.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        groups = SQL(", ").join(map(Identifier, sorted(GROUPS.keys() - {"casehub_scope"})))
        connection.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, groups))


def drop_database(superuser_url: str, name: str) -> None:
    """Drop the database and end its sessions; nothing happens when there is none."""
    with _as(superuser_url) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def set_node_authorities(owner_url: str, *, login: str, authorities: Iterable[str]) -> None:
    """Say which authorities `login` speaks for: these, and no others."""
    wanted = sorted(set(authorities))
    with connect(owner_url) as connection:
        connection.execute(
            "DELETE FROM node_authority WHERE login = %s AND authority_id <> ALL (%s)", [login, wanted]
        )
        connection.execute(
            "INSERT INTO node_authority (login, authority_id) SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [login, wanted],
        )


def authorities_of_others(owner_url: str, *, login: str) -> frozenset[str]:
    """The authorities that the logins of other nodes speak for."""
    with connect(owner_url) as connection:
        rows = connection.execute("SELECT authority_id FROM node_authority WHERE login <> %s", [login])
        return frozenset(str(authority) for (authority,) in rows)


def migrate(owner_url: str, revision: str = "head") -> None:
    """Bring the schema up to `revision`; waits for another one who is at it."""
    command.upgrade(alembic_config(owner_url), revision)


def downgrade(owner_url: str, revision: str) -> None:
    """Take the schema down to `revision`; `base` leaves nothing, the data included."""
    command.downgrade(alembic_config(owner_url), revision)


def alembic_config(owner_url: str | None = None) -> AlembicConfig:
    """Configure Alembic without its ini file, which is for the command line."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = owner_url
    return config


def check_login(connection: Connection) -> None:
    """Refuse to go on as owner, superuser or with BYPASSRLS, or on a schema that is not this version's.

    LoginRefused tells the first reason found, in one line. Roles the login could change into count as its own, and so
    does one who makes roles: it could make itself any of them.
    """
    login, strong, owner, app = connection.execute(
        text(
            "SELECT session_user::text, bool_or(rolsuper OR rolbypassrls OR rolcreaterole),"
            " bool_or(rolname = :owner), bool_or(rolname = 'casehub_app')"
            " FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')"
        ),
        {"owner": OWNER},
    ).one()
    for reason, holds in {
        "is superuser, has BYPASSRLS or can make roles, so no row is closed to it": strong,
        "is the schema's owner and could change the log": owner,
        "is not a member of casehub_app": not app,
    }.items():
        if holds:
            raise LoginRefused(
                f"the database login {login} {reason}: "
                f"let CASEHUB_DATABASE_URL name a login that is a member of casehub_app alone, such as {NODE}"
            )
    _require_head(connection)


def _require_head(connection: Connection) -> None:
    there = connection.scalar(text("SELECT to_regclass('public.alembic_version') IS NOT NULL"))
    at = set(connection.scalars(text("SELECT version_num FROM public.alembic_version"))) if there else set()
    head = set(ScriptDirectory.from_config(alembic_config()).get_heads())
    if at != head:
        told = ", ".join(sorted(at)) or "empty"
        raise LoginRefused(
            f"the database's schema is {told}, this version of casehub needs {', '.join(sorted(head))}: "
            "run `casehub db migrate` as the owner"
        )


def _role(
    connection: Psycopg[tuple[object, ...]], name: str, rights: str, password: str | None = None
) -> None:
    there = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    action = "CREATE" if there is None else "ALTER"
    # all three are constants of this module; the password is a literal because DDL takes no parameters
    statement = SQL(f"{action} ROLE {{}} {_PLAIN} {rights}").format(Identifier(name))
    if password is not None:
        statement += SQL(" PASSWORD {}").format(Literal(password))
    connection.execute(statement)


def _as(superuser_url: str) -> Psycopg[tuple[object, ...]]:
    """Connect outside a transaction, as CREATE DATABASE demands."""
    return connect(superuser_url, autocommit=True)
