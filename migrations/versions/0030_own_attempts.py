"""Whose case a refused attempt was at is part of the query that asks, and no function called for each entry.

The view is its owner's, whom row-level security does not bind; it tells an authority which entries are attempts at cases it
takes part in, which is what the policy shows it, and no more. `OFFSET 0`: looked up for each entry that is come by, never
gathered beforehand. The referring authority takes part in its case from the transaction that makes it.
"""

from collections.abc import Sequence

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

READERS = "casehub_app, casehub_auditor, casehub_eraser"  # whoever reads through the policy
VIEW = """
CREATE VIEW attempt_at_own_case WITH (security_barrier) AS
SELECT refused.entry_id
FROM audit_content refused
JOIN audit_object named ON named.entry_id = refused.entry_id
JOIN participant taking_part ON taking_part.case_id = named.case_id
WHERE refused.outcome = 'refused' AND taking_part.authority_id = (SELECT current_authority())
"""
# as in 0011
FUNCTION = """
CREATE FUNCTION names_own_case(asked_entry uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    me text := public.current_authority();
BEGIN
    RETURN EXISTS (
        SELECT FROM public.audit_object named
        WHERE named.entry_id = asked_entry AND named.case_id IS NOT NULL AND (
            EXISTS (SELECT FROM public.participant p WHERE p.case_id = named.case_id AND p.authority_id = me)
            OR EXISTS (SELECT FROM public.cases c WHERE c.id = named.case_id AND c.referring_authority = me))
    );
END
$$
"""
OWN = "authority_id = (SELECT current_authority()) OR concerned @> ARRAY[(SELECT current_authority())]"
# the dear question last, and of refused entries alone
SEEN = f"{OWN} OR CASE WHEN outcome = 'refused' THEN {{asked}} ELSE false END"
LOOKED_UP = """EXISTS (
    SELECT FROM attempt_at_own_case WHERE attempt_at_own_case.entry_id = audit_content.entry_id OFFSET 0)"""


def upgrade() -> None:
    op.execute("GRANT SELECT (entry_id, outcome) ON audit_content TO casehub_scope")
    op.execute(VIEW)
    _give_to_scope("VIEW attempt_at_own_case")
    op.execute(f"GRANT SELECT ON attempt_at_own_case TO {READERS}")
    op.execute(f"ALTER POLICY select_own ON audit_content USING ({SEEN.format(asked=LOOKED_UP)})")
    op.execute("DROP FUNCTION names_own_case(uuid)")


def downgrade() -> None:
    op.execute(FUNCTION)
    _give_to_scope("FUNCTION names_own_case(uuid)")
    op.execute(f"GRANT EXECUTE ON FUNCTION names_own_case(uuid) TO {READERS}")
    op.execute(
        f"ALTER POLICY select_own ON audit_content USING ({SEEN.format(asked='names_own_case(entry_id)')})"
    )
    op.execute("DROP VIEW attempt_at_own_case")
    op.execute("REVOKE SELECT (entry_id, outcome) ON audit_content FROM casehub_scope")


def _give_to_scope(what: str) -> None:
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute(f"ALTER {what} OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
