"""Whether a content is what its entry committed to, and what erasures a content tells of.

An erasure is an entry that names the erased commitments: content that is missing is in order where one names it, and
a broken log where none does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from casehub.transparency.findings import Finding, at_position

NONCE_BYTES = 32
ERASED_EVENT = "log.content_erased"
ERASED_KIND = "entry"


def commitment_to(nonce: bytes, content: bytes) -> bytes:
    """SHA-256(nonce || content)."""
    return sha256(nonce + content).digest()


def check_content(
    *, position: int, entry: str, commitment: bytes, nonce: bytes, content: bytes
) -> tuple[Mapping[str, Any], Finding | None]:
    """A content's fields, and what is wrong with it; no fields where it is not what was committed to."""
    where = at_position(position, entry)
    if len(nonce) != NONCE_BYTES or sha256(nonce + content).digest() != commitment:
        return {}, Finding(where, "its content is not what it committed to: it was changed")
    try:
        fields = json.loads(content)
        known = fields["id"]
    except (ValueError, KeyError, TypeError):
        return {}, Finding(where, "its content is no entry")
    if known != entry:
        return fields, Finding(where, f"its content is that of entry {known}")
    return fields, None


@dataclass(slots=True)
class ContentLedger:
    """Which contents are missing, and which of them an entry says were erased."""

    erased: dict[str, str] = field(default_factory=dict)
    missing: list[tuple[int, str, bytes]] = field(default_factory=list)

    def note(self, fields: Mapping[str, Any]) -> None:
        """Take in what an entry's content tells of erasures."""
        if fields.get("event") == ERASED_EVENT and fields.get("outcome") == "allowed":
            for ref in fields["objects"]:
                if ref["kind"] == ERASED_KIND and ref["sha256"]:
                    self.erased[ref["sha256"]] = ref["id"]

    def miss(self, position: int, entry: str, commitment: bytes) -> None:
        """An entry without content. `entry` may be '' where it is not known."""
        self.missing.append((position, entry, commitment))

    def findings(self) -> list[Finding]:
        """What is missing and nowhere said to be erased."""
        return [
            Finding(
                at_position(position, entry), "its content is missing, and no entry says that it was erased"
            )
            for position, entry, commitment in self.missing
            if self.erased.get(commitment.hex(), None) is None
            or (entry and self.erased[commitment.hex()] != entry)
        ]
