"""Meetings: who was not invited sees nothing of them, and a case on the agenda is seen only by who takes part in it.

A meeting exists for its host and for the authorities that have somebody invited (`attends`). A line of the agenda exists
for those of them that take part in its case. What was decided exists for its owner and for those it was given to.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
APP = {
    "meeting": "SELECT, INSERT, UPDATE (state, ended_at, entry_id)",
    "meeting_invitee": "SELECT, INSERT, UPDATE (attended, confirmed_at, confirmed_by, entry_id)",
    "meeting_case": "SELECT, INSERT, UPDATE (minutes_item, entry_id)",
    "decision": "SELECT, INSERT, UPDATE (done_at, done_by, entry_id)",
}
ATTENDS = """
CREATE FUNCTION attends(asked_meeting uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.meeting
                   WHERE id = asked_meeting AND authority_id = public.current_authority())
        OR EXISTS (SELECT FROM public.meeting_invitee
                   WHERE meeting_id = asked_meeting AND authority_id = public.current_authority());
END
$$
"""
OWN = f"authority_id = {ME}"
HOSTS = f"EXISTS (SELECT FROM meeting WHERE meeting.id = meeting_id AND meeting.authority_id = {ME})"
TAKES_PART = "is_participant(case_id)"
OWN_ITEM = f"""EXISTS (
    SELECT FROM item
    WHERE item.id = item_id AND item.case_id = decision.case_id AND item.authority_id = {ME})"""
POLICIES = {
    "meeting": {"SELECT": f"{OWN} OR attends(id)", "INSERT": OWN, "UPDATE": OWN},
    "meeting_invitee": {
        "SELECT": "attends(meeting_id)",
        "INSERT": HOSTS,
        "UPDATE": f"{OWN} OR {HOSTS}",
    },
    "meeting_case": {
        "SELECT": f"{TAKES_PART} AND attends(meeting_id)",
        "INSERT": f"{TAKES_PART} AND {HOSTS}",
        "UPDATE": f"{TAKES_PART} AND {HOSTS}",
    },
    "decision": {
        "SELECT": f"{TAKES_PART} AND (owner_authority = {ME} OR has_grant(item_id))",
        "INSERT": f"{TAKES_PART} AND attends(meeting_id) AND {OWN_ITEM}",
        "UPDATE": f"owner_authority = {ME}",
    },
}


def upgrade() -> None:
    op.create_unique_constraint(op.f("uq_staff_id_authority_id"), "staff", ["id", "authority_id"])
    _tables()
    op.execute(ATTENDS)
    op.execute("GRANT SELECT ON meeting, meeting_invitee TO casehub_scope")
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute("ALTER FUNCTION attends(uuid) OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    op.execute("GRANT EXECUTE ON FUNCTION attends(uuid) TO casehub_app")
    for table, rights in APP.items():
        op.execute(
            f"CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for action, condition in POLICIES[table].items():
            _policy(table, action, condition)
        op.execute(f"CREATE POLICY auditor_sees ON {table} FOR SELECT TO casehub_auditor USING (true)")
        op.execute(f"GRANT {rights} ON {table} TO casehub_app")
        op.execute(f"GRANT SELECT (entry_id) ON {table} TO casehub_auditor")
        op.execute(f"SELECT record_changes('{table}')")


def _policy(table: str, action: str, condition: str) -> None:
    clause = {
        "SELECT": f"USING ({condition})",
        "INSERT": f"WITH CHECK ({condition})",
        "UPDATE": f"USING ({condition}) WITH CHECK ({condition})",
    }[action]
    op.execute(f"CREATE POLICY {action.lower()}_own ON {table} FOR {action} TO casehub_app {clause}")


def _tables() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("minutes_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_by", sa.Uuid(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('planned', 'held', 'cancelled')", name=op.f("ck_meeting_state")),
        sa.CheckConstraint("(state = 'planned') = (ended_at IS NULL)", name=op.f("ck_meeting_ended")),
        *_common("meeting", ("authority_id", "authority"), ("unit_id", "unit"), ("called_by", "staff")),
    )
    op.create_index(op.f("ix_meeting_starts_at"), "meeting", ["starts_at"])
    op.create_table(
        "meeting_invitee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("attended", sa.Boolean(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)", name=op.f("ck_meeting_invitee_confirmed")
        ),
        sa.UniqueConstraint("meeting_id", "staff_id", name=op.f("uq_meeting_invitee_meeting_id_staff_id")),
        sa.ForeignKeyConstraint(
            ["staff_id", "authority_id"],
            ["staff.id", "staff.authority_id"],
            name=op.f("fk_meeting_invitee_staff_id_authority_id"),
        ),
        *_common(
            "meeting_invitee",
            ("meeting_id", "meeting"),
            ("authority_id", "authority"),
            ("confirmed_by", "staff"),
        ),
    )
    op.create_index("ix_meeting_invitee_staff_id", "meeting_invitee", ["staff_id"])
    op.create_table(
        "meeting_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("minutes_item", sa.Uuid(), nullable=True),
        sa.UniqueConstraint("meeting_id", "case_id", name=op.f("uq_meeting_case_meeting_id_case_id")),
        *_common("meeting_case", ("meeting_id", "meeting"), ("case_id", "cases"), ("minutes_item", "item")),
    )
    op.create_index("ix_meeting_case_case_id", "meeting_case", ["case_id"])
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("owner_authority", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_decision_done")),
        *_common(
            "decision",
            ("case_id", "cases"),
            ("meeting_id", "meeting"),
            ("item_id", "item"),
            ("owner_authority", "authority"),
            ("decided_by", "staff"),
            ("done_by", "staff"),
        ),
    )
    op.create_index("ix_decision_case_id", "decision", ["case_id"])


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
    for table in ("decision", "meeting_case", "meeting_invitee"):
        op.drop_table(table)
    op.execute("DROP POLICY select_own ON meeting")
    op.execute("DROP FUNCTION attends(uuid)")
    op.drop_table("meeting")
    op.drop_constraint(op.f("uq_staff_id_authority_id"), "staff")
