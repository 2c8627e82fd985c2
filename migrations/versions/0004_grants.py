"""What each group of logins may do with which table, down to the columns that may change.

Nothing is granted to PUBLIC. What stands in no list cannot be done: no group deletes a case, changes an item or a
grant, or writes which login speaks for whom.
"""

from collections.abc import Sequence

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GROUPS = ("casehub_app", "casehub_sequencer", "casehub_auditor", "casehub_eraser", "casehub_backup")

APP: dict[str, str] = {
    "alembic_version": "SELECT",
    # not `txid`: which transaction wrote an entry is for the database to say
    "audit_commitment": "SELECT, INSERT (id, leaf)",
    "audit_content": "SELECT, INSERT",
    "audit_object": "SELECT, INSERT",
    "authority": "SELECT, INSERT, UPDATE (kind, name, kommuner, retired_at, entry_id)",
    "unit": "SELECT, INSERT, UPDATE (kind, name, kommuner, duty_phone, retired_at, entry_id)",
    "staff": "SELECT, INSERT, UPDATE (unit_id, login, name, title, phone, role, password_hash, retired_at, entry_id)",
    "contact_duty": "SELECT, INSERT, UPDATE (valid_to, entry_id)",
    "definition_version": "SELECT, INSERT, UPDATE (active, entry_id)",
    "authority_key": "SELECT, INSERT, UPDATE (retired_at, entry_id)",
    "cases": "SELECT, INSERT, UPDATE (state, meeting_at, responsible_authority, closed_at, deletion_on, entry_id)",
    "participant": "SELECT, INSERT",
    "assignment": "SELECT, INSERT",
    "case_event": "SELECT, INSERT",
    "step": (
        "SELECT, INSERT, UPDATE (responsible_authority, responsible_unit, state, ready_at, due_at, overdue_at, done_at,"
        " done_by, outcome, evidence_item, version, entry_id)"
    ),
    "compartment": "SELECT, INSERT",
    "item": "SELECT, INSERT",
    "item_version": "SELECT, INSERT",
    "item_grant": "SELECT, INSERT",
    "index_token": "SELECT, INSERT",
    "disclosure": "SELECT, INSERT",
    "draft": "SELECT, INSERT, UPDATE (sealed, key_version, expires_at, entry_id), DELETE",
    "web_session": "SELECT, INSERT, UPDATE, DELETE",
    "sign_in_attempt": "SELECT, INSERT, DELETE",
}
OTHERS: dict[str, dict[str, str]] = {
    # numbers the leaves, which hold no personal data
    "casehub_sequencer": {"audit_commitment": "SELECT"},
    "casehub_auditor": {"audit_commitment": "SELECT", "audit_content": "SELECT", "audit_object": "SELECT"},
    "casehub_eraser": {
        "audit_commitment": "SELECT, INSERT (id, leaf)",
        "audit_content": "SELECT, INSERT, DELETE",
        "audit_object": "INSERT",
    },
}
# Policies are evaluated with the rights of whoever asks, so who reads through them may call what they call.
FUNCTIONS = (
    "current_authority()",
    "node_authorities()",
    "is_participant(uuid)",
    "has_grant(uuid)",
    "has_version_grant(uuid)",
    "was_disclosed(uuid, uuid, uuid, text, boolean)",
    "may_pass_on(uuid, uuid, uuid)",
)


def upgrade() -> None:
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for group in GROUPS:
        op.execute(f"GRANT USAGE ON SCHEMA public TO {group}")
    for group, tables in {"casehub_app": APP, **OTHERS}.items():
        for table, rights in tables.items():
            op.execute(f"GRANT {rights} ON {table} TO {group}")
    op.execute(f"GRANT EXECUTE ON FUNCTION {FUNCTIONS[0]} TO casehub_auditor, casehub_eraser")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(FUNCTIONS)} TO casehub_app")
    # a backup holds everything there is, and everything there will be
    for kind in ("TABLES", "SEQUENCES"):
        op.execute(f"GRANT SELECT ON ALL {kind} IN SCHEMA public TO casehub_backup")
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON {kind} TO casehub_backup")


def downgrade() -> None:
    for kind in ("TABLES", "SEQUENCES"):
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON {kind} FROM casehub_backup")
        op.execute(f"REVOKE SELECT ON ALL {kind} IN SCHEMA public FROM casehub_backup")
    op.execute(f"REVOKE EXECUTE ON FUNCTION {', '.join(FUNCTIONS)} FROM casehub_app")
    op.execute(f"REVOKE EXECUTE ON FUNCTION {FUNCTIONS[0]} FROM casehub_auditor, casehub_eraser")
    for group, tables in {"casehub_app": APP, **OTHERS}.items():
        for table in tables:
            op.execute(f"REVOKE ALL ON {table} FROM {group}")
    for group in GROUPS:
        op.execute(f"REVOKE USAGE ON SCHEMA public FROM {group}")
    op.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
