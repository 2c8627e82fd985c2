"""Roles and rights as they stand in the database, and the check of the login at start."""

import subprocess

import pytest
from psycopg import connect
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, text

from casehub.embedded import EmbeddedServer
from casehub.model import Base
from casehub.model.bootstrap import (
    GROUPS,
    NODE,
    OWNER,
    LoginRefused,
    check_login,
    create_database,
    create_login,
    create_roles,
    downgrade,
    set_node_authorities,
)
from tests.databases import Database
from tests.story import engine

HELPERS = ("casehub_scope", "casehub_backup")


def test_the_logins_have_no_more_than_they_need(superuser: Engine):
    with superuser.connect() as connection:
        roles = connection.execute(
            text(
                "SELECT rolname, rolcanlogin, rolbypassrls, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication"
                " FROM pg_roles WHERE rolname LIKE 'casehub%' AND rolname NOT LIKE 'casehub_other%'"
            )
        )
        expected = {(name, False, name in HELPERS, False) for name in GROUPS}
        assert {tuple(role) for role in roles} == expected | {
            (OWNER, True, False, False),
            (NODE, True, False, False),
        }


def test_only_the_owner_owns(superuser: Engine):
    with superuser.connect() as connection:
        owners = connection.scalars(
            text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' UNION SELECT"
                 " pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
        )  # fmt: skip
        assert list(owners) == [OWNER]
        definers = connection.execute(
            text("SELECT proname, pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                 " AND pg_get_userbyid(proowner) <> 'casehub_owner'")
        )  # fmt: skip
        assert {tuple(row) for row in definers} == {
            (name, "casehub_scope")
            for name in (
                "is_participant",
                "list_what_is_there",
                "row_findings",
                "has_grant",
                "has_version_grant",
                "was_disclosed",
                "may_pass_on",
                "attends",
                "mail_standing",
                "calendar_holder",
                "owns_item",
                "was_given",
                "refuse_after_erasure",
                "is_held",
                "require_erasure",
                "end_with_consent",
            )
        } | {("sequence_log", "casehub_sequencer")}
        views = connection.execute(
            text("SELECT viewname, viewowner FROM pg_views WHERE schemaname = 'public'")
        )
        assert {tuple(row) for row in views} == {("attempt_at_own_case", "casehub_scope")}


def test_the_public_has_no_rights(superuser: Engine):
    with superuser.connect() as connection:
        tables = connection.scalars(
            text("SELECT oid::regclass::text FROM pg_class c, LATERAL aclexplode(relacl) a"
                 " WHERE relnamespace = 'public'::regnamespace AND a.grantee = 0")
        )  # fmt: skip
        functions = connection.scalars(
            text("SELECT oid::regproc::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace"
                 " AND has_function_privilege('public', oid, 'EXECUTE')")
        )  # fmt: skip
        assert [*tables, *functions] == []
        for right in ("CONNECT", "CREATE", "TEMPORARY"):
            assert not connection.scalar(
                text("SELECT has_database_privilege('public', current_database(), :right)"), {"right": right}
            )
        for right in ("CREATE", "TEMPORARY"):
            assert not connection.scalar(
                text("SELECT has_database_privilege('casehub_node', current_database(), :right)"),
                {"right": right},
            )
        assert not connection.scalar(text("SELECT has_schema_privilege('casehub_node', 'public', 'CREATE')"))


@pytest.mark.parametrize(
    "table",
    # what is no record: a mail waits here until it is sent, or nobody wants it any more; a message is let go when it is old
    sorted(
        set(Base.metadata.tables)
        - {"draft", "index_token", "mail", "message", "sign_in_attempt", "web_session"}
    ),
)
def test_the_app_deletes_nothing_that_is_kept(superuser: Engine, table: str):
    with superuser.connect() as connection:
        for right in ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"):
            assert not connection.scalar(
                text("SELECT has_table_privilege('casehub_node', :name, :right)"),
                {"name": table, "right": right},
            )


@pytest.mark.parametrize(
    "table", ["item", "item_version", "file_chunk", "disclosure", "case_event", "recall"]
)
def test_the_app_changes_no_sealed_item_disclosure_recall_or_event(superuser: Engine, table: str):
    with superuser.connect() as connection:
        assert not connection.scalar(
            text("SELECT has_any_column_privilege('casehub_node', :name, 'UPDATE')"), {"name": table}
        )


def test_of_keys_the_app_changes_how_they_are_wrapped_and_what_is_retired_or_ended(superuser: Engine):
    columns = text(
        "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0"
        " AND has_column_privilege('casehub_node', attrelid, attnum, 'UPDATE')"
    )
    with superuser.connect() as connection:
        assert set(connection.scalars(columns, {"name": "compartment"})) == {
            "key_version",
            "wrapped",
            "destroyed_at",
            "entry_id",
        }
        assert set(connection.scalars(columns, {"name": "authority_key"})) == {
            "kek_version", "wrapped", "retired_at", "entry_id",
        }  # fmt: skip
        assert set(connection.scalars(columns, {"name": "breach"})) == {"concluded_at", "entry_id"}
        assert set(connection.scalars(columns, {"name": "case_erasure"})) == {
            "final_on", "final_at", "entry_id",
        }  # fmt: skip
        assert set(connection.scalars(columns, {"name": "item_grant"})) == {"wrapped", "ended_at", "entry_id"}


def test_a_backup_holds_every_row(cluster: EmbeddedServer, told: Database):
    url = conninfo_to_dict(told.superuser_url)
    dump = subprocess.run(
        [cluster.binaries / "pg_dump", "--role=casehub_backup", "--data-only", "--dbname", told.superuser_url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert url["dbname"] == told.name
    for expected in ("PSP-2026-K7QM", "COPY public.item_grant", "COPY public.procrastinate_jobs"):
        assert expected in dump
    with connect(told.superuser_url) as connection:
        connection.execute("SET ROLE casehub_backup")
        for table in Base.metadata.tables:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() > (0,)  # type: ignore[arg-type]


def test_setting_up_again_changes_nothing(cluster: EmbeddedServer, told: Database):
    create_roles(
        cluster.superuser_url(), owner_password=cluster.password(OWNER), node_password=cluster.password(NODE)
    )
    create_database(cluster.superuser_url(), told.name)
    with connect(told.app_url) as connection:
        assert connection.execute("SELECT count(*) FROM staff").fetchone() == (5,)


def test_a_login_speaks_for_these_authorities_and_no_others(fresh: Database):
    for authorities in (["a", "b"], ["b", "c"], ["b", "c"], []):
        set_node_authorities(fresh.owner_url, login=NODE, authorities=authorities)
        with connect(fresh.app_url) as connection:
            said = connection.execute("SELECT node_authorities()").fetchall()
            assert sorted(name for (name,) in said) == authorities


def test_the_login_of_a_node_is_accepted(database: Database):
    with engine(database.app_url).connect() as connection:
        check_login(connection)


def refusal(url: str) -> str:
    with engine(url).connect() as connection, pytest.raises(LoginRefused) as refused:
        check_login(connection)
    told = str(refused.value)
    assert "\n" not in told
    return told


def test_owner_and_superuser_are_refused(database: Database):
    assert "casehub_owner" in refusal(database.owner_url)
    assert "superuser" in refusal(database.superuser_url)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER ROLE casehub_strange BYPASSRLS", "BYPASSRLS"),
        ("GRANT casehub_backup TO casehub_strange", "BYPASSRLS"),
        ("ALTER ROLE casehub_strange CREATEROLE", "make roles"),
        ("GRANT casehub_owner TO casehub_strange", "owner|BYPASSRLS"),
        ("REVOKE casehub_app FROM casehub_strange", "not a member of casehub_app"),
    ],
)
def test_a_login_that_could_see_more_is_refused(
    cluster: EmbeddedServer, database: Database, change: str, reason: str
):
    create_login(cluster.superuser_url(), "casehub_strange", password=cluster.password("casehub_strange"))
    try:
        with connect(database.superuser_url, autocommit=True) as connection:
            connection.execute(f"GRANT CONNECT ON DATABASE {database.name} TO casehub_strange")  # type: ignore[arg-type]
            connection.execute(change)  # type: ignore[arg-type]
        told = refusal(cluster.url("casehub_strange", database.name))
        assert any(part in told for part in reason.split("|"))
    finally:
        with connect(database.superuser_url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY casehub_strange; DROP ROLE casehub_strange")


def test_a_database_that_is_behind_is_refused(database: Database):
    downgrade(database.owner_url, "-1")
    assert "casehub db migrate" in refusal(database.app_url)


def test_a_database_that_was_never_migrated_is_refused(empty_database: Database):
    assert "casehub db migrate" in refusal(empty_database.app_url)
