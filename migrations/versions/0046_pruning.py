"""Old messages to staff are let go: a node may delete those of its own authorities' people."""

from collections.abc import Sequence

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("GRANT DELETE ON message TO casehub_app")
    op.execute(
        "CREATE POLICY delete_own ON message FOR DELETE USING (authority_id = (SELECT current_authority()))"
    )


def downgrade() -> None:
    op.execute("DROP POLICY delete_own ON message")
    op.execute("REVOKE DELETE ON message FROM casehub_app")
