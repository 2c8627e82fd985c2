"""A refused attempt at a case is seen by the reviewers of those who take part in it, whoever made the attempt.

The one who was refused could not know who takes part, so the entry names none of them; the case it names says so.
"""

from collections.abc import Sequence

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Owned by casehub_scope, as audit_object is itself shown by way of audit_content. It tells no more than is_participant.
NAMES_OWN_CASE = """
CREATE FUNCTION names_own_case(asked_entry uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.audit_object
        WHERE entry_id = asked_entry AND case_id IS NOT NULL AND public.is_participant(case_id)
    );
END
$$
"""
BEFORE = "authority_id = (SELECT current_authority()) OR concerned @> ARRAY[(SELECT current_authority())]"
# the dear question last, and of refused entries alone
AFTER = f"{BEFORE} OR CASE WHEN outcome = 'refused' THEN names_own_case(entry_id) ELSE false END"


def upgrade() -> None:
    op.execute(NAMES_OWN_CASE)
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute("ALTER FUNCTION names_own_case(uuid) OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    op.execute("GRANT SELECT ON audit_object TO casehub_scope")
    # whoever reads through the policy calls it; the auditor and the eraser see no more by it, as they take part in nothing
    op.execute(
        "GRANT EXECUTE ON FUNCTION names_own_case(uuid) TO casehub_app, casehub_auditor, casehub_eraser"
    )
    op.execute(f"ALTER POLICY select_own ON audit_content USING ({AFTER})")


def downgrade() -> None:
    op.execute(f"ALTER POLICY select_own ON audit_content USING ({BEFORE})")
    op.execute("REVOKE SELECT ON audit_object FROM casehub_scope")
    op.execute("DROP FUNCTION names_own_case(uuid)")
