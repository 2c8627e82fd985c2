"""Breach reports: begun with a recall, concluded once. The report itself is a sealed item; the row holds its times."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
OWN = f"authority_id = {ME}"
OF_OWN_RECALL = f"""{OWN} AND EXISTS (
    SELECT FROM recall
    WHERE recall.id = recall_id AND recall.case_id = breach.case_id AND recall.authority_id = {ME})"""


def upgrade() -> None:
    op.create_table(
        "breach",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("report_item", sa.Uuid(), nullable=False),
        sa.Column("aware_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_breach_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_breach_case_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_breach_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name=op.f("fk_breach_recall_id")),
        sa.ForeignKeyConstraint(["report_item"], ["item.id"], name=op.f("fk_breach_report_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
        sa.UniqueConstraint("recall_id", name=op.f("uq_breach_recall_id")),
    )
    op.create_index(op.f("ix_breach_case_id"), "breach", ["case_id"], unique=False)
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON breach"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("ALTER TABLE breach ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE breach FORCE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT, UPDATE (concluded_at, entry_id) ON breach TO casehub_app")
    op.execute("GRANT SELECT (entry_id) ON breach TO casehub_auditor")
    op.execute("CREATE POLICY auditor_sees ON breach FOR SELECT TO casehub_auditor USING (true)")
    op.execute(f"CREATE POLICY select_own ON breach FOR SELECT USING ({OWN})")
    op.execute(f"CREATE POLICY insert_own ON breach FOR INSERT WITH CHECK ({OF_OWN_RECALL})")
    op.execute(
        f"CREATE POLICY update_own ON breach FOR UPDATE USING ({OWN} AND concluded_at IS NULL) WITH CHECK ({OWN})"
    )


def downgrade() -> None:
    op.drop_table("breach")
