"""What is told of a deadline, each kind once: `step_notice`, and on the step what comes next.

A notice is written once and never changed. What is overdue follows from `due_at`, so that steps that were there before
are told of, too; only their reminder is not.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
OPEN = "state = 'ready' AND overdue_at IS NULL"


def upgrade() -> None:
    op.add_column("step", sa.Column("next_notice", sa.Text(), nullable=True))
    op.add_column("step", sa.Column("next_notice_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("GRANT UPDATE (next_notice, next_notice_at) ON step TO casehub_app")
    op.drop_index("ix_step_due_at_open", "step")
    op.create_index(
        "ix_step_due_at_open", "step", ["responsible_authority", "due_at"], postgresql_where=sa.text(OPEN)
    )
    op.create_index(
        "ix_step_next_notice",
        "step",
        ["responsible_authority", "next_notice", "next_notice_at"],
        postgresql_where=sa.text("state = 'ready' AND next_notice IS NOT NULL"),
    )
    _notices()
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON step_notice"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("ALTER TABLE step_notice ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE step_notice FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON step_notice FOR SELECT USING (authority_id = {ME})")
    op.execute(
        "CREATE POLICY insert_own ON step_notice FOR INSERT"
        f" WITH CHECK (authority_id = {ME} AND is_participant(case_id))"
    )
    op.execute("CREATE POLICY auditor_sees ON step_notice FOR SELECT TO casehub_auditor USING (true)")
    op.execute("GRANT SELECT, INSERT ON step_notice TO casehub_app")
    op.execute("GRANT SELECT (entry_id) ON step_notice TO casehub_auditor")
    op.execute("SELECT record_changes('step_notice')")


def _notices() -> None:
    op.create_table(
        "step_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reminder', 'overdue', 'deputy', 'leader')", name=op.f("ck_step_notice_kind")
        ),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_step_notice_step_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_step_notice_case_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_step_notice_authority_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_step_notice_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_notice")),
        sa.UniqueConstraint("step_id", "due_at", "kind", name=op.f("uq_step_notice_step_id_due_at_kind")),
    )
    op.create_index(op.f("ix_step_notice_case_id"), "step_notice", ["case_id"])


def downgrade() -> None:
    op.drop_table("step_notice")
    op.drop_index("ix_step_next_notice", "step")
    op.drop_index("ix_step_due_at_open", "step")
    op.create_index("ix_step_due_at_open", "step", ["due_at"], postgresql_where=sa.text(OPEN))
    op.drop_column("step", "next_notice_at")
    op.drop_column("step", "next_notice")
