"""Writing one entry: the bytes that are hashed, their nonce, and the commitment to both.

Content is RFC 8785 JSON; the leaf is SHA-256(nonce || content), so the commitments hold no personal data and
content can be erased later. No case content ever enters an entry: ids, kinds and hashes only.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import insert
from sqlalchemy.orm import Session

from casehub.audit.events import Event
from casehub.model import AuditCommitment, AuditContent, AuditObject

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

    def content(self) -> bytes:
        """The bytes that are hashed and kept: RFC 8785 JSON."""
        return rfc8785.dumps(
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
            }
        )


def append_entry(session: Session, entry: Entry) -> None:
    """Insert the entry in the session's transaction; it counts only once that transaction is committed."""
    content = entry.content()
    nonce = secrets.token_bytes(NONCE_BYTES)
    connection = session.connection()
    connection.execute(_COMMITMENT, {"id": entry.id, "leaf": hashlib.sha256(nonce + content).digest()})
    connection.execute(
        _CONTENT,
        {
            "entry_id": entry.id,
            "nonce": nonce,
            "content": content,
            "at": entry.at,
            "actor_id": entry.actor_id,
            "authority_id": entry.authority,
            "unit_id": entry.unit,
            "event": entry.event.value,
            "outcome": entry.outcome.value,
            "concerned": entry.concerned,
        },
    )
    if entry.objects:
        connection.execute(
            _OBJECT, [_object_row(entry.id, position, ref) for position, ref in enumerate(entry.objects)]
        )


# Core, and built once: every read pays for its entry, and building a statement costs more than sending it.
_COMMITMENT = insert(AuditCommitment)
_CONTENT = insert(AuditContent)
_OBJECT = insert(AuditObject)


def _object_row(entry_id: UUID, position: int, ref: ObjectRef) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "position": position,
        "case_id": ref.case_id,
        "authority_id": ref.authority,
        "kind": ref.kind,
        "object_id": ref.id,
    }


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
