"""The log is append-only, and a recorded row cannot change without an entry of the same transaction.

`require_entry` is a constraint trigger, checked at commit: bulk statements are caught like any other, and the order of
the writes within the transaction does not matter.
"""

from collections.abc import Sequence

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RECORDED = (
    "assignment", "audit_content", "audit_object", "authority", "authority_key", "case_event", "cases", "compartment",
    "contact_duty", "definition_version", "disclosure", "draft", "index_token", "item", "item_grant", "item_version",
    "participant", "staff", "step", "unit",
)  # fmt: skip

# The rights of the owner, so that no login needs to read the log for it; names in full, so that a table of the
# session's own cannot stand in for the log.
REQUIRE_ENTRY = """
CREATE FUNCTION require_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_commitment
        WHERE id = NEW.entry_id AND txid = pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION '% of % without an audit entry in the same transaction', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Write the entry with casehub.audit and set entry_id to it in the same transaction.';
    END IF;
    RETURN NULL;
END
$$
"""

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% of %: the log is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""


def upgrade() -> None:
    # functions are for those who are granted them, here and in every later migration
    op.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    op.execute(REQUIRE_ENTRY)
    for table in RECORDED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
        )
    op.execute(APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_commitment"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # also where a session calls itself a replica
    op.execute("ALTER TABLE audit_commitment ENABLE ALWAYS TRIGGER append_only")


def downgrade() -> None:
    op.execute("DROP TRIGGER append_only ON audit_commitment")
    op.execute("DROP FUNCTION refuse_change()")
    for table in RECORDED:
        op.execute(f"DROP TRIGGER require_entry ON {table}")
    op.execute("DROP FUNCTION require_entry()")
    op.execute("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC")
