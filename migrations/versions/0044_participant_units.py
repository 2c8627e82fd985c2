"""The cases of a unit are found by an index: lists ask for them by the units of one's duties."""

from collections.abc import Sequence

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(op.f("ix_participant_unit_id"), "participant", ["unit_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_participant_unit_id"), "participant")
