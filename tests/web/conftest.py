"""A web application on a real database with the demo's organisation, and people of it who can sign in."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from casehub.app import create_app
from casehub.config import Config
from casehub.demo.people import people
from casehub.embedded import EmbeddedServer
from casehub.runtime import Runtime
from casehub.services.people import add_staff
from tests.databases import Database, copy_of
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


def _config(home: Path, url: str) -> Config:
    return Config(home, 0, url, POLICIES, None, home / "keystore.json", secure_cookies=True)


@pytest.fixture(scope="session")
def furnished(cluster: EmbeddedServer, template_database: str) -> Iterator[tuple[str, Path]]:
    """The name of a database with organisation, keys and people in it, and the state directory that opens it."""
    home = Path(tempfile.mkdtemp(prefix="casehub-web-"))
    with copy_of(cluster, template_database, "web_furnished") as database:
        config = _config(home, database.app_url)
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


@pytest.fixture
def house(cluster: EmbeddedServer, furnished: tuple[str, Path]) -> Iterator[Database]:
    """A copy of the furnished database for one test."""
    with copy_of(cluster, furnished[0]) as database:
        yield database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(house: Database, furnished: tuple[str, Path], clock: Clock) -> Iterator[Flask]:
    config = _config(furnished[1], house.app_url)
    runtime = Runtime.open(config, clock=clock)
    yield create_app(config, runtime)
    runtime.close()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Someone who has not signed in."""
    return Visitor(app)
