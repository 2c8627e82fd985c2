"""Meetings of forums, their minutes and approvals, and coordinated plans: seen by those with a seat, written by the secretary's.

Minutes that were sent and plans that were adopted do not change. An approval is of one version, by an authority for itself.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
OWN = f"authority_id = {ME}"
SEEN = f"{OWN} OR {ME} = ANY (readers)"
OF_MEETING = "EXISTS (SELECT FROM forum_meeting WHERE forum_meeting.id = meeting_id)"
APP = {
    "forum_meeting": "SELECT, INSERT, UPDATE (minutes, version, written_by, sent_at, entry_id)",
    "forum_approval": "SELECT, INSERT",
    "coordinated_plan": "SELECT, INSERT, UPDATE (sections, adopted_at, adopted_by, entry_id)",
}
POLICIES = {
    "forum_meeting": {
        "SELECT": f"USING ({SEEN} OR {ME} = ANY (guests))",
        "INSERT": f"WITH CHECK ({OWN})",
        "UPDATE": f"USING ({OWN} AND sent_at IS NULL) WITH CHECK ({OWN})",
    },
    "forum_approval": {
        "SELECT": f"USING ({OF_MEETING})",
        "INSERT": f"WITH CHECK ({OWN} AND {OF_MEETING})",
    },
    "coordinated_plan": {
        "SELECT": f"USING ({SEEN})",
        "INSERT": f"WITH CHECK ({OWN})",
        "UPDATE": f"USING ({OWN} AND adopted_at IS NULL) WITH CHECK ({OWN})",
    },
}


def upgrade() -> None:
    _tables()
    for table, rights in APP.items():
        op.execute(
            f"CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for action, clause in POLICIES[table].items():
            op.execute(f"CREATE POLICY {action.lower()}_own ON {table} FOR {action} TO casehub_app {clause}")
        op.execute(f"CREATE POLICY auditor_sees ON {table} FOR SELECT TO casehub_auditor USING (true)")
        op.execute(f"GRANT {rights} ON {table} TO casehub_app")
        op.execute(f"GRANT SELECT (entry_id) ON {table} TO casehub_auditor")
        op.execute(f"SELECT record_changes('{table}')")


def _tables() -> None:
    op.create_table(
        "forum_meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("forum", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("readers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("guests", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("agenda", sa.Text(), nullable=False),
        sa.Column("called_by", sa.Uuid(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(version = 0) = (minutes IS NULL)", name=op.f("ck_forum_meeting_minutes")),
        sa.CheckConstraint("sent_at IS NULL OR minutes IS NOT NULL", name=op.f("ck_forum_meeting_sent")),
        *_common(
            "forum_meeting", ("authority_id", "authority"), ("called_by", "staff"), ("written_by", "staff")
        ),
    )
    op.create_index("ix_forum_meeting_forum", "forum_meeting", ["forum"])
    op.create_table(
        "forum_approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "meeting_id", "version", "unit_id", name=op.f("uq_forum_approval_meeting_id_version_unit_id")
        ),
        *_common(
            "forum_approval",
            ("meeting_id", "forum_meeting"),
            ("authority_id", "authority"),
            ("unit_id", "unit"),
            ("staff_id", "staff"),
        ),
    )
    op.create_table(
        "coordinated_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("forum", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("readers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sections", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("adopted_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(adopted_at IS NULL) = (adopted_by IS NULL)", name=op.f("ck_coordinated_plan_adopted")
        ),
        sa.UniqueConstraint("forum", "year", name=op.f("uq_coordinated_plan_forum_year")),
        *_common("coordinated_plan", ("authority_id", "authority"), ("adopted_by", "staff")),
    )


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
    for table in ("forum_approval", "coordinated_plan", "forum_meeting"):
        op.drop_table(table)
