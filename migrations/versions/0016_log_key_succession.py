"""The log's key may hand over to a next one: the note by which the old key does so, kept beside the new one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("log_key", sa.Column("succession", sa.Text(), nullable=True))
    op.execute("GRANT SELECT (succession) ON log_key TO casehub_auditor")


def downgrade() -> None:
    op.drop_column("log_key", "succession")
