"""`casehub db init`, `migrate` and `add-node`: roles, database, schema and the nodes' logins, on a PostgreSQL of one's own
or the embedded one.

The passwords of the logins are made once and kept as URLs in CASEHUB_HOME/secrets (0600): the owner's for migrations, a
node's for CASEHUB_DATABASE_URL. None is printed.
"""

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from casehub.cli.commands import Refused
from casehub.config import Config, read_config
from casehub.definitions.loading import load_definitions
from casehub.embedded import EmbeddedServer, socket_url
from casehub.model import bootstrap
from casehub.model.bootstrap import NODE, OWNER
from casehub.preparing import set_up

DATABASE = "casehub"
NODE_NAME = re.compile(r"[a-z0-9_]{1,40}")


@click.group("db")
def command() -> None:
    """Roles, database, schema, organisation and definitions."""


@command.command("init")
@click.option(
    "--superuser",
    metavar="URL",
    help="A superuser's libpq URL; its password may come from PGPASSWORD or ~/.pgpass.",
)
def init(superuser: str | None) -> None:
    """Make roles, database and schema; without --superuser in the embedded PostgreSQL of CASEHUB_HOME.

    Safe to run again: what is there keeps its content, and the logins get the passwords that are kept.
    """
    config = read_config(os.environ)
    if superuser is None:
        with _embedded(config) as server:
            urls = {login: server.url(login, DATABASE) for login in (OWNER, NODE)}
            _create(server.superuser_url(), urls)
            _bring_up(config, urls)
        click.echo(f"The embedded database in {config.home} is ready")
        return
    kept = {login: _kept_url(config, superuser, login) for login in (OWNER, NODE)}
    urls = {login: path.read_text() for login, path in kept.items()}
    _create(superuser, urls)
    _bring_up(config, urls)
    click.echo(
        f"Ready. Set CASEHUB_DATABASE_URL to what {kept[NODE]} holds; keep {kept[OWNER]} for `casehub db migrate`"
    )


@command.command("migrate")
@click.option(
    "--owner", metavar="URL", help="casehub_owner's libpq URL; default: the one `casehub db init` kept."
)
def migrate(owner: str | None) -> None:
    """Bring the schema up to this version, and activate the organisation and definitions of CASEHUB_POLICIES."""
    config = read_config(os.environ)
    kept = {login: _secret(config, login) for login in (OWNER, NODE)}
    if owner is None and config.database_url is None and not kept[OWNER].exists():
        with _embedded(config) as server:
            _bring_up(config, {login: server.url(login, DATABASE) for login in (OWNER, NODE)})
    else:
        owner_url, node_url = owner or _read(kept[OWNER], "--owner"), config.database_url
        _bring_up(config, {OWNER: owner_url, NODE: node_url or _read(kept[NODE], "CASEHUB_DATABASE_URL")})
    click.echo("Schema, organisation and definitions are up to date")


@command.command("add-node")
@click.argument("name", metavar="NAME")
@click.option("--authorities", required=True, metavar="ID,ID", help="The authorities it shall speak for.")
@click.option("--superuser", required=True, metavar="URL", help="As for `casehub db init`.")
def add_node(name: str, authorities: str, superuser: str) -> None:
    """Make the database login casehub_node_NAME for another node, which speaks for these authorities and no others.

    Run again it changes which they are. CASEHUB_HOME keeps the login's URL: bring it to the node, and take it away here.
    """
    config = read_config(os.environ)
    if not NODE_NAME.fullmatch(name):
        raise Refused(f"{name!r} does not name a node: lower-case letters, digits and _, at most 40")
    wanted = frozenset(part.strip() for part in authorities.split(",") if part.strip())
    known = {row.id for row in load_definitions(config.policies).organisation.authorities}
    if not wanted or wanted - known:
        raise Refused(
            f"--authorities: {', '.join(sorted(wanted - known)) or 'none'} is not in the organisation of {config.policies}"
        )
    login = f"{NODE}_{name}"
    kept = _kept_url(config, superuser, login)
    bootstrap.create_login(superuser, login, password=str(conninfo_to_dict(kept.read_text())["password"]))
    bootstrap.set_node_authorities(_at_database(superuser), login=login, authorities=wanted)
    click.echo(f"{login} speaks for {', '.join(sorted(wanted))}; its URL is in {kept}")


def _create(superuser: str, urls: Mapping[str, str]) -> None:
    passwords = {login: str(conninfo_to_dict(url)["password"]) for login, url in urls.items()}
    bootstrap.create_roles(superuser, owner_password=passwords[OWNER], node_password=passwords[NODE])
    bootstrap.create_database(superuser, DATABASE)


def _bring_up(config: Config, urls: Mapping[str, str]) -> None:
    bootstrap.migrate(urls[OWNER])
    for change in set_up(replace(config, database_url=urls[NODE]), owner_url=urls[OWNER]):
        click.echo(change)


def _read(kept: Path, otherwise: str) -> str:
    if not kept.exists():
        raise Refused(f"{kept} is not there: give the URL with {otherwise}, or run `casehub db init` first")
    return kept.read_text()


@contextmanager
def _embedded(config: Config) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer.start(config.home)
    try:
        yield server
    finally:
        server.stop()


def _kept_url(config: Config, superuser: str, login: str) -> Path:
    """The file with the login's URL at the superuser's server; made with a new password when it is not there."""
    path = _secret(config, login)
    if not path.exists():
        config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        url = _url_at(conninfo_to_dict(superuser), login, secrets.token_urlsafe(32))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(url)
    return path


def _secret(config: Config, login: str) -> Path:
    return config.home / "secrets" / f"{login}.url"


def _at_database(superuser: str) -> str:
    return make_conninfo(superuser, dbname=DATABASE)


def _url_at(server: Mapping[str, object], login: str, password: str) -> str:
    """A URL for `login` at the same host and port."""
    host, port = str(server.get("host") or "localhost"), str(server.get("port") or 5432)
    if host.startswith("/"):
        return socket_url(Path(host), login=login, password=password, database=DATABASE).replace(
            "port=5432", f"port={port}"
        )
    return f"postgresql://{login}:{password}@{host}:{port}/{DATABASE}"


def reach(config: Config) -> Config:
    """The config with a database: the one it names, or the embedded one that a demo runs in the same home."""
    if config.database_url is not None:
        return config
    return replace(config, database_url=EmbeddedServer.attach(config.home).url(NODE, DATABASE))
