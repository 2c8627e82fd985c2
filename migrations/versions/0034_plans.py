"""The actions of a plan are tasks as those of a meeting are: without a meeting, with their number in the plan; and how it went.

Going back is refused by the database while there are tasks of plans.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
OWN_ITEM = f"""EXISTS (
    SELECT FROM item
    WHERE item.id = item_id AND item.case_id = decision.case_id AND item.authority_id = {ME})"""


def upgrade() -> None:
    op.alter_column("decision", "meeting_id", nullable=True)
    op.add_column("decision", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("decision", sa.Column("outcome", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_decision_origin"), "decision", "(meeting_id IS NULL) = (number IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_decision_outcome"),
        "decision",
        "outcome IS NULL OR outcome IN ('done', 'partly', 'dropped') AND done_at IS NOT NULL",
    )
    op.execute("GRANT UPDATE (outcome) ON decision TO casehub_app")
    _insert_policy(f"is_participant(case_id) AND (meeting_id IS NULL OR attends(meeting_id)) AND {OWN_ITEM}")


def _insert_policy(condition: str) -> None:
    op.execute("DROP POLICY insert_own ON decision")
    op.execute(f"CREATE POLICY insert_own ON decision FOR INSERT TO casehub_app WITH CHECK ({condition})")


def downgrade() -> None:
    _insert_policy(f"is_participant(case_id) AND attends(meeting_id) AND {OWN_ITEM}")
    op.drop_constraint(op.f("ck_decision_outcome"), "decision")
    op.drop_constraint(op.f("ck_decision_origin"), "decision")
    op.drop_column("decision", "outcome")
    op.drop_column("decision", "number")
    op.alter_column("decision", "meeting_id", nullable=False)
