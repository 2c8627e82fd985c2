"""How far each authority's entries were handed out by its worker."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWN = "authority_id = (SELECT current_authority())"


def upgrade() -> None:
    op.create_table(
        "log_export",
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("next_position", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_log_export_authority_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_log_export_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_log_export")),
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON log_export"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("SELECT record_changes('log_export')")
    op.execute("ALTER TABLE log_export ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE log_export FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON log_export FOR SELECT USING ({OWN})")
    op.execute(f"CREATE POLICY insert_own ON log_export FOR INSERT WITH CHECK ({OWN})")
    op.execute(f"CREATE POLICY update_own ON log_export FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("GRANT SELECT, INSERT, UPDATE (next_position, entry_id) ON log_export TO casehub_app")
    op.execute("GRANT SELECT (entry_id) ON log_export TO casehub_auditor")
    op.execute("CREATE POLICY auditor_sees ON log_export FOR SELECT TO casehub_auditor USING (true)")


def downgrade() -> None:
    op.drop_table("log_export")
