"""docs/events.md: every event the log can hold, and the fields of an entry."""

import json
from datetime import UTC, datetime
from uuid import UUID

from casehub.audit import Entry, Event, Outcome
from rendering.tables import table

# what each field of an entry's content says; a field that is missing here, or here alone, stops the generator
FIELDS = {
    "id": "Id of the entry (UUIDv7), also the id of its commitment.",
    "at": "When, UTC, to the microsecond: the clock of the unit of work.",
    "event": "What happened, from the table above.",
    "category": "The event's category.",
    "outcome": "`allowed`, `refused` (the attempt of someone who may not) or `failed` (a sealed item did not open).",
    "request": "Id of the request or of the job's unit of work: entries with the same one belong together.",
    "actor": "Id of the member of staff; null for the system, and for a sign-in under a login nobody has.",
    "authority": "The actor's authority; null when it is not known.",
    "unit": "The actor's unit.",
    "objects": "All it names, list and search hits included: `kind`, `id`, `case`, `authority` (whose data it is) and, for "
    "what was written, `sha256` of the ciphertext.",
    "purpose": "The network's purpose a disclosure was made for.",
    "basis": "Ids of the legal bases a disclosure was made on.",
    "justification": "Ids of the sealed necessity notes; their text is no part of the log.",
    "recipients": "Authorities something was disclosed to, or taken back from.",
    "policies": "`@id`s of the access policies that allowed it or refused it; empty when nothing permitted it.",
    "policy_version": "SHA-256 of the access policies that decided.",
    "detail": "What else is needed to understand it, e.g. why a sign-in was refused.",
    "rows": "SHA-256 over what was listed under it in `audit_change` (mark and the mark before it, in the order of marks); null where it wrote no row.",
}


def render_events() -> str:
    """The page."""
    keys = json.loads(_sample().content()).keys()
    if keys != FIELDS.keys():
        raise LookupError(f"describe in {__name__}.FIELDS: {sorted(keys ^ FIELDS.keys())}")
    events = [(f"`{event.value}`", event.category.value, event.text) for event in Event]
    return f"""# What the log holds

Generated from `casehub/audit/events.py` and `entries.py` with `make docs`; change the code, not the page.

Events are past tense. A refused attempt is the same event with the outcome `refused`. The categories are those of
EU 2016/680 art. 25, and what a reviewer must be able to find besides.

{table(("event", "category", "what a reviewer reads"), events)}

## An entry

The content is RFC 8785 JSON, kept as the very bytes that were hashed; its leaf is SHA-256(nonce || content). No case
content ever stands in an entry: ids, kinds and hashes only.

{table(("field", "what it says"), [(f"`{key}`", FIELDS[key]) for key in FIELDS])}
"""


def _sample() -> Entry:
    return Entry(UUID(int=0), datetime(2026, 1, 1, tzinfo=UTC), Event.CASE_READ, Outcome.ALLOWED, "")
