"""No recorded row changes without an entry of the same transaction, and the log itself does not change at all."""

import pytest
from sqlalchemy import Engine, insert, inspect, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from casehub.model import AuditCommitment, Base, Recorded, new_id
from tests.databases import Database
from tests.story import CASE, POLICE, engine, speak_for, speaking_for, write_entry

NOT_RECORDED = {
    "audit_change": "is the list of changes that entries name",
    "audit_checkpoint": "is signed, and says no more than the leaves",
    "audit_commitment": "is the entry",
    "audit_cosignature": "is signed by a witness",
    "audit_leaf": "is the entry's place in the tree",
    "audit_node": "follows from the leaves",
    "audit_witness": "says how a witness answered last; it proves nothing",
    "mail": "says to whom something is to be sent and when it was; what it tells of has its entry",
    "message": "says that something on record was told to somebody; what it follows from has its entry",
    "node_authority": "is written by the owner alone, at set-up, and by no login of a node",
    "queue_run": "says that a worker lives; nothing about anybody",
    "sign_in_attempt": "counts failures for throttling by a keyed hash; the refused sign-in has its own entry",
    "web_session": "says that somebody is signed in; signing in and out have entries",
}
LOG = ("audit_commitment", "audit_content", "audit_object")
TREE = {
    "audit_leaf": "leaf",
    "audit_node": "hash",
    "audit_checkpoint": "root",
    "audit_cosignature": "signature",
}
TABLES = Base.metadata.tables
CLASSES = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
RECORDED = sorted(set(TABLES) - set(NOT_RECORDED))
LISTED = [name for name in RECORDED if not name.startswith("audit_")]

GUARDS = text(
    "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:name AS regclass)"
    " AND (tgname LIKE 'guard%' OR tgname IN ('erase_wholly', 'refuse_after_erasure'))"
)


def test_every_table_is_recorded_or_has_a_reason():
    assert {name for name, table in TABLES.items() if "entry_id" not in table.columns} <= set(NOT_RECORDED)
    assert {name for name in LISTED if not issubclass(CLASSES[name], Recorded)} == set()


def test_every_recorded_table_demands_an_entry(superuser: Engine):
    with superuser.connect() as connection:
        guarded = connection.scalars(
            text(
                "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'require_entry'::regproc"
                " AND tgdeferrable AND tginitdeferred AND tgenabled IN ('O', 'A')"
                " AND tgtype = 21"  # AFTER (no bit), FOR EACH ROW (1), INSERT (4), UPDATE (16)
            )
        )
        assert sorted(guarded) == LISTED
        at_once = connection.scalars(
            text(
                "SELECT tgname FROM pg_trigger WHERE tgfoid = 'require_entries'::regproc AND tgenabled IN ('O', 'A')"
            )
        )
        assert sorted(at_once) == ["require_entries_insert", "require_entries_update"]


def test_every_change_of_a_recorded_table_is_listed(superuser: Engine):
    with superuser.connect() as connection:
        listed = connection.execute(
            text(
                "SELECT tgrelid::regclass::text, array_agg(tgtype ORDER BY tgtype) FROM pg_trigger"
                " WHERE tgfoid IN ('list_changes'::regproc, 'list_chunks'::regproc) AND tgenabled IN ('O', 'A') GROUP BY 1"
            )
        )
        # AFTER (no bit) FOR EACH STATEMENT (no bit) INSERT (4), DELETE (8), UPDATE (16); if not: SELECT record_changes('table')
        assert {name: list(kinds) for name, kinds in listed} == {name: [4, 8, 16] for name in LISTED}
        keys = {name: list(TABLES[name].primary_key.columns.keys()) for name in LISTED}
        known = connection.execute(text("SELECT name, keys FROM listed_tables()")).all()
        assert sorted(known) == sorted(keys.items())
        assert connection.execute(text("SELECT * FROM row_findings()")).all() == []


@pytest.mark.parametrize("table", RECORDED)
def test_a_bulk_update_without_a_new_entry_is_refused_at_commit(superuser: Engine, table: str):
    with (
        pytest.raises(IntegrityError, match=f"UPDATE of {table} without an audit entry"),
        superuser.begin() as it,
    ):
        assert it.execute(text(f"UPDATE {table} SET entry_id = entry_id")).rowcount > 0


