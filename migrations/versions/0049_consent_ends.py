"""What ends with a consent ends when the consent does: the trigger looks at an end, not at every touch.

Whether a change has an entry is for the log's own triggers to say.
"""

from collections.abc import Sequence

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _recreate("UPDATE OF ended_at, ended_by")


def downgrade() -> None:
    _recreate("UPDATE")


def _recreate(event: str) -> None:
    op.execute("DROP TRIGGER end_with_consent ON consent")
    op.execute(
        f"CREATE TRIGGER end_with_consent AFTER {event} ON consent"
        " FOR EACH ROW EXECUTE FUNCTION end_with_consent()"
    )
