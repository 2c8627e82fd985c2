"""The pages over the furnished house; a test that asks for `case` finds a case there, shared between three authorities."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from psycopg import connect

from casehub.app import create_app
from casehub.embedded import EmbeddedServer
from tests.databases import copy_of
from tests.house import House, live_in
from tests.web.acting import open_case
from tests.web.browsing import Visitor


@pytest.fixture(scope="session")
def opened(cluster: EmbeddedServer, house_template: tuple[str, Path]) -> Iterator[tuple[str, str]]:
    """The name of a furnished database with one open case, and the path of that case."""
    name, home = house_template
    with copy_of(cluster, name, "house_with_a_case") as database:
        with live_in(database, home) as house:
            path = open_case(pages_of(house))
        with connect(database.owner_url) as connection:
            connection.execute("DELETE FROM web_session")
        yield database.name, path


@pytest.fixture
def case(opened: tuple[str, str]) -> str:
    """The path of the open case."""
    return opened[1]


@pytest.fixture
def house(
    request: pytest.FixtureRequest, cluster: EmbeddedServer, house_template: tuple[str, Path]
) -> Iterator[House]:
    """The house for one test, with the open case in it if the test asks for that."""
    name, home = house_template
    if "case" in request.fixturenames:
        name = request.getfixturevalue("opened")[0]
    with copy_of(cluster, name) as database, live_in(database, home) as house:
        yield house


@pytest.fixture
def app(house: House) -> Flask:
    return pages_of(house)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Someone who has not signed in."""
    return Visitor(app)


def pages_of(house: House) -> Flask:
    """The application as it is served over https."""
    return create_app(replace(house.runtime.config, secure_cookies=True), house.runtime)
