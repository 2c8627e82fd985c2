"""Whether a disclosure was asked for or made on the giver's own initiative; unknown of those from before."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("disclosure", sa.Column("prompted", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_disclosure_prompted"), "disclosure", "prompted IN ('asked', 'own')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_disclosure_prompted"), "disclosure")
    op.drop_column("disclosure", "prompted")
