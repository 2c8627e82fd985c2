"""Mails to staff: where a person is written to, and what waits to be sent.

A mail is a row until it is taken and for as long as anybody wants to know. `mail_standing()` tells a node how much of its own
authorities' waits, without saying for whom.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
OWN = f"authority_id = {ME}"
OF_OURS = f"{OWN} AND EXISTS (SELECT FROM staff WHERE staff.id = staff_id AND staff.authority_id = {ME})"
MAIL_STANDING = """
CREATE FUNCTION mail_standing() RETURNS TABLE (unsent bigint, since timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT count(*), min(made_at) FROM public.mail
    WHERE sent_at IS NULL AND tries > 0 AND authority_id IN (SELECT public.node_authorities());
END
$$
"""


def upgrade() -> None:
    op.add_column("staff", sa.Column("mail", sa.Text(), nullable=True))
    op.execute("GRANT UPDATE (mail) ON staff TO casehub_app")
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('acute', 'news', 'digest')", name=op.f("ck_mail_kind")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_mail_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_mail_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    unsent = sa.text("sent_at IS NULL")
    op.create_index("ix_mail_unsent", "mail", ["authority_id", "next_try_at"], postgresql_where=unsent)
    op.create_index(
        "ix_message_mail_at",
        "message",
        ["authority_id", "mail_at"],
        postgresql_where=sa.text("mail_at IS NOT NULL"),
    )
    op.execute("ALTER TABLE mail ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE mail FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY select_own ON mail FOR SELECT USING ({OWN})")
    op.execute(f"CREATE POLICY insert_own ON mail FOR INSERT WITH CHECK ({OF_OURS})")
    op.execute(f"CREATE POLICY update_own ON mail FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})")
    op.execute(f"CREATE POLICY delete_own ON mail FOR DELETE USING ({OWN})")
    op.execute("GRANT SELECT, INSERT, UPDATE (next_try_at, tries, sent_at), DELETE ON mail TO casehub_app")
    op.execute("GRANT SELECT ON mail TO casehub_scope")
    op.execute(MAIL_STANDING)
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute("GRANT EXECUTE ON FUNCTION node_authorities() TO casehub_scope")
    op.execute("ALTER FUNCTION mail_standing() OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    op.execute("GRANT EXECUTE ON FUNCTION mail_standing() TO casehub_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION mail_standing()")
    op.execute("REVOKE EXECUTE ON FUNCTION node_authorities() FROM casehub_scope")
    op.execute("REVOKE SELECT ON mail FROM casehub_scope")
    op.drop_index("ix_message_mail_at", "message")
    op.drop_table("mail")
    op.drop_column("staff", "mail")
