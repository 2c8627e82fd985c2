"""Row-level security: the second lock, behind the gate. A row is visible to the authority a transaction speaks for,
and a login speaks only for the authorities that the owner gave it in `node_authority`.

`me()` in the policies is `(SELECT current_authority())`: asked once a statement, not once a row. Where a policy must
look at a table that is itself under row-level security, it asks a function owned by casehub_scope (BYPASSRLS, reads
three tables, nobody signs in as it): policies that read each other's tables would never end.
"""

from collections.abc import Sequence

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# NULL when nothing is set, when '' is (what SET LOCAL leaves behind), or when the login may not speak for it.
CURRENT_AUTHORITY = """
CREATE FUNCTION current_authority() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT authority_id FROM public.node_authority
        WHERE login = session_user AND authority_id = nullif(current_setting('casehub.authority', true), '')
    );
END
$$
"""

NODE_AUTHORITIES = """
CREATE FUNCTION node_authorities() RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT authority_id FROM public.node_authority WHERE login = session_user;
END
$$
"""

# Each answers for the asking transaction's own authority alone, so none can be used to ask about others.
LOOKING_AROUND = {
    # The authority takes part: one of its units does, or it made the referral.
    "is_participant(asked_case uuid)": """
        EXISTS (SELECT FROM public.participant
                WHERE case_id = asked_case AND authority_id = public.current_authority())
        OR EXISTS (SELECT FROM public.cases
                   WHERE id = asked_case AND referring_authority = public.current_authority())
    """,
    "has_grant(asked_item uuid)": """
        EXISTS (SELECT FROM public.item_grant
                WHERE item_id = asked_item AND granted_to = public.current_authority())
    """,
    "has_version_grant(asked_version uuid)": """
        EXISTS (SELECT FROM public.item_grant
                WHERE item_version_id = asked_version AND granted_to = public.current_authority())
    """,
    # The discloser's signed grant of this very version, waiting to be moved into the recipient's own compartment.
    "was_disclosed(asked_case uuid, asked_item uuid, asked_version uuid, discloser text, further boolean)": """
        EXISTS (SELECT FROM public.item_grant
                WHERE case_id = asked_case AND item_id = asked_item AND item_version_id = asked_version
                  AND granted_by = discloser AND onward = further
                  AND granted_to = public.current_authority() AND form = 'hpke')
    """,
    # The owner's leave to disclose this version further.
    "may_pass_on(asked_case uuid, asked_item uuid, asked_version uuid)": """
        EXISTS (SELECT FROM public.item_grant
                JOIN public.item ON item.id = item_grant.item_id AND item.authority_id = item_grant.granted_by
                WHERE item_grant.case_id = asked_case AND item_grant.item_id = asked_item
                  AND item_version_id = asked_version AND onward
                  AND granted_to = public.current_authority() AND form = 'hpke')
    """,
}

