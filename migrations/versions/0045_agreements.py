"""That a cooperation agreement is about to end can be told."""

from collections.abc import Sequence

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = (
    "acute",
    "news",
    "reminder",
    "overdue",
    "deputy",
    "leader",
    "deletion",
    "unmanned",
    "gap",
    "glass",
    "review",
)
NAME = "ck_message_kind"


def upgrade() -> None:
    _kinds(*KINDS, "agreement")


def downgrade() -> None:
    op.execute("ALTER TABLE message NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM message WHERE kind = 'agreement'")
    op.execute("ALTER TABLE message FORCE ROW LEVEL SECURITY")
    _kinds(*KINDS)


def _kinds(*kinds: str) -> None:
    op.drop_constraint(op.f(NAME), "message")
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f(NAME), "message", f"kind IN ({named})")
