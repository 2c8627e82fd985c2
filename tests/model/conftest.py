"""The story of tests/story.py in a database, and engines for those who look at it.

`app`, `other`, `owner` and `superuser` share one database: their tests commit nothing but what is refused. A test that
commits takes `fresh`.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from casehub.embedded import EmbeddedServer
from tests.databases import Database, copy_of
from tests.story import engine, write_story


@pytest.fixture(scope="session")
def story_template(cluster: EmbeddedServer, template_database: str) -> Iterator[str]:
    """The name of a database with the story in it, to copy from."""
    with copy_of(cluster, template_database, "template_story") as database:
        write_story(database)
        yield database.name


@pytest.fixture(scope="session")
def told(cluster: EmbeddedServer, story_template: str) -> Iterator[Database]:
    """The database that tests share which leave nothing in it."""
    with copy_of(cluster, story_template) as database:
        yield database


@pytest.fixture
def fresh(cluster: EmbeddedServer, story_template: str) -> Iterator[Database]:
    """A database with the story in it for one test alone."""
    with copy_of(cluster, story_template) as database:
        yield database


@pytest.fixture(scope="session")
def app(told: Database) -> Engine:
    """The login that speaks for the police and psychiatry."""
    return engine(told.app_url)


@pytest.fixture(scope="session")
def other(told: Database) -> Engine:
    """The login that speaks for the kommune, which takes no part."""
    return engine(told.other_url)


@pytest.fixture(scope="session")
def owner(told: Database) -> Engine:
    return engine(told.owner_url)


@pytest.fixture(scope="session")
def superuser(told: Database) -> Engine:
    return engine(told.superuser_url)