# Per table: the rows it shows; the rows that may be added; the rows that may be changed (to). {me} as told above.
TAKES_PART = "is_participant(case_id)"
POLICIES: dict[str, dict[str, str]] = {
    "cases": {
        "SELECT": "referring_authority = {me} OR is_participant(id)",
        "INSERT": "referring_authority = {me}",
        "UPDATE": "referring_authority = {me} OR is_participant(id)",
    },
    "participant": {
        "SELECT": f"authority_id = {{me}} OR {TAKES_PART}",
        "INSERT": f"added_by = {{me}} AND {TAKES_PART}",
    },
    "case_event": {"SELECT": TAKES_PART, "INSERT": f"by_authority = {{me}} AND {TAKES_PART}"},
    "step": {"SELECT": TAKES_PART, "INSERT": TAKES_PART, "UPDATE": TAKES_PART},
    "assignment": {"SELECT": "authority_id = {me}", "INSERT": f"authority_id = {{me}} AND {TAKES_PART}"},
    "compartment": {"SELECT": "authority_id = {me}", "INSERT": f"authority_id = {{me}} AND {TAKES_PART}"},
    "draft": {
        "SELECT": "authority_id = {me}",
        "INSERT": "authority_id = {me}",
        "UPDATE": "authority_id = {me}",
        "DELETE": "authority_id = {me}",
    },
    "item": {
        "SELECT": "authority_id = {me} OR has_grant(id)",
        "INSERT": f"authority_id = {{me}} AND {TAKES_PART}",
    },
    "item_version": {
        "SELECT": "authority_id = {me} OR has_version_grant(id)",
        "INSERT": """authority_id = {me} AND EXISTS (
            SELECT FROM item
            WHERE item.id = item_id AND item.case_id = item_version.case_id AND item.authority_id = {me})""",
    },
    # From the owner, or from one whom the owner let pass it on, of a version that is of that item and case; or one's
    # own re-wrapping of what was disclosed to one, which keeps the discloser's name and leave. Only the owner gives leave.
    "item_grant": {
        "SELECT": "granted_by = {me} OR granted_to = {me}",
        "INSERT": """(
            granted_by = {me} AND (form = 'hpke' OR granted_to = {me}) AND (
                EXISTS (
                    SELECT FROM item_version
                    WHERE item_version.id = item_version_id AND item_version.item_id = item_grant.item_id
                      AND item_version.case_id = item_grant.case_id AND item_version.authority_id = {me})
                OR (form = 'hpke' AND NOT onward AND may_pass_on(case_id, item_id, item_version_id))))
            OR (granted_to = {me} AND form = 'compartment'
                AND was_disclosed(case_id, item_id, item_version_id, granted_by, onward))""",
    },
    "index_token": {
        "SELECT": "authority_id = {me}",
        "INSERT": """authority_id = {me} AND EXISTS (
            SELECT FROM item WHERE item.id = item_id AND item.case_id = index_token.case_id)""",
    },
    "disclosure": {
        "SELECT": "from_authority = {me} OR to_authority = {me}",
        "INSERT": f"from_authority = {{me}} AND {TAKES_PART}",
    },
    # Entries of no authority (a failed sign-in of nobody we know) can be written by anyone and read by nobody here.
    "audit_content": {
        "SELECT": "authority_id = {me} OR concerned @> ARRAY[{me}]",
        "INSERT": "authority_id IS NULL OR authority_id = {me}",
    },
    # Who may read the entry may read what it names. `require_entry` keeps objects with the entry they were written with.
    "audit_object": {
        "SELECT": "EXISTS (SELECT FROM audit_content WHERE audit_content.entry_id = audit_object.entry_id)",
        "INSERT": "true",
    },
}
ME = "(SELECT current_authority())"


def upgrade() -> None:
    op.execute(CURRENT_AUTHORITY)
    op.execute(NODE_AUTHORITIES)
    op.execute("GRANT EXECUTE ON FUNCTION current_authority() TO casehub_scope")
    for signature, condition in LOOKING_AROUND.items():
        _look_around(signature, condition)
    op.execute("GRANT USAGE ON SCHEMA public TO casehub_scope")
    for table in ("participant", "cases", "item", "item_grant"):
        op.execute(f"GRANT SELECT ON {table} TO casehub_scope")
    for table, policies in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for action, condition in policies.items():
            _policy(table, action, condition.format(me=ME))
    # Erasing content is a duty of its own, and is itself an entry.
    op.execute("CREATE POLICY eraser_sees ON audit_content FOR SELECT TO casehub_eraser USING (true)")
    op.execute("CREATE POLICY eraser_erases ON audit_content FOR DELETE TO casehub_eraser USING (true)")


def _look_around(signature: str, condition: str) -> None:
    op.execute(
        f"CREATE FUNCTION {signature} RETURNS boolean"
        " LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
        f" AS $$ BEGIN RETURN {condition}; END $$"
    )
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute(f"ALTER FUNCTION {signature} OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")


def _policy(table: str, action: str, condition: str) -> None:
    clause = {
        "SELECT": f"USING ({condition})",
        "INSERT": f"WITH CHECK ({condition})",
        "UPDATE": f"USING ({condition}) WITH CHECK ({condition})",
        "DELETE": f"USING ({condition})",
    }[action]
    op.execute(f"CREATE POLICY {action.lower()}_own ON {table} FOR {action} {clause}")


def downgrade() -> None:
    op.execute("DROP POLICY eraser_erases ON audit_content")
    op.execute("DROP POLICY eraser_sees ON audit_content")
    for table, policies in POLICIES.items():
        for action in policies:
            op.execute(f"DROP POLICY {action.lower()}_own ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in ("participant", "cases", "item", "item_grant"):
        op.execute(f"REVOKE SELECT ON {table} FROM casehub_scope")
    for signature in LOOKING_AROUND:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("REVOKE USAGE ON SCHEMA public FROM casehub_scope")
    op.execute("DROP FUNCTION node_authorities()")
    op.execute("DROP FUNCTION current_authority()")
