"""Approvals: what one member of staff asks for and another of the same authority confirms.

The database holds the rule itself: nobody confirms what they asked for, nobody of another authority or retired asks or
confirms, nothing is confirmed after 14 days, and an answer is never taken back or changed.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GUARD = """
CREATE FUNCTION guard_approval() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'asked' OR NEW.reason IS NULL THEN
            RAISE EXCEPTION 'an approval begins by asking, with a reason'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF OLD.state <> NEW.state AND NOT (
        OLD.state = 'asked' AND NEW.state IN ('confirmed', 'declined', 'withdrawn', 'expired')
        OR OLD.state = 'confirmed' AND NEW.state = 'done'
    ) THEN
        RAISE EXCEPTION 'an approval that is % does not become %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    ELSIF OLD.state <> 'asked' AND (OLD.answered_by, OLD.answered_at) IS DISTINCT FROM (NEW.answered_by, NEW.answered_at) THEN
        RAISE EXCEPTION 'the answer to an approval does not change'
            USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason IS NOT NULL AND NEW.key_version <= OLD.key_version THEN
        RAISE EXCEPTION 'the reason of an approval is sealed anew under a newer key, or erased'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' OR (OLD.state = 'asked' AND NEW.state = 'confirmed') THEN
        IF EXISTS (
            SELECT FROM public.staff
            WHERE id IN (NEW.asked_by, NEW.answered_by)
              AND (authority_id <> NEW.authority_id OR retired_at IS NOT NULL OR role = 'reviewer')
        ) THEN
            RAISE EXCEPTION 'an approval is asked for and confirmed by staff of its authority who are in service'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END
$$
"""
ME = "(SELECT current_authority())"


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("subject", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('erase_case', 'rekey_index', 'access_report')", name=op.f("ck_approval_kind")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'confirmed', 'done', 'declined', 'withdrawn', 'expired')",
            name=op.f("ck_approval_state"),
        ),
        sa.CheckConstraint("(state = 'asked') = (answered_at IS NULL)", name=op.f("ck_approval_answered")),
        sa.CheckConstraint(
            "CASE WHEN state IN ('confirmed', 'done', 'declined') THEN answered_by IS NOT NULL AND answered_by <> asked_by"
            " WHEN state = 'withdrawn' THEN answered_by = asked_by ELSE answered_by IS NULL END",
            name=op.f("ck_approval_two_people"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'done') OR answered_at <= asked_at + interval '14 days'",
            name=op.f("ck_approval_in_time"),
        ),
        sa.CheckConstraint("(reason IS NULL) = (key_version IS NULL)", name=op.f("ck_approval_reason")),
        sa.ForeignKeyConstraint(["answered_by"], ["staff.id"], name=op.f("fk_approval_answered_by")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_approval_asked_by")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_approval_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_approval_case_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_approval_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index("ix_approval_authority_id_state", "approval", ["authority_id", "state"])
    op.create_index("ix_approval_case_id", "approval", ["case_id"])
    op.create_index(
        "uq_approval_asked",
        "approval",
        ["authority_id", "kind", "case_id", "subject"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state IN ('asked', 'confirmed')"),
    )
    _guard()
    _let_in()


def _guard() -> None:
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER guard_approval BEFORE INSERT OR UPDATE ON approval"
        " FOR EACH ROW EXECUTE FUNCTION guard_approval()"
    )
    op.execute(
        "CREATE TRIGGER refuse_retired_key BEFORE INSERT OR UPDATE OF key_version ON approval"
        " FOR EACH ROW EXECUTE FUNCTION refuse_retired_key()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON approval"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )


def _let_in() -> None:
    op.execute("ALTER TABLE approval ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE approval FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON approval FOR SELECT USING (authority_id = {ME})")
    op.execute(
        f"CREATE POLICY insert_own ON approval FOR INSERT WITH CHECK (authority_id = {ME}"
        " AND (case_id IS NULL OR is_participant(case_id)))"
    )
    op.execute(
        f"CREATE POLICY update_own ON approval FOR UPDATE USING (authority_id = {ME}) WITH CHECK (authority_id = {ME})"
    )
    op.execute("CREATE POLICY auditor_sees ON approval FOR SELECT TO casehub_auditor USING (true)")
    op.execute(
        "GRANT SELECT, INSERT, UPDATE (state, answered_by, answered_at, reason, key_version, entry_id) ON approval"
        " TO casehub_app"
    )
    op.execute("GRANT SELECT (entry_id) ON approval TO casehub_auditor")


def downgrade() -> None:
    op.drop_table("approval")
    op.execute("DROP FUNCTION guard_approval()")
