"""No node's login changes which card and calendar a case runs on: what 0033 let it do, nothing does yet."""

from collections.abc import Sequence

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("REVOKE UPDATE (card_sha, calendar_sha) ON cases FROM casehub_app")


def downgrade() -> None:
    op.execute("GRANT UPDATE (card_sha, calendar_sha) ON cases TO casehub_app")
