"""What stands outside the tree and must agree with it: keys, orphans, recorded rows, sealed versions, files, ended grants,
destroyed compartments.

For `checking` alone.
"""

import json
from collections.abc import Iterator

from sqlalchemy import Connection, text

from casehub.audit.events import Event
from casehub.model import Base
from casehub.transparency.findings import Finding
from casehub.transparency.notes import VerifierKey

_ORPHANS = {
    "audit_content": "SELECT entry_id FROM audit_content k WHERE NOT EXISTS (SELECT FROM audit_commitment WHERE id = k.entry_id)",
    "audit_object": "SELECT DISTINCT entry_id FROM audit_object o WHERE NOT EXISTS"
    " (SELECT FROM audit_content k WHERE k.entry_id = o.entry_id)",
    "audit_change": "SELECT DISTINCT entry_id FROM audit_change o WHERE NOT EXISTS"
    " (SELECT FROM audit_commitment WHERE id = o.entry_id)",
}
_ROWS = text("SELECT table_name, key, entry_id, what FROM row_findings()")
_TOLD = {
    "changed": "is not as entry {entry} left it",
    "removed": "is gone, or an older one was put back: entry {entry} left it there",
    "unlisted": "was never written: entry {entry}, which it names, does not list it",
    "superseded": "was changed or removed since entry {entry}, and stands there again as that entry left it",
    "dropped": "was removed after entry {entry}, and no entry says so",
    "forked": "was changed after entry {entry} more than once",
    "uprooted": "was changed by entry {entry} from what no entry left",
}
_VERSIONS = text("""
    SELECT v.id, v.item_id, v.entry_id, v.sha256, sha256(v.sealed) = v.sha256 AS whole, k.content
    FROM item_version v LEFT JOIN audit_content k ON k.entry_id = v.entry_id
""").execution_options(yield_per=1_000)
_FILES = text("""
    SELECT v.id, v.item_id, v.entry_id, k.content, count(c.number) AS chunks,
        coalesce(bool_and(sha256(c.sealed) = c.sha256), true) AS whole, encode(sha256(string_agg(c.sha256, NULL ORDER BY c.number)), 'hex') AS found
    FROM item_version v JOIN audit_content k ON k.entry_id = v.entry_id
    LEFT JOIN file_chunk c ON c.item_version_id = v.id
    WHERE k.event = :event
    GROUP BY v.id, v.item_id, v.entry_id, k.content
""").execution_options(yield_per=100)
_ENDED = text("""
    SELECT g.id, g.item_id, g.entry_id, k.event, k.content, d.consent_id
    FROM item_grant g LEFT JOIN audit_content k ON k.entry_id = g.entry_id LEFT JOIN disclosure d ON d.id = g.disclosure_id
    WHERE g.ended_at IS NOT NULL
""").execution_options(yield_per=1_000)
_OUTLIVING = text("""
    SELECT g.id FROM item_grant g JOIN recall USING (item_id) JOIN item ON item.id = g.item_id
    WHERE g.ended_at IS NULL AND g.granted_to <> item.authority_id
""")
_DESTROYED = text("""
    SELECT c.id, c.entry_id, k.event, k.content
    FROM compartment c LEFT JOIN audit_content k ON k.entry_id = c.entry_id WHERE c.destroyed_at IS NOT NULL
""").execution_options(yield_per=1_000)
ENDS_GRANTS = frozenset({Event.ITEM_RECALLED, Event.CASE_ERASED})
"""Events whose entry may have ended the grants of the items it names."""
_KEYS = text("SELECT version, origin, public FROM log_key ORDER BY version")


def check_rows(connection: Connection, keys: tuple[VerifierKey, ...], erased: set[str]) -> Iterator[Finding]:
    """What of it does not agree. `erased`: entries whose content is missing as it should be."""
    for version, origin, public in connection.execute(_KEYS):
        if VerifierKey(origin, public) not in keys:
            yield Finding(f"log key {version}", "is not the key that is trusted: it was swapped")
    for table, query in _ORPHANS.items():
        for (entry,) in connection.execute(text(query)):
            yield Finding(f"entry {entry}", f"stands in {table}, and the log does not know it")
    for row in connection.execute(_ROWS):
        yield Finding(f"{row.table_name} {row.key}", _TOLD[row.what].format(entry=row.entry_id))
    yield from _unrecorded(connection)
    yield from _changed_versions(connection, erased)
    yield from _changed_files(connection)
    yield from _ended_grants(connection, erased)
    yield from _destroyed_compartments(connection, erased)


