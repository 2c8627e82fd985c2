"""Who may sign in for an authority is said by its own nodes alone: staff, their duties, their sessions, and first keys.

Everyone sees who works where and whom to call; sessions of another authority's people nobody sees. What decides is the login
(`node_authorities()`), not the transaction's authority: people are added by an operator, who speaks for none.
Not forced, as on `authority_key`: the owner's migrations and functions look around it.
"""

from collections.abc import Sequence

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OURS = "authority_id IN (SELECT node_authorities())"
OUR_PERSON = f"EXISTS (SELECT FROM staff WHERE staff.id = staff_id AND staff.{OURS})"
WRITTEN_BY_OWN = {"staff": OURS, "contact_duty": OUR_PERSON}
# Who is signed in is read from `data`: it says what the column says, or nobody.
SIGNED_IN = "data ->> '_user_id' IS NULL OR data ->> '_user_id' = staff_id::text AND staff_id IS NOT NULL"


def upgrade() -> None:
    for table, ours in WRITTEN_BY_OWN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY select_all ON {table} FOR SELECT USING (true)")
        op.execute(f"CREATE POLICY insert_own ON {table} FOR INSERT WITH CHECK ({ours})")
        op.execute(f"CREATE POLICY update_own ON {table} FOR UPDATE USING ({ours}) WITH CHECK ({ours})")
    op.execute("ALTER TABLE web_session ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY all_own ON web_session USING (staff_id IS NULL OR {OUR_PERSON})")
    op.create_check_constraint("signed_in", "web_session", SIGNED_IN)
    op.execute("DROP POLICY insert_any ON authority_key")
    op.execute(f"CREATE POLICY insert_own ON authority_key FOR INSERT WITH CHECK ({OURS})")


def downgrade() -> None:
    op.execute("DROP POLICY insert_own ON authority_key")
    op.execute("CREATE POLICY insert_any ON authority_key FOR INSERT WITH CHECK (true)")
    op.drop_constraint("ck_web_session_signed_in", "web_session")
    op.execute("DROP POLICY all_own ON web_session")
    op.execute("ALTER TABLE web_session DISABLE ROW LEVEL SECURITY")
    for table in WRITTEN_BY_OWN:
        for policy in ("select_all", "insert_own", "update_own"):
            op.execute(f"DROP POLICY {policy} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
