"""Erasing a case, each authority its own copy: only with two who agreed and no slettestop, wholly or not at all, for good.

A compartment is wrapped anew, as rotation does, or destroyed; what was destroyed does not change again, and nothing new
is sealed, granted or indexed for an authority in a case that it erased.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
{body}
END
$$
"""
REFUSE = "RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';"
STANDING = """EXISTS (
        SELECT FROM public.legal_hold
        WHERE case_id = NEW.case_id AND authority_id = NEW.authority_id AND lifted_at IS NULL
    )"""
# Each runs with the rights of the owner, whom row security shows what the asking transaction's authority sees.
GUARDS = {
    "guard_erasure": f"""
    IF TG_OP = 'UPDATE' THEN
        IF OLD.final_at IS NOT NULL THEN
            {REFUSE.format(why="an erasure that is final does not change")}
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.approval
        WHERE id = NEW.approval_id AND kind = 'erase_case' AND state = 'confirmed'
          AND case_id = NEW.case_id AND authority_id = NEW.authority_id
    ) THEN
        {REFUSE.format(why="a case is erased when two of the authority agreed")}
    END IF;
    IF {STANDING} THEN
        {REFUSE.format(why="a case is not erased while a legal hold stands")}
    END IF;
    IF NEW.final_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM public.cases WHERE id = NEW.case_id AND state IN ('redirected', 'rejected', 'closed')
    ) THEN
        {REFUSE.format(why="a case is erased when it is over, and is final later")}
    END IF;
    RETURN NEW;
    """,
    "erase_wholly": f"""
    IF EXISTS (SELECT FROM public.compartment
               WHERE case_id = NEW.case_id AND authority_id = NEW.authority_id AND destroyed_at IS NULL)
    OR EXISTS (SELECT FROM public.item_grant
               WHERE case_id = NEW.case_id AND granted_to = NEW.authority_id AND ended_at IS NULL)
    OR EXISTS (SELECT FROM public.index_token
               WHERE case_id = NEW.case_id AND authority_id = NEW.authority_id)
    OR EXISTS (SELECT FROM public.approval
               WHERE case_id = NEW.case_id AND authority_id = NEW.authority_id AND reason IS NOT NULL) THEN
        {REFUSE.format(why="an erasure leaves no key, grant, token or reason of the authority behind")}
    END IF;
    RETURN NULL;
    """,
    "guard_compartment": f"""
    IF OLD.destroyed_at IS NOT NULL THEN
        {REFUSE.format(why="a compartment that was destroyed does not come back")}
    END IF;
    IF NEW.destroyed_at IS NOT NULL AND (
        {STANDING} OR NOT EXISTS (
            SELECT FROM public.case_erasure
            WHERE case_id = NEW.case_id AND authority_id = NEW.authority_id AND final_at IS NULL
        )
    ) THEN
        {REFUSE.format(why="a compartment is destroyed by erasing its case")}
    END IF;
    RETURN NEW;
    """,
    "guard_hold": f"""
    IF TG_OP = 'UPDATE' AND OLD.lifted_at IS NOT NULL THEN
        {REFUSE.format(why="a legal hold that was lifted does not change")}
    END IF;
    RETURN NEW;
    """,
}
# Asked for whoever writes: a discloser does not see what a recipient erased. Owned by casehub_scope, as in 0003.
REFUSE_AFTER = f"""
    IF EXISTS (
        SELECT FROM public.case_erasure
        WHERE case_id = NEW.case_id
          AND authority_id = to_jsonb(NEW) ->> CASE TG_TABLE_NAME WHEN 'item_grant' THEN 'granted_to' ELSE 'authority_id' END
    ) THEN
        {REFUSE.format(why="the authority erased this case: nothing more is kept for it")}
    END IF;
    RETURN NEW;
"""
CLOSED_AFTERWARDS = ("compartment", "item_grant", "index_token", "legal_hold", "approval")
TABLES = ("case_erasure", "legal_hold")


