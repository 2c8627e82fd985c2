"""The eraser sees and erases contents that are older than five years, names each in an entry of the same transaction, and
does nothing else. What a content says it does not see.

Never erased: what tells of an erasure, without which the log would be broken; what became of keys, which says what a
backup still opens; and what is about a case under a slettestop.
"""

from collections.abc import Sequence

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ERASABLE = "at < now() - interval '5 years' AND event <> 'log.content_erased' AND event NOT LIKE 'keys.%' AND NOT is_held(entry_id)"
IS_HELD = """
CREATE FUNCTION is_held(asked uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.audit_object JOIN public.legal_hold USING (case_id)
        WHERE audit_object.entry_id = asked AND lifted_at IS NULL
    );
END
$$
"""
SEEN = "entry_id, at, authority_id, event"
# Of a whole statement: the entry is written before, and `casehub.entry` says which it is.
REQUIRE_ERASURE = """
CREATE FUNCTION require_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    covering uuid := nullif(current_setting('casehub.entry', true), '')::uuid;
BEGIN
    IF EXISTS (
        SELECT FROM gone WHERE NOT coalesce(public.is_entry_of_this_transaction(covering), false)
            OR entry_id::text NOT IN (
                SELECT object_id FROM public.audit_object WHERE audit_object.entry_id = covering AND kind = 'entry')
    ) THEN
        RAISE EXCEPTION 'contents of the log erased without an audit entry in the same transaction that names them'
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Run `casehub audit erase`; in SQL, write the entry first and set casehub.entry to its id.';
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute("REVOKE SELECT ON audit_content FROM casehub_eraser")
    op.execute(f"GRANT SELECT ({SEEN}) ON audit_content TO casehub_eraser")
    op.execute(
        "CREATE POLICY eraser_tells ON audit_content AS RESTRICTIVE FOR INSERT TO casehub_eraser"
        " WITH CHECK (event = 'log.content_erased')"
    )
    op.execute("GRANT SELECT (entry_id, case_id, kind, object_id) ON audit_object TO casehub_scope")
    op.execute("GRANT EXECUTE ON FUNCTION is_entry_of_this_transaction(uuid) TO casehub_scope")
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    for create, signature in (REQUIRE_ERASURE, "require_erasure()"), (IS_HELD, "is_held(uuid)"):
        op.execute(create)
        op.execute(f"ALTER FUNCTION {signature} OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    op.execute("SET LOCAL ROLE casehub_scope")
    op.execute("GRANT EXECUTE ON FUNCTION is_held(uuid) TO casehub_eraser")
    op.execute("RESET ROLE")
    _let_the_eraser(ERASABLE)
    op.execute(
        "CREATE TRIGGER require_erasure AFTER DELETE ON audit_content"
        " REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION require_erasure()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER require_erasure ON audit_content")
    op.execute("DROP FUNCTION require_erasure()")
    op.execute("REVOKE EXECUTE ON FUNCTION is_entry_of_this_transaction(uuid) FROM casehub_scope")
    op.execute("REVOKE SELECT (entry_id, case_id, kind, object_id) ON audit_object FROM casehub_scope")
    op.execute("DROP POLICY eraser_tells ON audit_content")
    _let_the_eraser("true")
    op.execute("DROP FUNCTION is_held(uuid)")
    op.execute(f"REVOKE SELECT ({SEEN}) ON audit_content FROM casehub_eraser")
    op.execute("GRANT SELECT ON audit_content TO casehub_eraser")


def _let_the_eraser(condition: str) -> None:
    """See and erase contents of which `condition` holds."""
    for name, action in {"eraser_sees": "SELECT", "eraser_erases": "DELETE"}.items():
        op.execute(f"DROP POLICY {name} ON audit_content")
        op.execute(
            f"CREATE POLICY {name} ON audit_content FOR {action} TO casehub_eraser USING ({condition})"
        )
