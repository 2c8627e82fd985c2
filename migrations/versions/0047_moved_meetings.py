"""A meeting that was called can be moved."""

from collections.abc import Sequence

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NEW = "starts_at, place, minutes_due_at"


def upgrade() -> None:
    op.execute(f"GRANT UPDATE ({NEW}) ON meeting TO casehub_app")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ({NEW}) ON meeting FROM casehub_app")
