"""When the queue of each authority was last worked off: a worker that has gone is seen by its own node and administrator."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OURS = "authority_id IN (SELECT node_authorities())"
OWN = "authority_id = (SELECT current_authority())"


def upgrade() -> None:
    op.create_table(
        "queue_run",
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_queue_run_authority_id")),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_queue_run")),
    )
    op.execute("ALTER TABLE queue_run ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE queue_run FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_ours ON queue_run FOR SELECT USING ({OURS})")
    op.execute(f"CREATE POLICY insert_own ON queue_run FOR INSERT WITH CHECK ({OWN})")
    op.execute(f"CREATE POLICY update_own ON queue_run FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("GRANT SELECT, INSERT, UPDATE (ran_at) ON queue_run TO casehub_app")


def downgrade() -> None:
    op.drop_table("queue_run")
