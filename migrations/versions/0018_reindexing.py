"""Index tokens can be made again under a new index key, and only then: tokens of an older version may go when there is a
newer key, and a newer key is there only if two people of the authority agreed to it in the same transaction.
"""

from collections.abc import Sequence

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT current_authority())"
REPLACED = f"""authority_id = {ME} AND EXISTS (
    SELECT FROM authority_key
    WHERE authority_key.authority_id = index_token.authority_id AND authority_key.purpose = 'index'
      AND authority_key.version > index_token.key_version)"""
AGREED = """
CREATE FUNCTION require_agreed_index_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.approval
        WHERE authority_id = NEW.authority_id AND kind = 'rekey_index' AND state = 'done' AND entry_id = NEW.entry_id
    ) THEN
        RAISE EXCEPTION 'a new index key demands that two people of % agreed to it', NEW.authority_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute("GRANT DELETE ON index_token TO casehub_app")
    op.execute(f"CREATE POLICY delete_replaced ON index_token FOR DELETE USING ({REPLACED})")
    op.execute(AGREED)
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_agreed_index_key AFTER INSERT ON authority_key"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.purpose = 'index' AND NEW.version > 1)"
        " EXECUTE FUNCTION require_agreed_index_key()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER require_agreed_index_key ON authority_key")
    op.execute("DROP FUNCTION require_agreed_index_key()")
    op.execute("DROP POLICY delete_replaced ON index_token")
    op.execute("REVOKE DELETE ON index_token FROM casehub_app")
