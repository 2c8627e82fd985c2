"""Checking the log where it lies, as the auditor: tree, checkpoints, contents, and every row that names an entry.

All of it in one snapshot, in order and a batch at a time; what is found is collected, not raised. The columns beside a
content are compared with it, since searches believe them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from casehub.audit.rows import check_rows
from casehub.transparency.contents import ContentLedger, check_content
from casehub.transparency.findings import Finding, Report, RootCheck, Stated, at_position, open_all
from casehub.transparency.notes import VerifierKey, signature_line
from casehub.transparency.tree import leaf_hash
from casehub.transparency.trust import NOBODY, Trust
from casehub.transparency.witnessed import check_witnesses

Progress = Callable[[int, int], None]
AT_A_TIME = 2_000

_LEAVES = text("""
    SELECT l.position, l.commitment_id, l.leaf, c.leaf AS commitment, k.nonce, k.content, k.at, k.actor_id, k.authority_id,
           k.unit_id, k.event, k.outcome, k.concerned,
           (SELECT encode(sha256(string_agg(mark || coalesce(before, decode(repeat('00', 32), 'hex')), '' ORDER BY mark)), 'hex')
            FROM audit_change WHERE entry_id = l.commitment_id) AS written
    FROM audit_leaf l
    LEFT JOIN audit_commitment c ON c.id = l.commitment_id
    LEFT JOIN audit_content k ON k.entry_id = l.commitment_id
    ORDER BY l.position
""").execution_options(yield_per=AT_A_TIME)
_OBJECTS = text("""
    SELECT entry_id, position, case_id, authority_id, kind, object_id FROM audit_object
    WHERE entry_id = ANY (:entries) ORDER BY entry_id, position
""")
_CHECKPOINTS = text("SELECT size, root, note FROM audit_checkpoint ORDER BY size")
_COSIGNATURES = text(
    "SELECT size, witness, key_id, signature FROM audit_cosignature ORDER BY size, witness, key_id"
)
_NODES = text("SELECT level, number, hash FROM audit_node ORDER BY level, number")
_TOTAL = text("SELECT coalesce(max(position) + 1, 0) FROM audit_leaf")


def check_log(
    connection: Connection,
    *,
    keys: tuple[VerifierKey, ...],
    witnessed: Iterable[tuple[str, str]] = (),
    trust: Trust = NOBODY,
    now: datetime | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """Check everything against `keys`, the log's trusted public keys, and `witnessed`: (where, note) that others hold.

    `trust`: whose cosignatures count; none is from later than `now`, the system's time unless given.
    The connection's role must see all contents (casehub_auditor). Run it in a REPEATABLE READ transaction.
    """
    findings: list[Finding] = []
    stated = _stated(connection, keys, findings)
    held = open_all(witnessed, keys, findings)
    cosigned = check_witnesses(stated, held, trust=trust, now=now or datetime.now(UTC), findings=findings)
    check = RootCheck([*stated, *held], findings)
    ledger, contents = ContentLedger(), 0
    total = connection.execute(_TOTAL).scalar_one()
    for rows in connection.execute(_LEAVES).partitions(AT_A_TIME):
        objects = _objects(connection, [row.commitment_id for row in rows])
        for row in rows:
            _check_gap(row, check, findings)
            check.add(row.leaf)
            contents += _check_entry(row, objects.get(row.commitment_id, []), ledger, findings)
        progress(min(check.size, total), total)
    check.finish()
    _check_nodes(connection, check, findings)
    findings += ledger.findings()
    erased = {
        entry for _, entry, commitment in ledger.missing if ledger.erased.get(commitment.hex()) == entry
    }
    findings += check_rows(connection, keys, erased)
    newest = stated[-1].checkpoint.size if stated else 0
    if total and not stated:
        findings.append(Finding("checkpoints", f"no checkpoint that holds covers any of the {total} entries"))
    waiting = max(0, total - newest) + _unnumbered(connection, findings)
    return Report(total, len(stated), contents, waiting, tuple(findings), cosigned)


def _stated(connection: Connection, keys: tuple[VerifierKey, ...], findings: list[Finding]) -> list[Stated]:
    """The log's own checkpoints, with the cosignatures kept for them."""
    lines: dict[int, str] = {}
    for size, witness, key_id, signature in connection.execute(_COSIGNATURES):
        lines[size] = lines.get(size, "") + signature_line(witness, key_id, signature)
    rows = connection.execute(_CHECKPOINTS).all()
    notes = ((f"checkpoint of {row.size}", row.note + lines.get(row.size, "")) for row in rows)
    opened = open_all(notes, keys, findings)
    findings += [
        Finding(f"checkpoint of {size}", "is gone, and was cosigned")
        for size in sorted(lines.keys() - {row.size for row in rows})
    ]
    columns = {f"checkpoint of {row.size}": (row.size, row.root) for row in rows}
    findings += [
        Finding(each.where, "its row says something else than its signed note")
        for each in opened
        if columns[each.where] != (each.checkpoint.size, each.checkpoint.root)
    ]
    return opened


