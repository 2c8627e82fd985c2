"""A case can become another kommune's: the citizen moved."""

from collections.abc import Sequence

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("GRANT UPDATE (kommune) ON cases TO casehub_app")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (kommune) ON cases FROM casehub_app")
