"""The year wheel: tasks are made and done by the authority whose they are, and seen by those they concern."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
OWN = f"authority_id = {ME}"


def upgrade() -> None:
    op.create_table(
        "wheel_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("readers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_wheel_task_done")),
        sa.UniqueConstraint(
            "obligation", "task", "subject", "cycle", name=op.f("uq_wheel_task_obligation_task_subject_cycle")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_wheel_task_authority_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_wheel_task_unit_id")),
        sa.ForeignKeyConstraint(["done_by"], ["staff.id"], name=op.f("fk_wheel_task_done_by")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_wheel_task_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wheel_task")),
    )
    op.create_index("ix_wheel_task_due_at", "wheel_task", ["due_at"])
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON wheel_task"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("ALTER TABLE wheel_task ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE wheel_task FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY select_own ON wheel_task FOR SELECT TO casehub_app USING ({OWN} OR {ME} = ANY (readers))"
    )
    op.execute(f"CREATE POLICY insert_own ON wheel_task FOR INSERT TO casehub_app WITH CHECK ({OWN})")
    op.execute(
        f"CREATE POLICY update_own ON wheel_task FOR UPDATE TO casehub_app USING ({OWN}) WITH CHECK ({OWN})"
    )
    op.execute("CREATE POLICY auditor_sees ON wheel_task FOR SELECT TO casehub_auditor USING (true)")
    op.execute("GRANT SELECT, INSERT, UPDATE (done_at, done_by, entry_id) ON wheel_task TO casehub_app")
    op.execute("GRANT SELECT (entry_id) ON wheel_task TO casehub_auditor")
    op.execute("SELECT record_changes('wheel_task')")


def downgrade() -> None:
    op.drop_table("wheel_task")
