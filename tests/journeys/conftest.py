"""One served casehub for all journeys of a run, one Chromium a module, and a cast for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from casehub.embedded import EmbeddedServer
from tests.databases import copy_of
from tests.journeys.cast import Cast
from tests.journeys.chromium import open_browser
from tests.journeys.place import Place, open_place


@pytest.fixture(scope="session")
def place(
    cluster: EmbeddedServer, house_template: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    name, home = house_template
    with (
        copy_of(cluster, name) as database,
        open_place(cluster, database, home, tmp_path_factory.mktemp("journeys")) as place,
    ):
        yield place


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def cast(browser: Browser, place: Place) -> Iterator[Cast]:
    cast = Cast(browser, place.url)
    yield cast
    cast.leave()
