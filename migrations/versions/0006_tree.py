"""The tree over the log: numbered leaves, subtree hashes, signed checkpoints, and the key that signs them.

Only the function `sequence_log` numbers. It belongs to casehub_sequencer, which reads commitments and adds leaves and
can do nothing else; a node may call it and can neither choose a number nor change one.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("audit_leaf", "audit_node", "audit_checkpoint")
APP = {
    "audit_leaf": "SELECT",
    "audit_node": "SELECT, INSERT",
    "audit_checkpoint": "SELECT, INSERT",
    "log_key": "SELECT, INSERT",
}
# What the auditor must see to check the whole log; of recorded rows no more than which entry they name.
AUDITOR_READS = ("audit_leaf", "audit_node", "audit_checkpoint")
RECORDED = (
    "assignment", "authority", "authority_key", "case_event", "cases", "compartment", "contact_duty",
    "definition_version", "disclosure", "draft", "index_token", "item", "item_grant", "item_version", "participant",
    "staff", "step", "unit",
)  # fmt: skip
UNDER_ROW_SECURITY = (
    "assignment", "audit_content", "case_event", "cases", "compartment", "disclosure", "draft", "index_token", "item",
    "item_grant", "item_version", "participant", "step",
)  # fmt: skip

# Numbers are given in the order of transactions, to transactions older than every one still running: so nothing with
# a lower txid than the last leaf's can still appear, and the search starts there. A txid that the counter has not
# reached is of the life before a dump was restored: that transaction is over too, and the search starts from nothing.
SEQUENCE_LOG = """
CREATE FUNCTION sequence_log(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    next_position bigint;
    reached xid8;
    added bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1667331943);
    SELECT l.position + 1, c.txid INTO next_position, reached
    FROM public.audit_leaf l JOIN public.audit_commitment c ON c.id = l.commitment_id
    ORDER BY l.position DESC LIMIT 1;
    IF reached IS NULL OR reached >= pg_snapshot_xmin(pg_current_snapshot()) THEN
        reached := '0'::xid8;
    END IF;
    INSERT INTO public.audit_leaf (position, commitment_id, leaf)
    SELECT coalesce(next_position, 0) + row_number() OVER (ORDER BY due.txid, due.id) - 1,
           due.id, sha256('\\x00'::bytea || due.leaf)
    FROM (
        SELECT c.id, c.leaf, c.txid FROM public.audit_commitment c
        WHERE c.txid >= reached
          AND (c.txid < pg_snapshot_xmin(pg_current_snapshot()) OR c.txid >= pg_snapshot_xmax(pg_current_snapshot()))
          AND c.txid IS DISTINCT FROM pg_current_xact_id_if_assigned()
          AND NOT EXISTS (SELECT FROM public.audit_leaf l WHERE l.commitment_id = c.id)
        ORDER BY c.txid, c.id LIMIT most
    ) due;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$
"""


def upgrade() -> None:
    op.create_index("ix_audit_commitment_txid", "audit_commitment", ["txid"])
    op.create_table(
        "audit_leaf",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["audit_commitment.id"], name=op.f("fk_audit_leaf_commitment_id")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("commitment_id", name=op.f("uq_audit_leaf_commitment_id")),
    )
    op.create_table(
        "audit_node",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_audit_node")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "log_key",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("kek_version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_log_key_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_log_key")),
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON log_key"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
    for table, rights in APP.items():
        op.execute(f"GRANT {rights} ON {table} TO casehub_app")
    _hand_over_numbering()
    _let_the_auditor_see()


def _hand_over_numbering() -> None:
    op.execute("GRANT SELECT, INSERT ON audit_leaf TO casehub_sequencer")
    op.execute(SEQUENCE_LOG)
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_sequencer")
    op.execute("ALTER FUNCTION sequence_log(integer) OWNER TO casehub_sequencer")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_sequencer")
    op.execute("SET LOCAL ROLE casehub_sequencer")
    op.execute("GRANT EXECUTE ON FUNCTION sequence_log(integer) TO casehub_app")
    op.execute("RESET ROLE")


def _let_the_auditor_see() -> None:
    op.execute(f"GRANT SELECT ON {', '.join(AUDITOR_READS)} TO casehub_auditor")
    op.execute("GRANT SELECT (version, origin, public, entry_id) ON log_key TO casehub_auditor")
    op.execute("GRANT SELECT (id, item_id, sealed, sha256) ON item_version TO casehub_auditor")
    for table in RECORDED:
        op.execute(f"GRANT SELECT (entry_id) ON {table} TO casehub_auditor")
    for table in UNDER_ROW_SECURITY:
        op.execute(f"CREATE POLICY auditor_sees ON {table} FOR SELECT TO casehub_auditor USING (true)")


def downgrade() -> None:
    for table in UNDER_ROW_SECURITY:
        op.execute(f"DROP POLICY auditor_sees ON {table}")
    for table in RECORDED:
        op.execute(f"REVOKE SELECT (entry_id) ON {table} FROM casehub_auditor")
    op.execute("REVOKE SELECT (id, item_id, sealed, sha256) ON item_version FROM casehub_auditor")
    op.execute("DROP FUNCTION sequence_log(integer)")
    op.drop_table("log_key")
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
    op.drop_index("ix_audit_commitment_txid", table_name="audit_commitment")