@pytest.mark.parametrize("table", RECORDED)
def test_a_bulk_insert_under_an_old_entry_is_refused_at_commit(superuser: Engine, table: str):
    with superuser.connect() as connection:
        connection.execute(text(f"CREATE TEMPORARY TABLE saved ON COMMIT DROP AS SELECT * FROM {table}"))
        connection.execute(
            text("SET LOCAL session_replication_role = replica")
        )  # foreign keys aside for a moment
        connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DELETE FROM audit_change"))
        connection.execute(text("SET LOCAL session_replication_role = origin"))
        # guards say no to other things, and earlier
        for guard in connection.scalars(GUARDS, {"name": table}).all():
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {guard}"))
        # as its last act: of `audit_object` it is the statement that is refused, of the others the commit
        again = text(f"INSERT INTO {table} SELECT * FROM saved; SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match=f"INSERT of {table} without an audit entry"):
            connection.execute(again)


def test_an_entry_of_this_transaction_covers_all_its_changes_even_written_last(fresh: Database):
    app = engine(fresh.app_url)
    entry = new_id()
    with speaking_for(app, POLICE) as connection:
        connection.execute(text("UPDATE cases SET state = 'closed', entry_id = :it"), {"it": entry})
        connection.execute(text("UPDATE step SET state = 'done', version = 2, entry_id = :it"), {"it": entry})
        write_entry(connection, POLICE, entry=entry)
    with speaking_for(app, POLICE) as connection:
        assert connection.scalar(text("SELECT state FROM cases")) == "closed"


def test_an_entry_of_another_transaction_covers_nothing(fresh: Database):
    app = engine(fresh.app_url)
    with speaking_for(app, POLICE) as connection:
        entry = write_entry(connection, POLICE)
    with (
        pytest.raises(IntegrityError, match="without an audit entry"),
        speaking_for(app, POLICE) as connection,
    ):
        connection.execute(text("UPDATE cases SET state = 'closed', entry_id = :entry"), {"entry": entry})


def test_an_old_entry_with_the_same_transaction_id_covers_nothing(fresh: Database):
    """As after a dump was restored in a cluster that counts its transactions from the beginning."""
    with engine(fresh.superuser_url).connect() as connection:
        entry = connection.scalar(text("SELECT entry_id FROM cases"))
        connection.execute(text("ALTER TABLE audit_commitment DISABLE TRIGGER append_only"))
        connection.commit()
        txid = connection.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
        connection.rollback()
        # the next transaction but one, so that it finds its own id in the old entry
        ahead = "UPDATE audit_commitment SET txid = ((:txid)::text)::xid8 WHERE id = :id"
        connection.execute(text(ahead), {"txid": str(txid + 2), "id": entry})
        connection.execute(text("ALTER TABLE audit_commitment ENABLE ALWAYS TRIGGER append_only"))
        connection.commit()
        connection.execute(text("UPDATE cases SET entry_id = entry_id"))
        assert connection.scalar(text("SELECT pg_current_xact_id()::text::bigint")) == txid + 2
        with pytest.raises(IntegrityError, match="UPDATE of cases without an audit entry"):
            connection.commit()


def test_a_savepoint_that_is_rolled_back_takes_its_entry_with_it(app: Engine):
    with app.connect() as connection:
        speak_for(connection, POLICE)
        entry = new_id()
        with connection.begin_nested() as savepoint:
            connection.execute(insert(AuditCommitment).values(id=entry, leaf=b""))
            savepoint.rollback()
        connection.execute(text("UPDATE cases SET state = 'closed', entry_id = :entry"), {"entry": entry})
        with pytest.raises(IntegrityError, match="fk_cases_entry_id"):
            connection.commit()


def test_an_entry_that_is_written_within_a_savepoint_covers_nothing(app: Engine):
    with (
        pytest.raises(IntegrityError, match="without an audit entry"),
        speaking_for(app, POLICE) as connection,
        connection.begin_nested(),
    ):
        write_entry(connection, POLICE)


def test_an_object_cannot_be_added_to_an_entry_afterwards(app: Engine):
    with (
        pytest.raises(IntegrityError, match="INSERT of audit_object"),
        speaking_for(app, POLICE) as connection,
    ):
        connection.execute(
            text(
                "INSERT INTO audit_object (entry_id, position, kind, object_id) SELECT entry_id, 9, 'case', '' FROM cases"
            )
        )


def test_the_app_cannot_say_which_transaction_wrote_an_entry(app: Engine):
    with pytest.raises(ProgrammingError, match="permission denied"), app.begin() as connection:
        connection.execute(
            text("INSERT INTO audit_commitment (id, leaf, txid) VALUES (:id, '', pg_current_xact_id())"),
            {"id": CASE},
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_commitment SET leaf = ''",
        "UPDATE audit_commitment SET leaf = '' WHERE false",
        "DELETE FROM audit_commitment",
        "TRUNCATE audit_commitment CASCADE",
        *(change.format(table) for table in TREE for change in ("DELETE FROM {}", "TRUNCATE {} CASCADE")),
        *(f"UPDATE {table} SET {column} = {column}" for table, column in TREE.items()),
    ],
)
@pytest.mark.parametrize("login", ["app", "owner", "superuser"])
def test_the_log_is_append_only_for_everyone(request: pytest.FixtureRequest, login: str, statement: str):
    who: Engine = request.getfixturevalue(login)
    with pytest.raises(ProgrammingError, match=r"append-only|permission denied"), who.begin() as connection:
        connection.execute(text(statement))


def test_the_log_is_append_only_for_what_calls_itself_a_replica(superuser: Engine):
    with superuser.connect() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in ("audit_commitment", *TREE):
            with pytest.raises(ProgrammingError, match="append-only"), connection.begin_nested():
                connection.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("statement", ["UPDATE audit_content SET nonce = ''", "DELETE FROM audit_content"])
def test_the_app_neither_changes_nor_erases_content(app: Engine, statement: str):
    with pytest.raises(ProgrammingError, match="permission denied"), speaking_for(app, POLICE) as connection:
        connection.execute(text(statement))


def test_the_story_leaves_no_table_empty(superuser: Engine):
    names = inspect(superuser).get_table_names()
    with superuser.connect() as connection:
        empty = [name for name in names if connection.scalar(text(f"SELECT count(*) FROM {name}")) == 0]
    assert [name for name in empty if not name.startswith("procrastinate_")] == []
