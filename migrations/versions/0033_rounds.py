"""What people change about a running card: rounds of a step, deadlines moved, steps handed over and given to someone; and why.

The first round is NULL: what was there before stays as its entries say. A reason is a sealed item that the event names. A case can be moved to the newest version of its card and calendar.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NEW = "target_at, moved_to, suspended_until, handed_to, assigned_to"
UNIQUE = "uq_step_case_id_key_party"


def upgrade() -> None:
    op.add_column("step", sa.Column("round", sa.Integer(), nullable=True))
    for name in ("target_at", "moved_to", "suspended_until"):
        op.add_column("step", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("step", sa.Column("handed_to", sa.Text(), nullable=True))
    op.add_column("step", sa.Column("assigned_to", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_step_handed_to"), "step", "authority", ["handed_to"], ["id"])
    op.create_foreign_key(op.f("fk_step_assigned_to"), "step", "staff", ["assigned_to"], ["id"])
    _states("'waiting', 'ready', 'done', 'not_needed', 'impossible'")
    op.drop_index(UNIQUE, "step")
    _unique("case_id", "key", "party", "round")
    op.add_column("case_event", sa.Column("reason_item", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_case_event_reason_item"), "case_event", "item", ["reason_item"], ["id"])
    op.execute(f"GRANT UPDATE ({NEW}) ON step TO casehub_app")
    op.execute("GRANT UPDATE (card_sha, calendar_sha) ON cases TO casehub_app")


def downgrade() -> None:
    """Earlier rounds, and that something was impossible, have no place there: they are lost, with what hangs on them."""
    op.execute("REVOKE UPDATE (card_sha, calendar_sha) ON cases FROM casehub_app")
    op.drop_column("case_event", "reason_item")
    op.drop_index(UNIQUE, "step")
    op.execute("ALTER TABLE step NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE step DISABLE TRIGGER USER")
    op.execute("UPDATE step SET key = key || '.' || round WHERE round > 1")
    op.execute("UPDATE step SET state = 'not_needed' WHERE state = 'impossible'")
    op.execute("ALTER TABLE step ENABLE TRIGGER USER")
    op.execute("ALTER TABLE step FORCE ROW LEVEL SECURITY")
    _unique("case_id", "key", "party")
    _states("'waiting', 'ready', 'done', 'not_needed'")
    for name in ("assigned_to", "handed_to", "suspended_until", "moved_to", "target_at", "round"):
        op.drop_column("step", name)


def _states(names: str) -> None:
    op.drop_constraint(op.f("ck_step_state"), "step")
    op.create_check_constraint(op.f("ck_step_state"), "step", f"state IN ({names})")


def _unique(*columns: str) -> None:
    op.create_index(UNIQUE, "step", [*columns], unique=True, postgresql_nulls_not_distinct=True)
