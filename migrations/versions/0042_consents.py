"""Consents, and that what rests on one ends with it.

A consent exists for its recorder and for those it names. When its end is written, a trigger ends every grant that was given on
it, whoever gave it, and lets the index tokens go that nothing else keeps: no one can end a consent and leave what hung on it.
What was ended can be given anew, on another basis.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
CONCERNED = f"is_participant(case_id) AND (authority_id = {ME} OR {ME} = ANY (authorities))"
OWN_ITEM = f"""EXISTS (
    SELECT FROM item
    WHERE item.id = item_id AND item.case_id = consent.case_id AND item.authority_id = {ME})"""
GIVEN = f"from_authority = {ME} AND is_participant(case_id)"  # as in 0003
COVERED = """consent_id IS NULL OR EXISTS (
    SELECT FROM consent
    WHERE consent.id = consent_id AND consent.case_id = disclosure.case_id AND consent.ended_at IS NULL
      AND consent.authorities @> ARRAY[from_authority, to_authority]
      AND consent.information @> disclosure.information)"""
END_WITH_CONSENT = """
CREATE FUNCTION end_with_consent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL THEN
        RAISE EXCEPTION 'a consent is ended once, and not changed otherwise'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE public.item_grant SET wrapped = NULL, ended_at = NEW.ended_at, entry_id = NEW.entry_id
    FROM public.disclosure
    WHERE disclosure.id = disclosure_id AND disclosure.consent_id = NEW.id AND item_grant.ended_at IS NULL;
    PERFORM set_config('casehub.entry', NEW.entry_id::text, true);
    DELETE FROM public.index_token t
    USING public.item_grant g JOIN public.disclosure d ON d.id = g.disclosure_id
    WHERE d.consent_id = NEW.id AND g.item_id = t.item_id AND g.granted_to = t.authority_id
      AND NOT EXISTS (
          SELECT FROM public.item_grant living
          WHERE living.item_id = t.item_id AND living.granted_to = t.authority_id AND living.ended_at IS NULL);
    RETURN NULL;
END
$$
"""
UNIQUE = "uq_item_grant_item_version_id_granted_to_form"


def upgrade() -> None:
    _create_consent()
    op.add_column("disclosure", sa.Column("consent_id", sa.Uuid(), nullable=True))
    op.add_column("disclosure", sa.Column("information", sa.ARRAY(sa.Text()), nullable=True))
    op.create_foreign_key(op.f("fk_disclosure_consent_id"), "disclosure", "consent", ["consent_id"], ["id"])
    op.create_index(op.f("ix_disclosure_consent_id"), "disclosure", ["consent_id"])
    op.execute(f"ALTER POLICY insert_own ON disclosure WITH CHECK ({GIVEN} AND ({COVERED}))")
    op.drop_constraint(UNIQUE, "item_grant")
    op.create_index(
        UNIQUE,
        "item_grant",
        ["item_version_id", "granted_to", "form"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute("GRANT SELECT (id, consent_id) ON disclosure TO casehub_auditor")
    op.execute("GRANT SELECT (disclosure_id) ON item_grant TO casehub_auditor")
    op.execute("GRANT UPDATE (wrapped, ended_at, entry_id) ON item_grant TO casehub_scope")
    op.execute("GRANT DELETE ON index_token TO casehub_scope")
    op.execute(END_WITH_CONSENT)
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute("ALTER FUNCTION end_with_consent() OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    op.execute(
        "CREATE TRIGGER end_with_consent AFTER UPDATE ON consent"
        " FOR EACH ROW EXECUTE FUNCTION end_with_consent()"
    )


def _create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("authorities", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("information", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("given_how", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("given_how IN ('written', 'oral')", name=op.f("ck_consent_given_how")),
        sa.CheckConstraint("cardinality(authorities) >= 2", name=op.f("ck_consent_authorities")),
        sa.CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name=op.f("ck_consent_ended")),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_consent_{column}"))
            for column, other in (
                ("case_id", "cases"),
                ("authority_id", "authority"),
                ("item_id", "item"),
                ("recorded_by", "staff"),
                ("ended_by", "staff"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_consent_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_case_id"), "consent", ["case_id"])
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON consent"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("ALTER TABLE consent ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE consent FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON consent FOR SELECT TO casehub_app USING ({CONCERNED})")
    op.execute(
        "CREATE POLICY insert_own ON consent FOR INSERT TO casehub_app WITH CHECK ("
        f"authority_id = {ME} AND {ME} = ANY (authorities) AND ended_at IS NULL AND is_participant(case_id) AND {OWN_ITEM})"
    )
    op.execute(
        f"CREATE POLICY update_own ON consent FOR UPDATE TO casehub_app USING ({CONCERNED} AND ended_at IS NULL)"
        f" WITH CHECK ({CONCERNED})"
    )
    op.execute("CREATE POLICY auditor_sees ON consent FOR SELECT TO casehub_auditor USING (true)")
    op.execute("GRANT SELECT, INSERT, UPDATE (ended_at, ended_by, entry_id) ON consent TO casehub_app")
    op.execute("GRANT SELECT (entry_id) ON consent TO casehub_auditor")
    op.execute("SELECT record_changes('consent')")


def downgrade() -> None:
    """What was ended stays ended; of what was given again after that, the grant that was ended goes."""
    op.execute("DROP TRIGGER end_with_consent ON consent")
    op.execute("DROP FUNCTION end_with_consent()")
    op.execute("REVOKE DELETE ON index_token FROM casehub_scope")
    op.execute("REVOKE UPDATE (wrapped, ended_at, entry_id) ON item_grant FROM casehub_scope")
    op.execute("REVOKE SELECT (disclosure_id) ON item_grant FROM casehub_auditor")
    op.execute("REVOKE SELECT (id, consent_id) ON disclosure FROM casehub_auditor")
    op.execute(f"ALTER POLICY insert_own ON disclosure WITH CHECK ({GIVEN})")
    op.drop_index(UNIQUE, "item_grant")
    op.execute("ALTER TABLE item_grant NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE item_grant DISABLE TRIGGER USER")
    op.execute(
        "DELETE FROM item_grant g WHERE ended_at IS NOT NULL AND EXISTS ("
        " SELECT FROM item_grant later WHERE later.item_version_id = g.item_version_id"
        " AND later.granted_to = g.granted_to AND later.form = g.form AND later.id > g.id)"
    )
    op.execute("ALTER TABLE item_grant ENABLE TRIGGER USER")
    op.execute("ALTER TABLE item_grant FORCE ROW LEVEL SECURITY")
    op.create_unique_constraint(UNIQUE, "item_grant", ["item_version_id", "granted_to", "form"])
    op.drop_index(op.f("ix_disclosure_consent_id"), "disclosure")
    op.drop_column("disclosure", "information")
    op.drop_column("disclosure", "consent_id")
    op.drop_table("consent")
