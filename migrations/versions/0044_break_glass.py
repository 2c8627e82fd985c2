"""Break-glass: a case opened for a time by one who has no duty in it, with the review that begins with it by itself."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
KINDS = "'acute', 'news', 'reminder', 'overdue', 'deputy', 'leader', 'deletion', 'unmanned', 'gap'"
TEXTS = "'question', 'answer', 'conclusion', 'return'"
# the review is of who broke it, and began in the same entry
OWN = f"""authority_id = {ME} AND is_participant(case_id)
    AND EXISTS (SELECT FROM staff WHERE staff.id = staff_id AND staff.authority_id = {ME})
    AND EXISTS (
        SELECT FROM review
        WHERE review.id = review_id AND review.subject = staff_id AND review.entry_id = break_glass.entry_id)"""


def upgrade() -> None:
    op.alter_column("review", "opened_by", nullable=True)
    _checks(f"{KINDS}, 'glass', 'review'", f"{TEXTS}, 'break_glass'")
    op.create_table(
        "break_glass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ends_at > opened_at", name=op.f("ck_break_glass_ends")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_break_glass_{column}"))
            for column, table in (
                ("case_id", "cases"),
                ("authority_id", "authority"),
                ("staff_id", "staff"),
                ("review_id", "review"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_break_glass_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    op.create_index("ix_break_glass_staff_id_ends_at", "break_glass", ["staff_id", "ends_at"])
    op.create_index(op.f("ix_break_glass_review_id"), "break_glass", ["review_id"])
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON break_glass"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("SELECT record_changes('break_glass')")
    op.execute("ALTER TABLE break_glass ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE break_glass FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON break_glass FOR SELECT USING (authority_id = {ME})")
    op.execute(f"CREATE POLICY insert_own ON break_glass FOR INSERT WITH CHECK ({OWN})")
    op.execute("CREATE POLICY auditor_sees ON break_glass FOR SELECT TO casehub_auditor USING (true)")
    op.execute("GRANT SELECT (entry_id) ON break_glass TO casehub_auditor")
    op.execute("GRANT SELECT, INSERT ON break_glass TO casehub_app")


def _checks(kinds: str, texts: str) -> None:
    op.drop_constraint(op.f("ck_message_kind"), "message")
    op.create_check_constraint(op.f("ck_message_kind"), "message", f"kind IN ({kinds})")
    op.drop_constraint(op.f("ck_review_text_kind"), "review_text")
    op.create_check_constraint(op.f("ck_review_text_kind"), "review_text", f"kind IN ({texts})")


def downgrade() -> None:
    """Refused by the database while there is a review that began by itself."""
    op.execute("ALTER TABLE message NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM message WHERE kind IN ('glass', 'review')")
    op.execute("ALTER TABLE message FORCE ROW LEVEL SECURITY")
    op.drop_table("break_glass")
    _checks(KINDS, TEXTS)
    op.alter_column("review", "opened_by", nullable=False)
