"""Samples, signals and reviews: the reviewer's own tables, each row one authority's.

The database holds the rules itself: whoever opens, concludes or closes is a reviewer of the authority, in service; nobody
reviews themselves; one concludes and another closes; what is closed does not change, and what was asked about neither.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
APP = {
    "log_sample": "SELECT, INSERT",
    "log_signal": "SELECT, INSERT, UPDATE (entries, set_aside_by, set_aside_at, entry_id)",
    "review": (
        "SELECT, INSERT, UPDATE (asked_at, answer_due_at, answered_at, outcome, concluded_by, concluded_at, closed_by,"
        " closed_at, entry_id)"
    ),
    "review_text": "SELECT, INSERT, UPDATE (sealed, key_version, entry_id)",
}
GUARD = """
CREATE FUNCTION guard_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.concluded_by, NEW.closed_by) IS DISTINCT FROM (NULL, NULL) THEN
        RAISE EXCEPTION 'a review begins open' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF TG_OP = 'UPDATE' AND OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a review that is closed does not change' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF TG_OP = 'UPDATE' AND NEW.closed_by IS NOT NULL AND (
        (OLD.concluded_by, OLD.outcome) IS DISTINCT FROM (NEW.concluded_by, NEW.outcome)
    ) THEN
        RAISE EXCEPTION 'a review is closed as it was concluded' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM unnest(ARRAY[
            CASE WHEN TG_OP = 'INSERT' THEN NEW.opened_by END,
            CASE WHEN TG_OP = 'UPDATE' AND NEW.concluded_by IS DISTINCT FROM OLD.concluded_by THEN NEW.concluded_by END,
            CASE WHEN TG_OP = 'UPDATE' THEN NEW.closed_by END
        ]) AS acting(id)
        WHERE acting.id IS NOT NULL AND NOT EXISTS (
            SELECT FROM public.staff WHERE staff.id = acting.id AND authority_id = NEW.authority_id
              AND role = 'reviewer' AND retired_at IS NULL)
    ) OR NOT EXISTS (SELECT FROM public.staff WHERE id = NEW.subject AND authority_id = NEW.authority_id) THEN
        RAISE EXCEPTION 'a review of an authority is about its staff, and its own reviewers in service work on it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    _samples_and_signals()
    _reviews()
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER guard_review BEFORE INSERT OR UPDATE ON review FOR EACH ROW EXECUTE FUNCTION guard_review()"
    )
    op.execute(
        "CREATE TRIGGER refuse_retired_key BEFORE INSERT OR UPDATE OF key_version ON review_text"
        " FOR EACH ROW EXECUTE FUNCTION refuse_retired_key()"
    )
    for table, rights in APP.items():
        op.execute(
            f"CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        own = f"authority_id = {ME}"
        op.execute(f"CREATE POLICY select_own ON {table} FOR SELECT USING ({own})")
        op.execute(f"CREATE POLICY insert_own ON {table} FOR INSERT WITH CHECK ({_insert(table, own)})")
        if "UPDATE" in rights:
            op.execute(f"CREATE POLICY update_own ON {table} FOR UPDATE USING ({own}) WITH CHECK ({own})")
        op.execute(f"CREATE POLICY auditor_sees ON {table} FOR SELECT TO casehub_auditor USING (true)")
        op.execute(f"GRANT {rights} ON {table} TO casehub_app")
        op.execute(f"GRANT SELECT (entry_id) ON {table} TO casehub_auditor")
        op.execute(f"SELECT record_changes('{table}')")


def _insert(table: str, own: str) -> str:
    """What may be added: one's own, and texts only to a review of one's own."""
    if table != "review_text":
        return own
    return f"{own} AND EXISTS (SELECT FROM review WHERE review.id = review_id AND review.authority_id = {ME})"


def _samples_and_signals() -> None:
    op.create_table(
        "log_sample",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("considered", sa.Integer(), nullable=False),
        sa.Column("left_out", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("entries", postgresql.ARRAY(sa.Uuid()), nullable=False),
        *_common("log_sample", ("authority_id", "authority"), ("drawn_by", "staff")),
    )
    op.create_index("ix_log_sample_authority_id_drawn_at", "log_sample", ["authority_id", "drawn_at"])
    op.create_table(
        "log_signal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entries", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_aside_by", sa.Uuid(), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(set_aside_by IS NULL) = (set_aside_at IS NULL)", name=op.f("ck_log_signal_set_aside")
        ),
        sa.CheckConstraint("set_aside_by <> actor_id", name=op.f("ck_log_signal_not_oneself")),
        sa.UniqueConstraint(
            "authority_id",
            "rule",
            "actor_id",
            "day",
            name=op.f("uq_log_signal_authority_id_rule_actor_id_day"),
        ),
        *_common(
            "log_signal", ("authority_id", "authority"), ("actor_id", "staff"), ("set_aside_by", "staff")
        ),
    )
    op.create_index("ix_log_signal_authority_id_found_at", "log_signal", ["authority_id", "found_at"])


def _reviews() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Uuid(), nullable=True),
        sa.Column("signal_id", sa.Uuid(), nullable=True),
        sa.Column("entries", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("concluded_by", sa.Uuid(), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("subject <> opened_by", name=op.f("ck_review_not_opened_by_oneself")),
        sa.CheckConstraint("subject <> concluded_by", name=op.f("ck_review_not_concluded_by_oneself")),
        sa.CheckConstraint("subject <> closed_by", name=op.f("ck_review_not_closed_by_oneself")),
        sa.CheckConstraint("closed_by <> concluded_by", name=op.f("ck_review_four_eyes")),
        sa.CheckConstraint(
            "(concluded_by IS NULL) = (concluded_at IS NULL) AND (concluded_by IS NULL) = (outcome IS NULL)",
            name=op.f("ck_review_concluded"),
        ),
        sa.CheckConstraint(
            "(closed_by IS NULL) = (closed_at IS NULL) AND (closed_by IS NULL OR concluded_by IS NOT NULL)",
            name=op.f("ck_review_closed"),
        ),
        sa.CheckConstraint("(asked_at IS NULL) = (answer_due_at IS NULL)", name=op.f("ck_review_asked")),
        *_common(
            "review",
            ("authority_id", "authority"),
            *((column, "staff") for column in ("subject", "opened_by", "concluded_by", "closed_by")),
            ("sample_id", "log_sample"),
            ("signal_id", "log_signal"),
        ),
    )
    op.create_index("ix_review_authority_id_opened_at", "review", ["authority_id", "opened_at"])
    op.create_index("ix_review_subject", "review", ["subject"])
    op.create_index(op.f("ix_review_signal_id"), "review", ["signal_id"])
    op.create_table(
        "review_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by_staff", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('question', 'answer', 'conclusion', 'return')", name=op.f("ck_review_text_kind")
        ),
        *_common(
            "review_text", ("review_id", "review"), ("authority_id", "authority"), ("by_staff", "staff")
        ),
    )
    op.create_index(op.f("ix_review_text_review_id"), "review_text", ["review_id"])


def _common(table: str, *references: tuple[str, str]) -> list[sa.schema.SchemaItem]:
    """The entry, the primary key and the foreign keys of a table."""
    return [
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in references
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f(f"fk_{table}_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    for table in ("review_text", "review", "log_signal", "log_sample"):
        op.drop_table(table)
    op.execute("DROP FUNCTION guard_review()")
