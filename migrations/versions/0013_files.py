"""Files: the sealed chunks of an item version.

A chunk belongs to a version of its own authority, and goes with it; it is seen by whoever sees the version. It is never
changed. It is written before its version, so that nobody waits for an upload: the foreign key is asked at commit.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWN = "authority_id = (SELECT current_authority())"


def upgrade() -> None:
    op.create_unique_constraint(
        op.f("uq_item_version_id_authority_id"), "item_version", ["id", "authority_id"]
    )
    op.create_table(
        "file_chunk",
        sa.Column("item_version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_version_id", "authority_id"],
            ["item_version.id", "item_version.authority_id"],
            name=op.f("fk_file_chunk_item_version_id_authority_id"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_file_chunk_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("item_version_id", "number", name=op.f("pk_file_chunk")),
    )
    # ciphertext does not compress: not tried, and read in place
    op.execute("ALTER TABLE file_chunk ALTER COLUMN sealed SET STORAGE EXTERNAL")
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON file_chunk"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("ALTER TABLE file_chunk ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE file_chunk FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY select_own ON file_chunk FOR SELECT"
        f" USING ({OWN} OR has_version_grant(item_version_id))"
    )
    op.execute(f"CREATE POLICY insert_own ON file_chunk FOR INSERT WITH CHECK ({OWN})")
    op.execute("GRANT SELECT, INSERT ON file_chunk TO casehub_app")
    op.execute("GRANT SELECT ON file_chunk TO casehub_auditor")
    op.execute("CREATE POLICY auditor_sees ON file_chunk FOR SELECT TO casehub_auditor USING (true)")


def downgrade() -> None:
    op.drop_table("file_chunk")
    op.drop_constraint(op.f("uq_item_version_id_authority_id"), "item_version", type_="unique")
