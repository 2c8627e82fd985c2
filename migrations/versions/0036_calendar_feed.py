"""The address at which a person's own calendar of deadlines and meetings is fetched: one for each, known here by its hash alone.

`calendar_holder()` tells a node whose a hash is, among its own authorities' people: it is asked before it is known who asks.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
OWN = f"authority_id = {ME}"
OF_OURS = f"{OWN} AND EXISTS (SELECT FROM staff WHERE staff.id = staff_id AND staff.authority_id = {ME})"
HOLDER = """
CREATE FUNCTION calendar_holder(hash bytea) RETURNS TABLE (staff_id uuid, authority_id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT feed.staff_id, feed.authority_id FROM public.calendar_feed AS feed
    WHERE feed.token_hash = hash AND feed.authority_id IN (SELECT public.node_authorities());
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_calendar_feed_token_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_calendar_feed_staff_id")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_calendar_feed_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_calendar_feed_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_calendar_feed")),
    )
    op.execute("ALTER TABLE calendar_feed ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE calendar_feed FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON calendar_feed FOR SELECT USING ({OWN})")
    op.execute(f"CREATE POLICY insert_own ON calendar_feed FOR INSERT WITH CHECK ({OF_OURS})")
    op.execute(f"CREATE POLICY update_own ON calendar_feed FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("GRANT SELECT, INSERT, UPDATE (token_hash, made_at, entry_id) ON calendar_feed TO casehub_app")
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON calendar_feed"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("CREATE POLICY auditor_sees ON calendar_feed FOR SELECT TO casehub_auditor USING (true)")
    op.execute("GRANT SELECT (entry_id) ON calendar_feed TO casehub_auditor")
    op.execute("SELECT record_changes('calendar_feed')")
    op.execute("GRANT SELECT (staff_id, authority_id, token_hash) ON calendar_feed TO casehub_scope")
    op.execute(HOLDER)
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute("ALTER FUNCTION calendar_holder(bytea) OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    op.execute("GRANT EXECUTE ON FUNCTION calendar_holder(bytea) TO casehub_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION calendar_holder(bytea)")
    op.drop_table("calendar_feed")
