"""The schema: from nothing to head and back, with data in it, one at a time, and never waiting long for a lock."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from psycopg import connect
from psycopg.sql import SQL, Identifier
from sqlalchemy.exc import OperationalError

from casehub.model import Base
from casehub.model.bootstrap import alembic_config, downgrade, migrate
from tests.databases import Database
from tests.story import (
    AUTHORITIES,
    engine,
    write_acceptance,
    write_organisation,
    write_people,
    write_referral,
)

ROOT = Path(__file__).parents[2]
FIRST = "0001"
LATER = {
    "audit_change",
    "audit_leaf",
    "audit_node",
    "audit_checkpoint",
    "audit_cosignature",
    "audit_witness",
    "log_key",
    "recall",
    "consent",
    "log_sample",
    "log_signal",
    "review",
    "review_text",
    "approval",
    "file_chunk",
    "breach",
    "log_export",
    "case_erasure",
    "legal_hold",
    "exclusion",
    "break_glass",
    "step_notice",
    "task_notice",
    "meeting",
    "meeting_invitee",
    "meeting_case",
    "decision",
    "mail",
    "queue_run",
    "message",
    "message_choice",
    "calendar_feed",
    "wheel_task",
    "forum_meeting",
    "forum_approval",
    "coordinated_plan",
    "absence",
    "duty_phone",
}
WRITTEN = sorted(set(Base.metadata.tables) - {"node_authority"} - LATER)


def test_the_schema_is_what_the_model_says(database: Database):
    command.check(alembic_config(database.owner_url))


def test_it_goes_down_to_nothing_and_up_again(database: Database):
    downgrade(database.owner_url, "base")
    with connect(database.superuser_url) as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"
        ).fetchall()
    assert {name for (name,) in left} <= {"alembic_version", "_alembic_version", "alembic_version_pkc"}
    migrate(database.owner_url)
    command.check(alembic_config(database.owner_url))


def test_each_migration_goes_up_and_down_with_data_in_the_tables(empty_database: Database):
    url = empty_database.owner_url
    migrate(url, FIRST)
    with engine(url).begin() as connection:  # the first migration has no row security yet
        write_organisation(connection)
        write_people(connection, *AUTHORITIES)
        write_referral(connection)
        write_acceptance(connection)
    before = rows(empty_database)
    assert all(before.values())
    later = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()][
        -2::-1
    ]
    for revision in later:
        migrate(url, revision)
        assert rows(empty_database) == before, revision
    for _ in later:
        downgrade(url, "-1")
        assert rows(empty_database) == before
    migrate(url)
    assert rows(empty_database) == before
    with connect(empty_database.superuser_url) as connection:
        # no migration changed a row past the list of changes: a column it adds to a recorded table holds NULL
        assert connection.execute("SELECT * FROM row_findings()").fetchall() == []


def rows(database: Database) -> dict[str, int]:
    """How many rows each table has, as one whom row security does not concern; without entries that migrations write."""
    with connect(database.superuser_url) as connection:
        counts = {}
        for name in WRITTEN:
            found = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(name))).fetchone()
            counts[name] = found[0] if found else 0
        own = "SELECT count(*) FROM audit_content WHERE event = 'log.rows_listed'"
        for written in connection.execute(own).fetchone() or ():
            counts["audit_commitment"] -= written
            counts["audit_content"] -= written
        return counts


def test_two_at_once_wait_for_each_other(empty_database: Database):
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(_migrate_alone, empty_database.owner_url) for _ in range(2)]:
            done.result()
    command.check(alembic_config(empty_database.owner_url))


def _migrate_alone(url: str) -> None:
    """In a process of its own, as two nodes would: Alembic's context is one for a process."""
    program = "import sys; from casehub.model.bootstrap import migrate; migrate(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, url], check=True, capture_output=True, cwd=ROOT)


def test_it_gives_up_when_a_table_is_in_use_and_leaves_everything_as_it_was(database: Database):
    config = alembic_config(database.owner_url)
    config.attributes["lock_timeout"] = "100ms"
    with connect(database.superuser_url) as busy:
        busy.execute("LOCK alembic_version IN SHARE MODE")  # whatever else the newest migration touches
        with pytest.raises(OperationalError, match="lock timeout"):
            command.downgrade(config, "-1")
    command.check(config)


def test_nobody_but_the_owner_migrates(database: Database):
    for url in (database.app_url, database.superuser_url):
        with pytest.raises(CommandError, match="migrations run as casehub_owner"):
            migrate(url)
