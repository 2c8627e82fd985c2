"""Writing one entry: the bytes that are hashed, their nonce, and the commitment to both.

Content is RFC 8785 JSON; the leaf is SHA-256(nonce || content), so the commitments hold no personal data and
content can be erased later. No case content ever enters an entry: ids, kinds and hashes only.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from casehub.audit.events import Event
from casehub.model.sending import send

NONCE_BYTES = 32


class Outcome(StrEnum):
    """What became of it."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One thing an entry names. `authority`: whose data it is. `sha256`: of the ciphertext, for written versions."""

    kind: str
    id: str
    case_id: UUID | None = None
    authority: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry (EU 2016/680 art. 25). `justification`: id of the sealed necessity note; `concerned` is derived."""

    id: UUID
    at: datetime
    event: Event
    outcome: Outcome
    request_id: str
    actor_id: UUID | None = None
    authority: str | None = None
    unit: str | None = None
    objects: tuple[ObjectRef, ...] = ()
    purpose: str | None = None
    basis: tuple[str, ...] = ()
    justification: tuple[UUID, ...] = ()
    recipients: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    policy_version: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)

    @property
    def concerned(self) -> list[str]:
        """Authorities whose data it touches or who receive, besides the actor's own."""
        owners = {ref.authority for ref in self.objects if ref.authority}
        return sorted((owners | set(self.recipients)) - {self.authority})

    def content(self, rows: str | None = None) -> bytes:
        """The bytes that are hashed and kept: RFC 8785 JSON. `rows`: the digest of the rows written under the entry."""
        return _canonical(
            {
                "id": str(self.id),
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "event": self.event.value,
                "category": self.event.category.value,
                "outcome": self.outcome.value,
                "request": self.request_id,
                "actor": _text(self.actor_id),
                "authority": self.authority,
                "unit": self.unit,
                "objects": [_object(ref) for ref in self.objects],
                "purpose": self.purpose,
                "basis": list(self.basis),
                "justification": [str(item) for item in self.justification],
                "recipients": list(self.recipients),
                "policies": list(self.policies),
                "policy_version": self.policy_version,
                "detail": dict(self.detail),
                "rows": rows,
            }
        )


def append_entry(session: Session, entry: Entry) -> None:
    """Insert the entry in the session's transaction; it counts only once that transaction is committed.

    What was written under it is flushed before: the entry names it. Never within a savepoint: the database takes an entry
    of one for another transaction's.
    """
    connection = session.connection()
    writes = session.info.get("entry_id") == entry.id
    content = entry.content(_rows_under(connection, entry.id) if writes else None)
    nonce = secrets.token_bytes(NONCE_BYTES)
    values = {
        "id": entry.id,
        "leaf": hashlib.sha256(nonce + content).digest(),
        "nonce": nonce,
        "content": content,
        "concerned": entry.concerned,
    }
    send(connection, _APPEND, values)


def _rows_under(connection: Connection, entry_id: UUID) -> str | None:
    """The database listed each row that changed: the digest of that list. It refuses an entry that leaves it out."""
    digest: str | None = connection.exec_driver_sql("SELECT rows_under(%s)", (entry_id,)).scalar()
    return digest


# One statement, sent as it is: every read pays for its entry, and each message to the database costs more than the rows.
# What searches believe is taken from the very bytes that were hashed.
_APPEND = """
    WITH commitment AS (
        INSERT INTO audit_commitment (id, leaf) VALUES (%(id)s, %(leaf)b)
    ), told AS (
        SELECT * FROM json_to_record(convert_from(%(content)b, 'UTF8')::json)
            AS told (at timestamptz, actor uuid, authority text, unit text, event text, outcome text, objects json)
    ), content AS (
        INSERT INTO audit_content
            (entry_id, nonce, content, at, actor_id, authority_id, unit_id, event, outcome, concerned)
        SELECT %(id)s, %(nonce)b, %(content)b, at, actor, authority, unit, event, outcome, %(concerned)s FROM told
    )
    INSERT INTO audit_object (entry_id, position, case_id, authority_id, kind, object_id)
    SELECT %(id)s, named.position - 1, named."case", named.authority, named.kind, named.id
    FROM told, ROWS FROM (json_to_recordset(told.objects) AS ("case" uuid, authority text, kind text, id text))
        WITH ORDINALITY AS named ("case", authority, kind, id, position)
"""


def _canonical(fields: Mapping[str, Any]) -> bytes:
    """RFC 8785 JSON of text, lists and mappings with ASCII names: for these the library's encoder writes the same bytes."""
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _object(ref: ObjectRef) -> dict[str, Any]:
    return {
        "kind": ref.kind,
        "id": ref.id,
        "case": _text(ref.case_id),
        "authority": ref.authority,
        "sha256": ref.sha256,
    }


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