def _unrecorded(connection: Connection) -> Iterator[Finding]:
    """Recorded rows whose entry is not in the log."""
    for table in Base.metadata.sorted_tables:
        if "entry_id" in table.columns and not table.name.startswith("audit_"):
            missing = text(
                f"SELECT entry_id, count(*) FROM {table.name} r"  # noqa: S608 (a name of the model's own)
                " WHERE NOT EXISTS (SELECT FROM audit_commitment WHERE id = r.entry_id) GROUP BY entry_id"
            )
            for entry, count in connection.execute(missing):
                yield Finding(
                    f"{count} of {table.name}", f"changed by entry {entry}, which the log does not know"
                )


def _changed_versions(connection: Connection, erased: set[str]) -> Iterator[Finding]:
    """Sealed versions that are not what the entry of their writing says was written."""
    for row in connection.execute(_VERSIONS):
        where = f"item version {row.id}"
        if not row.whole:
            yield Finding(where, "its ciphertext is not what its own hash says")
        if row.content is not None:
            if (str(row.item_id), row.sha256.hex()) not in _written(row.content):
                yield Finding(where, f"entry {row.entry_id} of its writing names another ciphertext")
        elif str(row.entry_id) not in erased:
            yield Finding(where, f"entry {row.entry_id} of its writing is gone")


def _changed_files(connection: Connection) -> Iterator[Finding]:
    """Files whose chunks are not those that the entry of their writing names."""
    for row in connection.execute(_FILES, {"event": Event.FILE_WRITTEN}):
        where = f"file of item version {row.id}"
        if not row.whole:
            yield Finding(where, "a chunk is not what its own hash says")
        if str(row.item_id) in _named(row.content, "file") and (str(row.chunks), row.found) != _chunks(
            row.content
        ):
            yield Finding(where, f"entry {row.entry_id} of its writing names other chunks")


def _ended_grants(connection: Connection, erased: set[str]) -> Iterator[Finding]:
    """Grants that were ended without an entry that says so, and those that a recall should have ended."""
    for row in connection.execute(_ENDED):
        if row.content is None:
            if str(row.entry_id) not in erased:
                yield Finding(f"grant {row.id}", f"was ended, and entry {row.entry_id} of its ending is gone")
        elif str(row.consent_id) in _named(row.content, "consent"):
            continue  # it ended with the consent it was given on
        elif row.event not in ENDS_GRANTS or str(row.item_id) not in _named(row.content):
            yield Finding(f"grant {row.id}", f"was ended, and entry {row.entry_id} does not say so")
    for (grant,) in connection.execute(_OUTLIVING):
        yield Finding(f"grant {grant}", "still opens an item that was recalled")


def _destroyed_compartments(connection: Connection, erased: set[str]) -> Iterator[Finding]:
    """Compartments that were destroyed without an entry that says so."""
    for row in connection.execute(_DESTROYED):
        if row.content is None:
            if str(row.entry_id) not in erased:
                yield Finding(
                    f"compartment {row.id}", f"was destroyed, and entry {row.entry_id} of it is gone"
                )
        elif row.event != Event.CASE_ERASED or str(row.id) not in _named(row.content):
            yield Finding(f"compartment {row.id}", f"was destroyed, and entry {row.entry_id} does not say so")


def _named(content: bytes, kind: str | None = None) -> set[str]:
    """Ids of what the entry names (of that kind)."""
    try:
        return {ref["id"] for ref in json.loads(content)["objects"] if kind in {None, ref["kind"]}}
    except (ValueError, KeyError, TypeError):
        return set()


def _chunks(content: bytes) -> tuple[str, str] | None:
    try:
        detail = json.loads(content)["detail"]
        return detail["chunks"], detail["chunks_sha256"]
    except (ValueError, KeyError, TypeError):
        return None


def _written(content: bytes) -> set[tuple[str, str]]:
    try:
        return {(ref["id"], ref["sha256"]) for ref in json.loads(content)["objects"]}
    except (ValueError, KeyError, TypeError):
        return set()
