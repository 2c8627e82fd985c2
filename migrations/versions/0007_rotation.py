"""Rotating keys: what may be wrapped anew, by whom, and nothing new under a key that was retired.

`refuse_retired_key` locks the key's row for as long as the writing transaction lasts: whoever retires a version waits for
those that use it, and those that come later are refused. So a retired version has nothing under it, whatever runs.
"""

from collections.abc import Sequence

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The rights of the owner: a node looks at another authority's key when it seals a grant to it. What waits for the lock
# reads the row as it then is.
REQUIRE_KEY_IN_USE = """
CREATE FUNCTION require_key_in_use(owner text, kind text, used integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    out_of_use timestamptz;
BEGIN
    SELECT retired_at INTO out_of_use FROM public.authority_key
    WHERE authority_id = owner AND purpose = kind AND version = used
    FOR SHARE;
    IF out_of_use IS NOT NULL THEN
        RAISE EXCEPTION 'the % key, version %, of % is retired', kind, used, owner
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'This node holds old keys: see that it reaches its keystore, or start it again.';
    END IF;
END
$$
"""
REFUSE_RETIRED_KEY = """
CREATE FUNCTION refuse_retired_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_TABLE_NAME <> 'item_grant' THEN
        PERFORM public.require_key_in_use(NEW.authority_id, 'working', NEW.key_version);
    ELSIF NEW.form = 'hpke' THEN
        PERFORM public.require_key_in_use(NEW.granted_to, 'receiving', NEW.key_version);
        PERFORM public.require_key_in_use(NEW.granted_by, 'signing', NEW.signing_version);
    END IF;
    RETURN NEW;
END
$$
"""
USING_KEYS = ("compartment", "draft", "item_grant")
OWN = "authority_id = (SELECT current_authority())"


def upgrade() -> None:
    op.execute(REQUIRE_KEY_IN_USE)
    op.execute(REFUSE_RETIRED_KEY)
    for table in USING_KEYS:
        op.execute(
            f"CREATE TRIGGER refuse_retired_key BEFORE INSERT OR UPDATE OF key_version ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_retired_key()"
        )
    op.execute("GRANT UPDATE (key_version, wrapped, entry_id) ON compartment TO casehub_app")
    op.execute(f"CREATE POLICY update_own ON compartment FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("GRANT UPDATE (kek_version, wrapped) ON authority_key TO casehub_app")
    # Everyone sees everyone's, which are wrapped; each changes its own. Not forced: the trigger looks as the owner.
    op.execute("ALTER TABLE authority_key ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY select_all ON authority_key FOR SELECT USING (true)")
    op.execute("CREATE POLICY insert_any ON authority_key FOR INSERT WITH CHECK (true)")
    op.execute(f"CREATE POLICY update_own ON authority_key FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})")


def downgrade() -> None:
    for policy in ("update_own", "insert_any", "select_all"):
        op.execute(f"DROP POLICY {policy} ON authority_key")
    op.execute("ALTER TABLE authority_key DISABLE ROW LEVEL SECURITY")
    op.execute("REVOKE UPDATE (kek_version, wrapped) ON authority_key FROM casehub_app")
    op.execute("DROP POLICY update_own ON compartment")
    op.execute("REVOKE UPDATE (key_version, wrapped, entry_id) ON compartment FROM casehub_app")
    for table in USING_KEYS:
        op.execute(f"DROP TRIGGER refuse_retired_key ON {table}")
    op.execute("DROP FUNCTION refuse_retired_key()")
    op.execute("DROP FUNCTION require_key_in_use(text, text, integer)")
