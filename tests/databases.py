"""Databases for tests: what the `database` fixture gives, and how a copy of a template is made and dropped."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from casehub.embedded import EmbeddedServer
from casehub.model.bootstrap import NODE, OWNER, create_database, drop_database

OTHER_NODE = "casehub_other_node"  # a second front door to the same database
MEMORY = Path("/dev/shm")  # noqa: S108 (only a private directory is made in it)
ENOUGH = 2 << 30  # bytes
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated, empty database. URLs are for libpq and SQLAlchemy: the app's login, a second node's, the owner's and
    the superuser's. No login speaks for an authority until `set_node_authorities` says so.
    """

    name: str
    app_url: str
    other_url: str
    owner_url: str
    superuser_url: str


@contextmanager
def copy_of(cluster: EmbeddedServer, template: str, name: str | None = None) -> Iterator[Database]:
    """A database copied from `template`, dropped with its sessions at the end."""
    name = name or f"test_{next(_NUMBERS)}"
    create_database(cluster.superuser_url(), name, template=template)
    try:
        yield Database(
            name=name,
            app_url=cluster.url(NODE, name),
            other_url=cluster.url(OTHER_NODE, name),
            owner_url=cluster.url(OWNER, name),
            superuser_url=cluster.superuser_url(name),
        )
    finally:
        drop_database(cluster.superuser_url(), name)


def place_for_cluster() -> Path:
    """A private directory: in memory where there is room, since a test's database need not outlive the machine."""
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
    return Path(tempfile.mkdtemp(prefix="casehub-test-", dir=MEMORY if in_memory else None))
