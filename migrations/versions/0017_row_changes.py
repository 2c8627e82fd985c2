"""Every change of a recorded row is listed under its entry, and the entry names the list.

For each row that a statement adds or changes, `list_changes` adds a line to `audit_change`: `mark` is the SHA-256 of a
salt, the table, the row's key, `before` and the row; `before` is the mark of the row's last change. The salt and the
key of that last change are destroyed, so that what a row was before, or that it was, cannot be tried out from its
mark. A removed row leaves a line whose mark follows from `before` alone. At commit the content of each entry must hold
the digest of the lines under it (`rows`), so that nothing is written that no entry commits to.

`SELECT record_changes('table')` puts a table under it: every later migration does so for each recorded table it makes.
A column that it adds to one is nullable and without default: NULLs do not count in a row.
"""

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0017"
down_revision = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RECORDED = """
    SELECT tgrelid::regclass::text FROM pg_trigger
    WHERE tgname = 'require_entry' AND tgrelid::regclass::text NOT LIKE 'audit\\_%' ORDER BY 1
"""

# The same in every session: no setting may change how a row is written out, and the list is found by its indexes
# however small it was when the statement was planned.
STEADY = """
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex'
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
"""
KEY_OF = """
CREATE FUNCTION key_of(told jsonb, names text[]) RETURNS text LANGUAGE sql STABLE
RETURN array_to_string(ARRAY(SELECT told ->> named.name FROM unnest(names) WITH ORDINALITY AS named (name, at) ORDER BY at), '/')
"""
MARK_OF = """
CREATE FUNCTION mark_of(salt bytea, recorded text, key text, before bytea, told jsonb) RETURNS bytea
LANGUAGE sql STABLE
RETURN sha256(salt || convert_to(jsonb_build_array(recorded, key, encode(before, 'hex'), jsonb_strip_nulls(told))::text, 'UTF8'))
"""
MARK_OF_REMOVAL = """
CREATE FUNCTION mark_of_removal(before bytea) RETURNS bytea LANGUAGE sql IMMUTABLE
RETURN sha256('removed '::bytea || before)
"""
# What the content of an entry must hold; NULL where nothing was written under it.
ROWS_UNDER = """
CREATE FUNCTION rows_under(asked uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $$
BEGIN
    RETURN (
        SELECT encode(sha256(string_agg(
            mark || coalesce(before, decode(repeat('00', 32), 'hex')), ''::bytea ORDER BY mark)), 'hex')
        FROM public.audit_change WHERE entry_id = asked
    );
END
$$
"""
LIST_CHANGES = f"""
CREATE FUNCTION list_changes() RETURNS trigger {STEADY}
AS $$
DECLARE
    covering uuid;
    listed bigint;
    unlisted bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO public.audit_change (table_name, key, entry_id, salt, mark)
        SELECT TG_TABLE_NAME, key, entry_id, salt, public.mark_of(salt, TG_TABLE_NAME, key, NULL, told)
        FROM (SELECT public.key_of(to_jsonb(changed), TG_ARGV) AS key, entry_id, to_jsonb(changed) AS told,
                     uuid_send(gen_random_uuid()) AS salt FROM changed) fresh;
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        WITH fresh AS MATERIALIZED (
            SELECT public.key_of(to_jsonb(changed), TG_ARGV) AS key, entry_id, to_jsonb(changed) AS told,
                   uuid_send(gen_random_uuid()) AS salt FROM changed
        ), spent AS (
            UPDATE public.audit_change c SET salt = NULL, key = encode(c.mark, 'hex')
            FROM fresh WHERE c.table_name = TG_TABLE_NAME AND c.key = fresh.key
            RETURNING fresh.*, c.mark AS before
        )
        INSERT INTO public.audit_change (table_name, key, entry_id, salt, before, mark)
        SELECT TG_TABLE_NAME, key, entry_id, salt, before, public.mark_of(salt, TG_TABLE_NAME, key, before, told)
        FROM spent;
    ELSE
        covering := nullif(current_setting('casehub.entry', true), '')::uuid;
        IF covering IS NULL AND EXISTS (SELECT FROM changed) THEN
            RAISE EXCEPTION 'DELETE of % without an audit entry', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation',
                      HINT = 'Delete within casehub.audit.stamping or recorded; in SQL, set casehub.entry to the entry''s id.';
        END IF;
        WITH spent AS (
            UPDATE public.audit_change c SET salt = NULL, key = encode(c.mark, 'hex')
            FROM (SELECT public.key_of(to_jsonb(changed), TG_ARGV) AS key FROM changed) gone
            WHERE c.table_name = TG_TABLE_NAME AND c.key = gone.key
            RETURNING c.mark AS before, public.mark_of_removal(c.mark) AS mark
        )
        INSERT INTO public.audit_change (table_name, key, entry_id, before, mark)
        SELECT TG_TABLE_NAME, encode(mark, 'hex'), covering, before, mark FROM spent;
    END IF;
    GET DIAGNOSTICS listed = ROW_COUNT;
    SELECT count(*) - listed INTO unlisted FROM changed;
    IF unlisted <> 0 THEN
        RAISE EXCEPTION '% of %: no entry lists how % of these rows came to be', TG_OP, TG_TABLE_NAME, unlisted
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'They were written past casehub: run `casehub audit verify`.';
    END IF;
    RETURN NULL;
END
$$
"""
REQUIRE_ROWS = """
CREATE FUNCTION require_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    listed text;
BEGIN
    IF NOT public.is_entry_of_this_transaction(NEW.entry_id) THEN
        RAISE EXCEPTION '% of % without an audit entry in the same transaction', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Write the entry with casehub.audit and set entry_id to it in the same transaction.';
    END IF;
    listed := public.rows_under(NEW.entry_id);
    IF listed IS NOT NULL AND listed IS DISTINCT FROM convert_from(NEW.content, 'UTF8')::json ->> 'rows' THEN
        RAISE EXCEPTION 'entry % does not name the rows that were written under it', NEW.entry_id
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Write rows within casehub.audit.stamping or recorded, and their entry when they are all flushed.';
    END IF;
    RETURN NULL;
END
$$
"""
RECORD_CHANGES = """
CREATE FUNCTION record_changes(recorded regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    names text;
    event text;
BEGIN
    SELECT string_agg(quote_literal(attname), ', ' ORDER BY array_position(indkey::int2[], attnum)) INTO names
    FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indrelid = recorded AND indisprimary;
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
        EXECUTE format(
            'CREATE TRIGGER list_changes_%s AFTER %s ON %s REFERENCING %s TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION public.list_changes(%s)',
            lower(event), event, recorded, CASE event WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END, names);
    END LOOP;
    EXECUTE format('GRANT SELECT ON %s TO casehub_scope', recorded);
END
$$
"""
# Of what is already there, under an entry that is written now: its lines begin here.
LIST_WHAT_IS_THERE = f"""
CREATE FUNCTION list_what_is_there(covering uuid) RETURNS bigint {STEADY}
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
            ' FROM (SELECT public.key_of(to_jsonb(r), $2) AS key, to_jsonb(r) AS told,'
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
LISTED_TABLES = """
CREATE FUNCTION listed_tables() RETURNS TABLE (name text, keys text[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT relname::text, ARRAY(
        SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = c.oid AND indisprimary ORDER BY array_position(indkey::int2[], attnum))
    FROM pg_class c
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'audit\\_%'
      AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'entry_id' AND NOT attisdropped)
    ORDER BY 1;
END
"""
# For `casehub audit verify`. It looks into every recorded row and tells keys and table names alone.
ROW_FINDINGS = f"""
CREATE FUNCTION row_findings() RETURNS TABLE (table_name text, key text, entry_id uuid, what text) {STEADY.replace("off", "on")}
AS $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM public.listed_tables() LOOP
        RETURN QUERY EXECUTE format(
            'SELECT $1, coalesce(r.key, c.key), coalesce(c.entry_id, r.entry_id), CASE'
            '   WHEN c.key IS NULL THEN ''unlisted'' WHEN r.key IS NULL THEN ''removed'' ELSE ''changed'' END'
            ' FROM (SELECT public.key_of(to_jsonb(t), $2) AS key, t.entry_id, to_jsonb(t) AS told FROM public.%I t) r'
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
FUNCTIONS = (
    "row_findings()", "listed_tables()", "list_what_is_there(uuid)", "record_changes(regclass)", "require_rows()",
    "list_changes()", "rows_under(uuid)", "mark_of_removal(bytea)", "mark_of(bytea, text, text, bytea, jsonb)",
    "key_of(jsonb, text[])",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "audit_change",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "key", name=op.f("pk_audit_change")),
    )
    op.create_index(op.f("ix_audit_change_entry_id"), "audit_change", ["entry_id"])
    # what a removal names must be an entry of its transaction; of other changes the row itself demands it
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT ON audit_change"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.salt IS NULL) EXECUTE FUNCTION require_entry()"
    )
    for function in (
        KEY_OF, MARK_OF, MARK_OF_REMOVAL, ROWS_UNDER, LIST_CHANGES, REQUIRE_ROWS, RECORD_CHANGES, LISTED_TABLES,
        LIST_WHAT_IS_THERE, ROW_FINDINGS,
    ):  # fmt: skip
        op.execute(function)
    op.execute("DROP TRIGGER require_entry ON audit_content")
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_rows AFTER INSERT OR UPDATE ON audit_content"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_rows()"
    )
    for table in op.get_bind().scalars(sa.text(RECORDED)).all():
        op.execute(f"SELECT record_changes('{table}')")
    op.execute("GRANT EXECUTE ON FUNCTION rows_under(uuid) TO casehub_app, casehub_eraser, casehub_auditor")
    op.execute("GRANT SELECT (entry_id, mark, before) ON audit_change TO casehub_auditor")
    _hand_over_looking()
    _list_what_is_there()


