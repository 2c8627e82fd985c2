"""What is told of deadlines that are no step's: tasks of meetings and plans, of the year wheel, and minutes that are missing.

As `step_notice`: each kind once for what it is about and its deadline, written once and never changed.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"


def upgrade() -> None:
    op.create_table(
        "task_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reminder', 'overdue', 'deputy', 'leader')", name=op.f("ck_task_notice_kind")
        ),
        sa.CheckConstraint(
            "about IN ('decision', 'wheel_task', 'meeting')", name=op.f("ck_task_notice_about")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_task_notice_case_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_task_notice_authority_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_task_notice_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_notice")),
        sa.UniqueConstraint("about_id", "due_at", "kind", name=op.f("uq_task_notice_about_id_due_at_kind")),
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON task_notice"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("ALTER TABLE task_notice ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE task_notice FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON task_notice FOR SELECT USING (authority_id = {ME})")
    op.execute(
        "CREATE POLICY insert_own ON task_notice FOR INSERT"
        f" WITH CHECK (authority_id = {ME} AND (case_id IS NULL OR is_participant(case_id)))"
    )
    op.execute("CREATE POLICY auditor_sees ON task_notice FOR SELECT TO casehub_auditor USING (true)")
    op.execute("GRANT SELECT, INSERT ON task_notice TO casehub_app")
    op.execute("GRANT SELECT (entry_id) ON task_notice TO casehub_auditor")
    op.execute("SELECT record_changes('task_notice')")
    undone = sa.text("done_at IS NULL")
    op.create_index("ix_decision_due_at", "decision", ["owner_authority", "due_at"], postgresql_where=undone)
    op.create_index("ix_meeting_minutes_due_at", "meeting", ["authority_id", "minutes_due_at"])


def downgrade() -> None:
    op.drop_index("ix_meeting_minutes_due_at", "meeting")
    op.drop_index("ix_decision_due_at", "decision")
    op.drop_table("task_notice")
