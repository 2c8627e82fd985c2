"""The schema: from nothing to head and back, without a difference from the model."""

from alembic import command

from casehub.model.bootstrap import alembic_config, downgrade, migrate
from tests.databases import Database


def test_the_schema_is_what_the_model_says(database: Database):
    command.check(alembic_config(database.owner_url))


def test_it_goes_down_to_nothing_and_up_again(database: Database):
    downgrade(database.owner_url, "base")
    migrate(database.owner_url)
    command.check(alembic_config(database.owner_url))
