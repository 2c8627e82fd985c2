"""A grant can be ended, and only ended: its wrapped key is destroyed, the row stays and says when.

An authority ends what was given to it, when it erases. The owner of an item ends what was given of it, when it recalls
the item: then row security hides the item from all others by the recall itself, whatever became of a grant, and no
grant of it can be added again, from a kept copy neither.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
GRANTED = """EXISTS (SELECT FROM public.item_grant
                WHERE {asked} AND granted_to = public.current_authority(){living})"""
DISCLOSED = """EXISTS (SELECT FROM public.item_grant
                WHERE case_id = asked_case AND item_id = asked_item AND item_version_id = asked_version
                  AND granted_by = discloser AND onward = further
                  AND granted_to = public.current_authority() AND form = 'hpke'{living})"""
PASSED_ON = """EXISTS (SELECT FROM public.item_grant
                JOIN public.item ON item.id = item_grant.item_id AND item.authority_id = item_grant.granted_by
                WHERE item_grant.case_id = asked_case AND item_grant.item_id = asked_item
                  AND item_version_id = asked_version AND onward
                  AND granted_to = public.current_authority() AND form = 'hpke'{living})"""
LIVING = """ AND ended_at IS NULL
                  AND NOT EXISTS (SELECT FROM public.recall WHERE recall.item_id = item_grant.item_id)"""
# Changed: they count what is still given. The first text is that of 0003.
CHANGED = {
    "has_grant(asked_item uuid)": GRANTED.replace("{asked}", "item_id = asked_item"),
    "has_version_grant(asked_version uuid)": GRANTED.replace("{asked}", "item_version_id = asked_version"),
    "was_disclosed(asked_case uuid, asked_item uuid, asked_version uuid, discloser text, further boolean)": DISCLOSED,
    "may_pass_on(asked_case uuid, asked_item uuid, asked_version uuid)": PASSED_ON,
}
NEW = {
    # It was given, whether it still is or not: such an authority is told that it was recalled.
    "was_given(asked_item uuid)": GRANTED.format(asked="item_id = asked_item", living=""),
    # Whose item it is sees who was given it, also by others.
    "owns_item(asked_item uuid)": """EXISTS (SELECT FROM public.item
                WHERE id = asked_item AND authority_id = public.current_authority())""",
}
ONLY_END = """
CREATE FUNCTION only_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL THEN
        RAISE EXCEPTION 'a grant is ended once, and not changed otherwise'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""
# as in 0003
GIVEN_BY_RIGHT = f"""(
            granted_by = {ME} AND (form = 'hpke' OR granted_to = {ME}) AND (
                EXISTS (
                    SELECT FROM item_version
                    WHERE item_version.id = item_version_id AND item_version.item_id = item_grant.item_id
                      AND item_version.case_id = item_grant.case_id AND item_version.authority_id = {ME})
                OR (form = 'hpke' AND NOT onward AND may_pass_on(case_id, item_id, item_version_id))))
            OR (granted_to = {ME} AND form = 'compartment'
                AND was_disclosed(case_id, item_id, item_version_id, granted_by, onward))"""
RECALLED = "EXISTS (SELECT FROM recall WHERE recall.item_id = item_grant.item_id)"
CONCERNED = f"granted_by = {ME} OR granted_to = {ME}"
MINE_TO_END = f"""granted_to = {ME} OR EXISTS (
    SELECT FROM recall WHERE recall.item_id = item_grant.item_id AND recall.authority_id = {ME})"""
OWN_ITEM = f"""authority_id = {ME} AND EXISTS (
    SELECT FROM item
    WHERE item.id = recall.item_id AND item.case_id = recall.case_id AND item.authority_id = {ME})"""


