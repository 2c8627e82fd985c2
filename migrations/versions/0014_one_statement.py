"""An entry is cheap to append: what was asked once for each of its objects is asked once for all of them.

`require_entry` finds the entry by its id alone, so that a transaction of many entries does not look at all of them for
each row; and it asks for the row's own transaction, xmin, beside the `txid` written in it, so that what a dump brought
into a cluster whose transaction ids began anew is of no transaction that runs there.

Contents and objects are written with their commitment or not at all, and commitments are never deleted: what their foreign
keys asked is asked by these triggers already. Objects go with their content.
"""

from collections.abc import Sequence

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# An entry written within a savepoint has the savepoint's xmin, and covers nothing: none is written in one.
OF_THIS_TRANSACTION = """
CREATE FUNCTION is_entry_of_this_transaction(asked uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    holds boolean;
BEGIN
    SELECT txid = pg_current_xact_id() AND xmin = pg_current_xact_id()::xid INTO holds
    FROM public.audit_commitment WHERE id = asked;
    RETURN coalesce(holds, false);
END
$$
"""
REFUSE = """
        RAISE EXCEPTION '% of % without an audit entry in the same transaction', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Write the entry with casehub.audit and set entry_id to it in the same transaction.';
"""
REQUIRE_ENTRY = f"""
CREATE OR REPLACE FUNCTION require_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT public.is_entry_of_this_transaction(NEW.entry_id) THEN {REFUSE}
    END IF;
    RETURN NULL;
END
$$
"""
# Of a whole statement, at once: an entry's objects are written after its commitment, in the same statement.
REQUIRE_ENTRIES = f"""
CREATE FUNCTION require_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named uuid;
BEGIN
    FOR named IN SELECT DISTINCT entry_id FROM changed LOOP
        IF NOT public.is_entry_of_this_transaction(named) THEN {REFUSE}
        END IF;
    END LOOP;
    RETURN NULL;
END
$$
"""
BEFORE = f"""
CREATE OR REPLACE FUNCTION require_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_commitment
        WHERE id = NEW.entry_id AND txid = pg_current_xact_id()
    ) THEN {REFUSE}
    END IF;
    RETURN NULL;
END
$$
"""


OBJECTS_GO_WITH_THEIR_CONTENT = """
CREATE FUNCTION erase_objects() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM public.audit_object WHERE entry_id IN (SELECT entry_id FROM gone);
    RETURN NULL;
END
$$
"""
FOREIGN_KEYS = {
    "audit_content": "audit_commitment (id)",
    "audit_object": "audit_content (entry_id) ON DELETE CASCADE",
}


def upgrade() -> None:
    op.execute(OF_THIS_TRANSACTION)
    op.execute(REQUIRE_ENTRY)
    op.execute(REQUIRE_ENTRIES)
    op.execute("DROP TRIGGER require_entry ON audit_object")
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER require_entries_{event.lower()} AFTER {event} ON audit_object"
            " REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION require_entries()"
        )
    for table in FOREIGN_KEYS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT fk_{table}_entry_id")
    op.execute(OBJECTS_GO_WITH_THEIR_CONTENT)
    op.execute(
        "CREATE TRIGGER erase_objects AFTER DELETE ON audit_content"
        " REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION erase_objects()"
    )
    op.execute("GRANT SELECT (entry_id), DELETE ON audit_object TO casehub_eraser")
    op.execute("CREATE POLICY eraser_sees ON audit_object FOR SELECT TO casehub_eraser USING (true)")
    op.execute("CREATE POLICY eraser_erases ON audit_object FOR DELETE TO casehub_eraser USING (true)")


def downgrade() -> None:
    op.execute("DROP POLICY eraser_erases ON audit_object")
    op.execute("DROP POLICY eraser_sees ON audit_object")
    op.execute("REVOKE SELECT (entry_id), DELETE ON audit_object FROM casehub_eraser")
    op.execute("DROP TRIGGER erase_objects ON audit_content")
    op.execute("DROP FUNCTION erase_objects()")
    for table, parent in FOREIGN_KEYS.items():
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_entry_id FOREIGN KEY (entry_id)"
            f" REFERENCES {parent} DEFERRABLE INITIALLY DEFERRED"
        )
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER require_entries_{event} ON audit_object")
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON audit_object"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("DROP FUNCTION require_entries()")
    op.execute(BEFORE)
    op.execute("DROP FUNCTION is_entry_of_this_transaction(uuid)")
