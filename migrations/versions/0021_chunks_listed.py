"""A file's chunk is listed by its hash and not by its bytes: to write a mebibyte out as text takes a tenth of a second.

`told_of` says what of a row counts in its mark: all of it; of a chunk all but `sealed`, whose SHA-256 counts. That the bytes
are those of the hash, and the hashes those of the entry, `casehub audit verify` asks beside it. A chunk that was listed by 0017 alone is
told as changed.
"""

from collections.abc import Sequence

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# as in 0017
STEADY = """
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex'
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
"""
STEADY_ON = STEADY.replace("off", "on")
TOLD_OF = "CREATE FUNCTION told_of(changed anyelement) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT to_jsonb(changed) $$"
TOLD_OF_CHUNK = """
CREATE FUNCTION told_of(changed file_chunk) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object(
    'item_version_id', (changed).item_version_id, 'number', (changed).number, 'authority_id', (changed).authority_id,
    'sha256', (changed).sha256, 'entry_id', (changed).entry_id)
"""
# `list_changes` of 0017 for new chunks: the rows of a trigger have no type of their own, so they are told column by column
LIST_CHUNKS = f"""
CREATE FUNCTION list_chunks() RETURNS trigger {STEADY}
AS $$
BEGIN
    INSERT INTO public.audit_change (table_name, key, entry_id, salt, mark)
    SELECT TG_TABLE_NAME, key, entry_id, salt, public.mark_of(salt, TG_TABLE_NAME, key, NULL, told)
    FROM (SELECT public.key_of(told, TG_ARGV) AS key, entry_id, told, uuid_send(gen_random_uuid()) AS salt
          FROM (SELECT entry_id, jsonb_build_object(
                    'item_version_id', item_version_id, 'number', number, 'authority_id', authority_id,
                    'sha256', sha256, 'entry_id', entry_id) AS told FROM changed) one) fresh;
    RETURN NULL;
END
$$
"""


def list_what_is_there(told: str) -> str:
    """The function of 0017, telling rows by `told`."""
    return f"""
CREATE OR REPLACE FUNCTION list_what_is_there(covering uuid) RETURNS bigint {STEADY}
AS $$
DECLARE
    each record;
    added bigint;
    listed bigint := 0;
BEGIN
    FOR each IN SELECT * FROM public.listed_tables() LOOP
        EXECUTE format(
            'INSERT INTO public.audit_change (table_name, key, entry_id, salt, mark)'
            ' SELECT $1, key, $3, salt, public.mark_of(salt, $1, key, NULL, told)'
            ' FROM (SELECT public.key_of({told}(r), $2) AS key, {told}(r) AS told,'
            '              uuid_send(gen_random_uuid()) AS salt FROM public.%I r) fresh'
            ' WHERE NOT EXISTS (SELECT FROM public.audit_change c WHERE c.table_name = $1 AND c.key = fresh.key)',
            each.name) USING each.name, each.keys, covering;
        GET DIAGNOSTICS added = ROW_COUNT;
        listed := listed + added;
    END LOOP;
    RETURN listed;
END
$$
"""


def row_findings(told: str) -> str:
    """The function of 0017, telling rows by `told`."""
    return f"""
CREATE OR REPLACE FUNCTION row_findings() RETURNS TABLE (table_name text, key text, entry_id uuid, what text) {STEADY_ON}
AS $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM public.listed_tables() LOOP
        RETURN QUERY EXECUTE format(
            'SELECT $1, coalesce(r.key, c.key), coalesce(c.entry_id, r.entry_id), CASE'
            '   WHEN c.key IS NULL THEN ''unlisted'' WHEN r.key IS NULL THEN ''removed'' ELSE ''changed'' END'
            ' FROM (SELECT public.key_of({told}(t), $2) AS key, t.entry_id, {told}(t) AS told FROM public.%I t) r'
            ' FULL JOIN (SELECT * FROM public.audit_change WHERE table_name = $1 AND salt IS NOT NULL) c'
            '   ON c.key = r.key'
            ' WHERE c.key IS NULL OR r.key IS NULL'
            '   OR c.mark IS DISTINCT FROM public.mark_of(c.salt, $1, r.key, c.before, r.told)',
            each.name) USING each.name, each.keys;
    END LOOP;
    RETURN QUERY
        SELECT c.table_name, c.key, c.entry_id, CASE
            WHEN c.before IS NOT NULL AND b.mark IS NULL THEN 'uprooted'
            WHEN count(n.mark) > 1 THEN 'forked'
            WHEN count(n.mark) = 1 THEN 'superseded' ELSE 'dropped' END
        FROM public.audit_change c
        LEFT JOIN public.audit_change n ON n.before = c.mark
        LEFT JOIN public.audit_change b ON b.mark = c.before
        GROUP BY c.table_name, c.key, b.mark
        HAVING (c.before IS NOT NULL AND b.mark IS NULL)
            OR count(n.mark) <> CASE
                WHEN c.salt IS NOT NULL OR c.mark = public.mark_of_removal(c.before) THEN 0 ELSE 1 END;
END
$$
"""


def upgrade() -> None:
    for function in (TOLD_OF, TOLD_OF_CHUNK, LIST_CHUNKS):
        op.execute(function)
    op.execute("GRANT EXECUTE ON FUNCTION told_of(anyelement), told_of(file_chunk) TO casehub_scope")
    _tell_by("public.told_of")
    op.execute("DROP TRIGGER list_changes_insert ON file_chunk")
    op.execute(
        "CREATE TRIGGER list_changes_insert AFTER INSERT ON file_chunk REFERENCING NEW TABLE AS changed"
        " FOR EACH STATEMENT EXECUTE FUNCTION list_chunks('item_version_id', 'number')"
    )


def _tell_by(told: str) -> None:
    """Only who owns a function replaces it."""
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    op.execute("SET LOCAL ROLE casehub_scope")
    op.execute(list_what_is_there(told))
    op.execute(row_findings(told))
    op.execute("RESET ROLE")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")


def downgrade() -> None:
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("DROP TRIGGER list_changes_insert ON file_chunk")
    op.execute(
        "CREATE TRIGGER list_changes_insert AFTER INSERT ON file_chunk REFERENCING NEW TABLE AS changed"
        " FOR EACH STATEMENT EXECUTE FUNCTION list_changes('item_version_id', 'number')"
    )
    _tell_by("to_jsonb")
    for function in ("list_chunks()", "told_of(file_chunk)", "told_of(anyelement)"):
        op.execute(f"DROP FUNCTION {function}")
