"""The house of the tests, on a database that keeps what it is told: fsync on, on disk. Gone at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casehub.embedded import EmbeddedServer
from casehub.model.bootstrap import NODE, OWNER, create_database, create_roles, migrate
from tests.databases import Database
from tests.house import House, furnish, live_in

NAME = "casehub"


@contextmanager
def furnished() -> Iterator[House]:
    """A node with the demo's organisation and the tests' cast."""
    home = Path(tempfile.mkdtemp(prefix="casehub-bench-"))
    try:
        server = EmbeddedServer.start(home)
        try:
            with live_in(_database(server, home), home) as house:
                yield house
        finally:
            server.stop(immediately=True)
    finally:
        shutil.rmtree(home)


def _database(server: EmbeddedServer, home: Path) -> Database:
    superuser = server.superuser_url()
    create_roles(superuser, owner_password=server.password(OWNER), node_password=server.password(NODE))
    create_database(superuser, NAME)
    node, owner = server.url(NODE, NAME), server.url(OWNER, NAME)
    migrate(owner)
    database = Database(NAME, node, node, owner, server.superuser_url(NAME))
    furnish(database, home)
    return database
