"""Searching the log: an index for each thing a reviewer searches by, each newest first within it.

The case is found by `ix_audit_object_case_id`, which is there already.
"""

from collections.abc import Sequence

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "audit_content"
LED_BY = ("actor_id", "unit_id", "event")
# As in 0008, with the authority asked for once: it is called for each refused entry a search comes by.
NAMES_OWN_CASE = """
CREATE OR REPLACE FUNCTION names_own_case(asked_entry uuid) RETURNS boolean
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


def upgrade() -> None:
    op.execute(NAMES_OWN_CASE)
    op.create_index(f"ix_{TABLE}_at_entry_id", TABLE, ["at", "entry_id"])
    for column in LED_BY:
        op.create_index(f"ix_{TABLE}_{column}_at_entry_id", TABLE, [column, "at", "entry_id"])
    op.create_index(
        f"ix_{TABLE}_not_allowed",
        TABLE,
        ["outcome", "at", "entry_id"],
        postgresql_where="outcome <> 'allowed'",
    )


def downgrade() -> None:
    op.drop_index(f"ix_{TABLE}_not_allowed", table_name=TABLE)
    for column in LED_BY:
        op.drop_index(f"ix_{TABLE}_{column}_at_entry_id", table_name=TABLE)
    op.drop_index(f"ix_{TABLE}_at_entry_id", table_name=TABLE)
