"""Who keeps an authority's contacts, who is away and when, and a unit's duty phone: written by the authority's own nodes alone.

As `contact_duty`, everyone sees them: whom to call in another authority, and who stands in there, is known to all.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OURS = "authority_id IN (SELECT node_authorities())"
WRITTEN_BY_OWN = {
    "absence": (
        f"EXISTS (SELECT FROM staff WHERE staff.id = staff_id AND staff.{OURS})",
        "SELECT, INSERT, UPDATE (last_day, entry_id)",
    ),
    "duty_phone": (
        f"EXISTS (SELECT FROM unit WHERE unit.id = unit_id AND unit.{OURS})",
        "SELECT, INSERT, UPDATE (phone, entry_id)",
    ),
}


def upgrade() -> None:
    op.add_column("staff", sa.Column("keeps_contacts_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("GRANT UPDATE (keeps_contacts_since) ON staff TO casehub_app")
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("last_day >= first_day - 1", name=op.f("ck_absence_days")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_absence_staff_id")),
        _entry("absence"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_staff_id"), "absence", ["staff_id"])
    op.create_table(
        "duty_phone",
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_duty_phone_unit_id")),
        _entry("duty_phone"),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_duty_phone")),
    )
    for table, (ours, rights) in WRITTEN_BY_OWN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY select_all ON {table} FOR SELECT USING (true)")
        op.execute(f"CREATE POLICY insert_own ON {table} FOR INSERT WITH CHECK ({ours})")
        op.execute(f"CREATE POLICY update_own ON {table} FOR UPDATE USING ({ours}) WITH CHECK ({ours})")
        op.execute(f"GRANT {rights} ON {table} TO casehub_app")
        op.execute(
            f"CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
        )
        op.execute(f"GRANT SELECT (entry_id) ON {table} TO casehub_auditor")
        op.execute(f"SELECT record_changes('{table}')")


def _entry(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["entry_id"],
        ["audit_commitment.id"],
        name=op.f(f"fk_{table}_entry_id"),
        initially="DEFERRED",
        deferrable=True,
    )


def downgrade() -> None:
    op.drop_table("duty_phone")
    op.drop_table("absence")
    op.drop_column("staff", "keeps_contacts_since")
