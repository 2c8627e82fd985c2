"""Who is barred from a case. That it is so is shown to all who take part; set by the person's own authority, or by the
case's coordinator, and lifted once, by either.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
CONCERNED = f"authority_id = {ME} OR staff_authority = {ME}"
OWN_REASON = f"""EXISTS (
    SELECT FROM item
    WHERE item.id = reason_item AND item.case_id = exclusion.case_id AND item.authority_id = {ME})"""
COORDINATED = f"""EXISTS (
    SELECT FROM cases WHERE cases.id = exclusion.case_id AND cases.coordinating_authority = {ME})"""
GUARD = """
CREATE FUNCTION guard_exclusion() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'an exclusion that was lifted does not change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    _create()
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER guard_exclusion BEFORE UPDATE ON exclusion"
        " FOR EACH ROW EXECUTE FUNCTION guard_exclusion()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON exclusion"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("SELECT record_changes('exclusion')")
    op.execute("ALTER TABLE exclusion ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE exclusion FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY select_own ON exclusion FOR SELECT USING ({CONCERNED} OR is_participant(case_id))"
    )
    op.execute(
        "CREATE POLICY insert_own ON exclusion FOR INSERT WITH CHECK ("
        f"authority_id = {ME} AND is_participant(case_id) AND {OWN_REASON}"
        f" AND (staff_authority = {ME} OR {COORDINATED}))"
    )
    op.execute(
        f"CREATE POLICY update_own ON exclusion FOR UPDATE USING ({CONCERNED}) WITH CHECK ({CONCERNED})"
    )
    op.execute("CREATE POLICY auditor_sees ON exclusion FOR SELECT TO casehub_auditor USING (true)")
    op.execute("GRANT SELECT (entry_id) ON exclusion TO casehub_auditor")
    op.execute("GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at, entry_id) ON exclusion TO casehub_app")


def _create() -> None:
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("staff_authority", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("reason_item", sa.Uuid(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name=op.f("ck_exclusion_lifted")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_exclusion_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_exclusion_case_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_exclusion_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_exclusion_lifted_by")),
        sa.ForeignKeyConstraint(["reason_item"], ["item.id"], name=op.f("fk_exclusion_reason_item")),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_exclusion_set_by")),
        sa.ForeignKeyConstraint(
            ["staff_id", "staff_authority"],
            ["staff.id", "staff.authority_id"],
            name=op.f("fk_exclusion_staff_id_staff_authority"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
    )
    op.create_index(
        "uq_exclusion_standing",
        "exclusion",
        ["case_id", "staff_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index("ix_exclusion_staff_id", "exclusion", ["staff_id"])


def downgrade() -> None:
    op.drop_table("exclusion")
    op.execute("DROP FUNCTION guard_exclusion()")