def upgrade() -> None:
    _create_erasure()
    _create_hold()
    op.add_column("compartment", sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("compartment", "wrapped", nullable=True)
    op.create_check_constraint(
        op.f("ck_compartment_destroyed"), "compartment", "(wrapped IS NULL) = (destroyed_at IS NOT NULL)"
    )
    _guard()
    for table in TABLES:
        _let_in(table)
    op.execute("GRANT SELECT, INSERT, UPDATE (final_on, final_at, entry_id) ON case_erasure TO casehub_app")
    op.execute("GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at, entry_id) ON legal_hold TO casehub_app")
    op.execute("GRANT UPDATE (destroyed_at) ON compartment TO casehub_app")
    op.execute("GRANT SELECT (id, destroyed_at) ON compartment TO casehub_auditor")
    op.execute(
        f"CREATE POLICY delete_erased ON index_token FOR DELETE USING (authority_id = {ME} AND EXISTS ("
        f" SELECT FROM case_erasure e WHERE e.case_id = index_token.case_id AND e.authority_id = {ME}))"
    )


def _create_erasure() -> None:
    op.create_table(
        "case_erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("working_version", sa.Integer(), nullable=False),
        sa.Column("receiving_version", sa.Integer(), nullable=False),
        sa.Column("final_on", sa.Date(), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_case_erasure_approval_id")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_case_erasure_authority_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_erasure_case_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_case_erasure_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_erasure")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_case_erasure_approval_id")),
        sa.UniqueConstraint("case_id", "authority_id", name=op.f("uq_case_erasure_case_id_authority_id")),
    )


def _create_hold() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("reason_item", sa.Uuid(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name=op.f("ck_legal_hold_lifted")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_legal_hold_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_legal_hold_case_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_legal_hold_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_legal_hold_lifted_by")),
        sa.ForeignKeyConstraint(["reason_item"], ["item.id"], name=op.f("fk_legal_hold_reason_item")),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_legal_hold_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(
        "uq_legal_hold_standing",
        "legal_hold",
        ["case_id", "authority_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def _guard() -> None:
    for name, body in GUARDS.items():
        op.execute(FUNCTION.format(name=name, body=body))
    op.execute(FUNCTION.format(name="refuse_after_erasure", body=REFUSE_AFTER))
    op.execute("GRANT SELECT ON case_erasure TO casehub_scope")
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute("ALTER FUNCTION refuse_after_erasure() OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    for name, when, table in (
        ("guard_erasure", "BEFORE INSERT OR UPDATE", "case_erasure"),
        ("guard_hold", "BEFORE UPDATE", "legal_hold"),
        ("guard_compartment", "BEFORE UPDATE", "compartment"),
        *(("refuse_after_erasure", "BEFORE INSERT", table) for table in CLOSED_AFTERWARDS),
    ):
        op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    op.execute(
        "CREATE CONSTRAINT TRIGGER erase_wholly AFTER INSERT ON case_erasure"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION erase_wholly()"
    )
    for table in TABLES:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
        )
        op.execute(f"SELECT record_changes('{table}')")


def _let_in(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON {table} FOR SELECT USING (authority_id = {ME})")
    op.execute(
        f"CREATE POLICY insert_own ON {table} FOR INSERT WITH CHECK (authority_id = {ME} AND is_participant(case_id))"
    )
    op.execute(
        f"CREATE POLICY update_own ON {table} FOR UPDATE USING (authority_id = {ME}) WITH CHECK (authority_id = {ME})"
    )
    op.execute(f"CREATE POLICY auditor_sees ON {table} FOR SELECT TO casehub_auditor USING (true)")
    op.execute(f"GRANT SELECT (entry_id) ON {table} TO casehub_auditor")


def downgrade() -> None:
    """What was destroyed stays destroyed: its wrap becomes empty, which opens nothing, and verifying names the row."""
    op.execute("DROP POLICY delete_erased ON index_token")
    op.execute("REVOKE SELECT (id, destroyed_at) ON compartment FROM casehub_auditor")
    op.execute("REVOKE UPDATE (destroyed_at) ON compartment FROM casehub_app")
    for table in CLOSED_AFTERWARDS:
        op.execute(f"DROP TRIGGER refuse_after_erasure ON {table}")
    op.execute("DROP TRIGGER guard_compartment ON compartment")
    for table in TABLES:
        op.drop_table(table)
    for name in (*GUARDS, "refuse_after_erasure"):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_constraint(op.f("ck_compartment_destroyed"), "compartment")
    op.execute("ALTER TABLE compartment NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE compartment DISABLE TRIGGER USER")
    op.execute("UPDATE compartment SET wrapped = '' WHERE wrapped IS NULL")
    op.execute("ALTER TABLE compartment ENABLE TRIGGER USER")
    op.execute("ALTER TABLE compartment FORCE ROW LEVEL SECURITY")
    op.alter_column("compartment", "wrapped", nullable=False)
    op.drop_column("compartment", "destroyed_at")
