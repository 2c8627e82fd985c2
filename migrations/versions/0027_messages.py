"""What members of staff are told, and how they want to be told; and who leads a unit.

A message is no record: it says that something on record was told to one of the authority's own people. It can be marked as
read and nothing else of it changes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
OWN = f"authority_id = {ME}"
OF_OURS = f"{OWN} AND EXISTS (SELECT FROM staff WHERE staff.id = staff_id AND staff.authority_id = {ME})"
KINDS = "'acute', 'news', 'reminder', 'overdue', 'deputy', 'leader', 'deletion', 'unmanned'"
APP = {
    "message": "SELECT, INSERT, UPDATE (read_at, mail_at)",
    "message_choice": "SELECT, INSERT, UPDATE (delivery, quiet_from, quiet_to, entry_id)",
}


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_message_kind")),
        sa.UniqueConstraint("staff_id", "kind", "source", name=op.f("uq_message_staff_id_kind_source")),
        *_references("message", ("authority_id", "authority"), ("staff_id", "staff"), ("case_id", "cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("ix_message_staff_id_at", "message", ["staff_id", "at"])
    unread = sa.text("read_at IS NULL")
    op.create_index("ix_message_staff_id_unread", "message", ["staff_id"], postgresql_where=unread)
    op.create_table(
        "message_choice",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "delivery IN ('immediate', 'digest', 'in_app')", name=op.f("ck_message_choice_delivery")
        ),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name=op.f("ck_message_choice_quiet")),
        *_references("message_choice", ("authority_id", "authority"), ("staff_id", "staff")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_commitment.id"],
            name=op.f("fk_message_choice_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_message_choice")),
    )
    for table, rights in APP.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY select_own ON {table} FOR SELECT USING ({OWN})")
        op.execute(f"CREATE POLICY insert_own ON {table} FOR INSERT WITH CHECK ({OF_OURS})")
        op.execute(f"CREATE POLICY update_own ON {table} FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})")
        op.execute(f"GRANT {rights} ON {table} TO casehub_app")
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON message_choice"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.execute("CREATE POLICY auditor_sees ON message_choice FOR SELECT TO casehub_auditor USING (true)")
    op.execute("GRANT SELECT (entry_id) ON message_choice TO casehub_auditor")
    op.execute("SELECT record_changes('message_choice')")
    op.create_index(op.f("ix_case_event_recorded_at"), "case_event", ["recorded_at"])
    _functions("'kontaktperson', 'stedfortraeder', 'tovholder', 'leder'")


def _references(table: str, *references: tuple[str, str]) -> list[sa.schema.SchemaItem]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, other in references
    ]


def _functions(names: str) -> None:
    op.drop_constraint(op.f("ck_contact_duty_function"), "contact_duty")
    op.create_check_constraint(op.f("ck_contact_duty_function"), "contact_duty", f"function IN ({names})")


def downgrade() -> None:
    _functions("'kontaktperson', 'stedfortraeder', 'tovholder'")
    op.drop_index(op.f("ix_case_event_recorded_at"), "case_event")
    for table in APP:
        op.drop_table(table)
