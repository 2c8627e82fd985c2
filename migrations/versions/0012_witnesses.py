"""Witnesses' cosignatures on checkpoints, append-only like the checkpoints; and how each witness answered last.

Both are public like the tree: a cosignature proves itself, and how a witness answered proves nothing and is only shown.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit_cosignature",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["audit_checkpoint.size"], name=op.f("fk_audit_cosignature_size")),
        sa.PrimaryKeyConstraint("size", "witness", "key_id", name=op.f("pk_audit_cosignature")),
    )
    # where a witness is: the largest size it cosigned
    op.create_index("ix_audit_cosignature_witness", "audit_cosignature", ["witness", "key_id", "size"])
    op.create_table(
        "audit_witness",
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("witness", "key_id", name=op.f("pk_audit_witness")),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_cosignature"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("ALTER TABLE audit_cosignature ENABLE ALWAYS TRIGGER append_only")
    op.execute("GRANT SELECT, INSERT ON audit_cosignature TO casehub_app")
    op.execute("GRANT SELECT, INSERT, UPDATE (outcome, since) ON audit_witness TO casehub_app")
    op.execute("GRANT SELECT ON audit_cosignature TO casehub_auditor")


def downgrade() -> None:
    op.drop_table("audit_witness")
    op.drop_table("audit_cosignature")
