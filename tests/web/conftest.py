"""A web application on a real database with the demo's organisation, and people of it who can sign in."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from psycopg import connect

from casehub.app import create_app
from casehub.config import Config
from casehub.demo.people import people
from casehub.embedded import EmbeddedServer
from casehub.runtime import Runtime
from casehub.services.people import add_staff
from tests.databases import Database, copy_of
from tests.web.acting import open_case
from tests.web.browsing import LOGINS, PASSWORD, Visitor

POLICIES = Path(__file__).parents[2] / "policies"


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def config_of(home: Path, url: str, *, secure_cookies: bool = True) -> Config:
    return Config(home, 0, url, home / "policies", None, home / "keystore.json", secure_cookies=secure_cookies)


@pytest.fixture(scope="session")
def furnished(cluster: EmbeddedServer, template_database: str) -> Iterator[tuple[str, Path]]:
    """The name of a database with organisation, keys and people in it, and the state directory that opens it."""
    home = Path(tempfile.mkdtemp(prefix="casehub-web-"))
    shutil.copytree(POLICIES, home / "policies")  # what is in force stays so, whatever is edited meanwhile
    with copy_of(cluster, template_database, "web_furnished") as database:
        config = config_of(home, database.app_url)
        Runtime.set_up(config, owner_url=database.owner_url)
        runtime = Runtime.open(config)
        for person in people():
            if person.login in LOGINS:
                with runtime.work_as_operator() as ctx:
                    add_staff(
                        ctx,
                        authority=person.authority,
                        unit=person.unit,
                        login=person.login,
                        name=person.name,
                        title=person.title,
                        phone=person.phone,
                        role=person.role,
                        password=PASSWORD,
                        duties=person.duties,
                    )
        runtime.close()
        yield database.name, home
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def opened(cluster: EmbeddedServer, furnished: tuple[str, Path]) -> Iterator[tuple[str, str]]:
    """The name of a furnished database with one case shared between three authorities, and the path of that case."""
    name, home = furnished
    with copy_of(cluster, name, "web_opened") as database:
        config = config_of(home, database.app_url)
        runtime = Runtime.open(config)
        path = open_case(create_app(config, runtime))
        runtime.close()
        with connect(database.owner_url) as connection:
            connection.execute("DELETE FROM web_session")
        yield database.name, path


@pytest.fixture
def case(opened: tuple[str, str]) -> str:
    """The path of the shared case; a test that asks for it has a house with that case in it."""
    return opened[1]


@pytest.fixture
def house(
    request: pytest.FixtureRequest, cluster: EmbeddedServer, furnished: tuple[str, Path]
) -> Iterator[Database]:
    """A copy of the furnished database for one test."""
    name = request.getfixturevalue("opened")[0] if "case" in request.fixturenames else furnished[0]
    with copy_of(cluster, name) as database:
        yield database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(house: Database, furnished: tuple[str, Path], clock: Clock) -> Iterator[Flask]:
    config = config_of(furnished[1], house.app_url)
    runtime = Runtime.open(config, clock=clock)
    yield create_app(config, runtime)
    runtime.close()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Someone who has not signed in."""
    return Visitor(app)
