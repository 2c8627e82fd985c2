"""Real databases for tests: one PostgreSQL cluster per run (per xdist worker), one migrated template in it, and for
each test that asks a fresh copy of that template.

`TEST_PG=15` takes the installed PostgreSQL 15 (found by `pg_config --bindir`) in place of the embedded 18.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from casehub.embedded import EmbeddedServer
from casehub.model.bootstrap import NODE, OWNER, create_database, create_login, create_roles, migrate
from tests.databases import OTHER_NODE, Database, copy_of, place_for_cluster
from tests.house import House, furnish, live_in
from tests.reading_once import read_once

TEMPLATE = "template_casehub"

# A test's database need not outlive the machine: what the server writes stays in the page cache.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield


@pytest.fixture(scope="session")
def postgres_binaries() -> Path | None:
    """The bin directory of the PostgreSQL to test with; None is the embedded one."""
    wanted = os.environ.get("TEST_PG", "18")
    if wanted == "18":
        return None
    found = Path(
        subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True).stdout.strip()
    )
    told = subprocess.run(
        [found / "postgres", "--version"], check=True, capture_output=True, text=True
    ).stdout
    if told.split()[2].split(".")[0] != wanted:
        pytest.exit(f"TEST_PG={wanted}, but {found} holds {told.strip()}", returncode=2)
    return found


@pytest.fixture
def home() -> Iterator[Path]:
    """A state directory for one test; pytest's own are closed, and as root the embedded server has another user."""
    path = place_for_cluster()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def cluster(postgres_binaries: Path | None) -> Iterator[EmbeddedServer]:
    """A running server in a directory of its own, with casehub's roles and the login of a second node."""
    home = place_for_cluster()
    try:
        server = EmbeddedServer.start(home, binaries=postgres_binaries, settings=HASTY)
        try:
            create_roles(
                server.superuser_url(),
                owner_password=server.password(OWNER),
                node_password=server.password(NODE),
            )
            create_login(server.superuser_url(), OTHER_NODE, password=server.password(OTHER_NODE))
            yield server
        finally:
            server.stop(immediately=True)
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def template_database(cluster: EmbeddedServer) -> str:
    """The name of a database at head, to copy from; nothing may stay connected to it."""
    create_database(cluster.superuser_url(), TEMPLATE)
    migrate(cluster.url(OWNER, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database(cluster: EmbeddedServer, template_database: str) -> Iterator[Database]:
    """A copy of the template for one test."""
    with copy_of(cluster, template_database) as database:
        yield database


@pytest.fixture
def empty_database(cluster: EmbeddedServer) -> Iterator[Database]:
    """A database before its first migration."""
    with copy_of(cluster, "template0") as database:
        yield database


@pytest.fixture(scope="session")
def house_template(cluster: EmbeddedServer, template_database: str) -> Iterator[tuple[str, Path]]:
    """A furnished database to copy from, and the state directory with its keystore."""
    home = Path(tempfile.mkdtemp(prefix="casehub-house-"))
    with copy_of(cluster, template_database, name="template_house") as database:
        furnish(database, home)
        yield database.name, home
    shutil.rmtree(home)


@pytest.fixture
def house(cluster: EmbeddedServer, house_template: tuple[str, Path]) -> Iterator[House]:
    """A node running on a fresh copy of the furnished database, with a clock that the test turns."""
    name, home = house_template
    with copy_of(cluster, name) as database, live_in(database, home) as house:
        yield house