def _check_gap(row: Row[Any], check: RootCheck, findings: list[Finding]) -> None:
    """Positions are told once: after the first that is wrong all are."""
    if row.position != check.size and not any(finding.where == "positions" for finding in findings):
        told = (
            f"entry {check.size} of the log stands at position {row.position}: one is gone, or one too many"
        )
        findings.append(Finding("positions", told))


def _check_entry(
    row: Row[Any], objects: Sequence[Row[Any]], ledger: ContentLedger, findings: list[Finding]
) -> bool:
    """Check one leaf with its commitment and content; whether there is a content."""
    where = at_position(row.position, row.commitment_id)
    if row.commitment is None:
        findings.append(Finding(where, "its commitment is gone"))
        return False
    if leaf_hash(row.commitment) != row.leaf:
        findings.append(Finding(where, "its leaf is not the hash of its commitment"))
    if row.content is None:
        ledger.miss(row.position, str(row.commitment_id), row.commitment)
        return False
    fields, wrong = check_content(
        position=row.position,
        entry=str(row.commitment_id),
        commitment=row.commitment,
        nonce=row.nonce,
        content=row.content,
    )
    if wrong:
        findings.append(wrong)
        return True
    ledger.note(fields)
    findings += [
        Finding(where, f"its column {name} is not what its content says") for name in _differing(row, fields)
    ]
    if [tuple(each)[1:] for each in objects] != list(_objects_of(fields)):
        findings.append(Finding(where, "its rows in audit_object are not the objects its content names"))
    if row.written != fields.get("rows"):
        findings.append(Finding(where, "the changes listed under it are not those its content names"))
    return True


def _differing(row: Row[Any], fields: Mapping[str, Any]) -> Iterator[str]:
    expected = {
        "at": datetime.fromisoformat(fields["at"]),
        "actor_id": _uuid(fields["actor"]),
        "authority_id": fields["authority"],
        "unit_id": fields["unit"],
        "event": fields["event"],
        "outcome": fields["outcome"],
        "concerned": _concerned(fields),
    }
    return (name for name, value in expected.items() if getattr(row, name) != value)


def _concerned(fields: Mapping[str, Any]) -> list[str]:
    """As `Entry.concerned` derives it."""
    owners = {ref["authority"] for ref in fields["objects"] if ref["authority"]}
    return sorted((owners | set(fields["recipients"])) - {fields["authority"]})


def _objects_of(fields: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for position, ref in enumerate(fields["objects"]):
        yield position, _uuid(ref["case"]), ref["authority"], ref["kind"], ref["id"]


def _objects(connection: Connection, entries: list[UUID]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = {}
    for row in connection.execute(_OBJECTS, {"entries": entries}).all():
        found.setdefault(row.entry_id, []).append(row)
    return found


def _check_nodes(connection: Connection, check: RootCheck, findings: list[Finding]) -> None:
    """Kept subtree hashes are what the leaves give; one that is missing will be made when the next is signed."""
    for level, number, kept in connection.execute(_NODES):
        there = check.nodes.get(level, [])
        if number >= len(there) or there[number] != kept:
            findings.append(
                Finding(f"subtree {number} of level {level}", "its hash is not that of its entries")
            )


_UNNUMBERED = text("""
    SELECT c.id, c.txid < (SELECT last.txid FROM audit_leaf JOIN audit_commitment last ON last.id = commitment_id
                           ORDER BY position DESC LIMIT 1) AS passed_over
    FROM audit_commitment c WHERE NOT EXISTS (SELECT FROM audit_leaf WHERE commitment_id = c.id)
""")


def _unnumbered(connection: Connection, findings: list[Finding]) -> int:
    """Entries without a number: those still to come are counted, those that were passed over are wrong."""
    waiting = 0
    for entry, passed_over in connection.execute(_UNNUMBERED):
        if passed_over:
            findings.append(Finding(f"entry {entry}", "has no place in the tree, and later ones have"))
        else:
            waiting += 1
    return waiting


def _uuid(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