def _hand_over_looking() -> None:
    """What must see every row belongs to the role that may, and that nobody signs in as."""
    op.execute("GRANT SELECT, INSERT ON audit_change TO casehub_scope")
    for function in FUNCTIONS[-3:]:
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO casehub_scope")
    op.execute("GRANT EXECUTE ON FUNCTION listed_tables() TO casehub_scope")
    op.execute("GRANT CREATE ON SCHEMA public TO casehub_scope")
    for function in FUNCTIONS[0], FUNCTIONS[2]:
        op.execute(f"ALTER FUNCTION {function} OWNER TO casehub_scope")
    op.execute("REVOKE CREATE ON SCHEMA public FROM casehub_scope")
    op.execute("SET LOCAL ROLE casehub_scope")
    op.execute("GRANT EXECUTE ON FUNCTION row_findings() TO casehub_auditor")
    op.execute("GRANT EXECUTE ON FUNCTION list_what_is_there(uuid) TO casehub_owner")
    op.execute("RESET ROLE")


def _list_what_is_there() -> None:
    """Rows from before this are vouched for from here on, by an entry of its own."""
    bind, entry, nonce = op.get_bind(), uuid7(), secrets.token_bytes(32)
    if not bind.scalar(sa.text("SELECT list_what_is_there(:entry)"), {"entry": entry}):
        return
    rows = bind.scalar(sa.text("SELECT rows_under(:entry)"), {"entry": entry})
    now = datetime.now(UTC)
    content = json.dumps(
        {
            "id": str(entry), "at": now.isoformat(timespec="microseconds"), "event": "log.rows_listed",
            "category": "policy", "outcome": "allowed", "request": f"migration {revision}", "actor": None, "authority": None,
            "unit": None, "objects": [], "purpose": None, "basis": [], "justification": [], "recipients": [],
            "policies": [], "policy_version": None, "detail": {}, "rows": rows,
        },
        sort_keys=True, separators=(",", ":"),
    ).encode()  # fmt: skip
    values = {
        "id": entry,
        "leaf": sha256(nonce + content).digest(),
        "nonce": nonce,
        "content": content,
        "at": now,
    }
    bind.execute(sa.text("INSERT INTO audit_commitment (id, leaf) VALUES (:id, :leaf)"), values)
    bind.execute(
        sa.text(
            "INSERT INTO audit_content (entry_id, nonce, content, at, event, outcome, concerned)"
            " VALUES (:id, :nonce, :content, :at, 'log.rows_listed', 'allowed', '{}')"
        ),
        values,
    )


def downgrade() -> None:
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in op.get_bind().scalars(sa.text("SELECT name FROM listed_tables()")).all():
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER list_changes_{event} ON {table}")
        if table not in ("participant", "cases", "item", "item_grant", "recall"):
            op.execute(f"REVOKE SELECT ON {table} FROM casehub_scope")
    op.execute("DROP TRIGGER require_rows ON audit_content")
    op.execute(
        "CREATE CONSTRAINT TRIGGER require_entry AFTER INSERT OR UPDATE ON audit_content"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_entry()"
    )
    op.drop_table("audit_change")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
