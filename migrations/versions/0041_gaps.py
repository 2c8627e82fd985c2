"""One more thing that staff are told: that a post has no contact person. Going back forgets that they were."""

from collections.abc import Sequence

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = ("acute", "news", "reminder", "overdue", "deputy", "leader", "deletion", "unmanned")


def upgrade() -> None:
    _kinds(*BEFORE, "gap")


def _kinds(*kinds: str) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_message_kind"), "message")
    op.create_check_constraint(op.f("ck_message_kind"), "message", f"kind IN ({named})")


def downgrade() -> None:
    op.execute("ALTER TABLE message NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM message WHERE kind = 'gap'")
    op.execute("ALTER TABLE message FORCE ROW LEVEL SECURITY")
    _kinds(*BEFORE)