def upgrade() -> None:
    _create_recall()
    op.add_column("item_grant", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("item_grant", "wrapped", nullable=True)
    op.create_check_constraint(
        op.f("ck_item_grant_ended"), "item_grant", "(wrapped IS NULL) = (ended_at IS NOT NULL)"
    )
    for signature, condition in NEW.items():  # made by the owner, so that PUBLIC may not call them
        _look_around(signature, condition)
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    for signature in NEW:
        op.execute(f"ALTER FUNCTION {signature} OWNER TO casehub_scope")
    _count(LIVING)
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    for signature in NEW:
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO casehub_app, casehub_auditor")
    op.execute(ONLY_END)
    op.execute(
        "CREATE TRIGGER only_end BEFORE UPDATE OF wrapped, ended_at ON item_grant"
        " FOR EACH ROW EXECUTE FUNCTION only_end()"
    )
    op.execute("GRANT UPDATE (wrapped, ended_at, entry_id) ON item_grant TO casehub_app")
    op.execute("GRANT SELECT (id, item_id, granted_to, ended_at) ON item_grant TO casehub_auditor")
    op.execute("GRANT SELECT (id, authority_id) ON item TO casehub_auditor")
    op.execute(f"ALTER POLICY select_own ON item_grant USING ({CONCERNED} OR owns_item(item_id))")
    op.execute(f"ALTER POLICY insert_own ON item_grant WITH CHECK (({GIVEN_BY_RIGHT}) AND NOT {RECALLED})")
    op.execute(
        f"CREATE POLICY update_own ON item_grant FOR UPDATE USING ({MINE_TO_END}) WITH CHECK ({MINE_TO_END})"
    )
    op.execute(
        f"CREATE POLICY select_own ON recall FOR SELECT USING (authority_id = {ME} OR was_given(item_id))"
    )
    op.execute(f"CREATE POLICY insert_own ON recall FOR INSERT WITH CHECK ({OWN_ITEM})")


def _create_recall() -> None:
    op.create_table(
        "recall",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("by_staff", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_item", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_recall_authority_id")),
        sa.ForeignKeyConstraint(["by_staff"], ["staff.id"], name=op.f("fk_recall_by_staff")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_recall_case_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_recall_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_recall_item_id")),
        sa.ForeignKeyConstraint(["reason_item"], ["item.id"], name=op.f("fk_recall_reason_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
        sa.UniqueConstraint("item_id", name=op.f("uq_recall_item_id")),
    )
    op.create_index(op.f("ix_recall_case_id"), "recall", ["case_id"], unique=False)
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON recall"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("ALTER TABLE recall ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE recall FORCE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT ON recall TO casehub_app")
    op.execute("GRANT SELECT ON recall TO casehub_scope")
    op.execute("GRANT SELECT (item_id, entry_id) ON recall TO casehub_auditor")
    op.execute("CREATE POLICY auditor_sees ON recall FOR SELECT TO casehub_auditor USING (true)")


def _count(living: str) -> None:
    """Only who owns a function replaces it."""
    op.execute("SET LOCAL ROLE casehub_scope")
    for signature, condition in CHANGED.items():
        _look_around(signature, condition.format(living=living))
    op.execute("RESET ROLE")


def _look_around(signature: str, condition: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {signature} RETURNS boolean"
        " LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
        f" AS $$ BEGIN RETURN {condition}; END $$"
    )


def downgrade() -> None:
    """What was ended stays ended: such grants open nothing, and go. The log still says that they were given."""
    op.execute("DROP POLICY update_own ON item_grant")
    op.execute(f"ALTER POLICY insert_own ON item_grant WITH CHECK ({GIVEN_BY_RIGHT})")
    op.execute(f"ALTER POLICY select_own ON item_grant USING ({CONCERNED})")
    op.execute("REVOKE SELECT (id, authority_id) ON item FROM casehub_auditor")
    op.execute("REVOKE SELECT (id, item_id, granted_to, ended_at) ON item_grant FROM casehub_auditor")
    op.execute("REVOKE UPDATE (wrapped, ended_at, entry_id) ON item_grant FROM casehub_app")
    op.execute("DROP TRIGGER only_end ON item_grant")
    op.execute("DROP FUNCTION only_end()")
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    _count("")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    op.drop_table("recall")
    for signature in NEW:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("ALTER TABLE item_grant NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM item_grant WHERE ended_at IS NOT NULL")
    op.execute("ALTER TABLE item_grant FORCE ROW LEVEL SECURITY")
    op.drop_constraint(op.f("ck_item_grant_ended"), "item_grant")
    op.alter_column("item_grant", "wrapped", nullable=False)
    op.drop_column("item_grant", "ended_at")
