"""An entry as an event of the Open Cybersecurity Schema Framework (schema.ocsf.io), as a SIEM reads it.

Every event of the log has its class and activity by its category; `BY_EVENT` says which events are more than that. What
stands in an entry stands here, ids and kinds, and nothing else; nothing about a citizen is an `observable`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from casehub.audit.entries import Outcome
from casehub.audit.events import Category, Event

OCSF_VERSION = "1.8.0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRODUCT = {"name": "casehub", "vendor_name": "casehub"}
_SERVICE = {"name": "casehub"}
_OTHER = 99  # an activity, user or entity that the schema has no number for


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of events and an activity in it, by their numbers and captions."""

    class_uid: int
    class_name: str
    activity_id: int
    activity_name: str


def _access(activity_id: int, name: str) -> Kind:
    return Kind(6001, "Web Resources Activity", activity_id, name)


def _authentication(activity_id: int, name: str) -> Kind:
    return Kind(3002, "Authentication", activity_id, name)


def _entity(activity_id: int, name: str) -> Kind:
    return Kind(3004, "Entity Management", activity_id, name)


BY_CATEGORY: Mapping[Category, Kind] = {
    Category.COLLECTION: _access(1, "Create"),
    Category.ALTERATION: _access(3, "Update"),
    Category.CONSULTATION: _access(2, "Read"),
    Category.DISCLOSURE: _access(8, "Share"),
    Category.COMBINATION: _access(_OTHER, "Combine"),
    Category.ERASURE: _access(4, "Delete"),
    Category.SEARCH: _access(5, "Search"),
    Category.LIST: _access(2, "Read"),
    Category.LOGIN: _authentication(_OTHER, "Other"),
    Category.POLICY: _entity(3, "Update"),
    Category.KEY: _entity(3, "Update"),
}
BY_EVENT: Mapping[Event, Kind] = {
    Event.LOG_EXPORTED: _access(7, "Export"),
    Event.SIGNED_IN: _authentication(1, "Logon"),
    Event.SIGNED_OUT: _authentication(2, "Logoff"),
    Event.STAFF_ADDED: Kind(3001, "Account Change", 1, "Create"),
    Event.KEYS_CREATED: _entity(1, "Create"),
    Event.KEYS_READ: _entity(2, "Read"),
    Event.KEYSTORE_FAILED: _entity(2, "Read"),
    Event.KEYS_RETIRED: _entity(11, "Deactivate"),
    Event.DEFINITIONS_ACTIVATED: _entity(10, "Activate"),
}
_CATEGORIES = {3: "Identity & Access Management", 6: "Application Activity"}
_SEVERITY = {Outcome.ALLOWED: 1, Outcome.REFUSED: 3, Outcome.FAILED: 4}  # informational, medium, high
_UNMAPPED = (
    "category", "purpose", "basis", "justification", "recipients", "policies", "policy_version", "detail", "objects",
)  # fmt: skip


def ocsf_event(position: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The entry at `position`, from the fields of its content. `time`: milliseconds since 1970, UTC."""
    event, outcome = Event(fields["event"]), Outcome(fields["outcome"])
    kind = BY_EVENT.get(event) or BY_CATEGORY[event.category]
    category_uid = kind.class_uid // 1000
    return {
        "category_uid": category_uid,
        "category_name": _CATEGORIES[category_uid],
        "class_uid": kind.class_uid,
        "class_name": kind.class_name,
        "activity_id": kind.activity_id,
        "activity_name": kind.activity_name,
        "type_uid": kind.class_uid * 100 + kind.activity_id,
        "time": (datetime.fromisoformat(fields["at"]) - _EPOCH) // timedelta(milliseconds=1),
        "severity_id": _SEVERITY[outcome],
        "status_id": 1 if outcome == Outcome.ALLOWED else 2,
        "status_detail": outcome.value,
        "message": event.text,
        "actor": {"user": _user(fields), "app_name": "casehub"},
        "metadata": {
            "version": OCSF_VERSION,
            "profiles": ["host"],  # the actor comes with it
            "product": _PRODUCT,
            "uid": fields["id"],
            "sequence": position,
            "correlation_uid": fields["request"],
            "event_code": event.value,
        },
        **_subject(kind, fields),
        "unmapped": {name: fields[name] for name in _UNMAPPED if fields[name]},
    }


def _user(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Who acted; the service itself where nobody is named."""
    if fields["actor"] is None:
        user: dict[str, Any] = {"name": "system", "type_id": 3}
    else:
        user = {"uid": fields["actor"], "type_id": 1}
    if fields["authority"] is not None:
        user["org"] = {"uid": fields["authority"]}
        if fields["unit"] is not None:
            user["org"]["ou_uid"] = fields["unit"]
    return user


def _subject(kind: Kind, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What it was done to, as the class wants it said."""
    objects: Sequence[Mapping[str, Any]] = fields["objects"]
    match kind.class_uid:
        case 6001:
            return {"web_resources": [_resource(ref) for ref in objects] or [_SERVICE]}
        case 3002:
            unknown = {"name": "unknown", "type_id": 0}
            return {"user": _account(objects) or unknown, "service": _SERVICE}
        case 3001:
            return {"user": _account(objects) or {"name": "unknown", "type_id": 0}}
        case _:
            first = objects[0] if objects else {"id": "casehub", "kind": "service"}
            return {"entity": {"uid": first["id"], "type": first["kind"], "type_id": _OTHER}}


def _resource(ref: Mapping[str, Any]) -> dict[str, Any]:
    told = {"uid": ref["id"], "type": ref["kind"]}
    where = {name: ref[name] for name in ("case", "authority") if ref[name]}
    return {**told, "data": where} if where else told


def _account(objects: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    for ref in objects:
        if ref["kind"] == "staff":
            return {
                "uid": ref["id"],
                "type_id": 1,
                **({"org": {"uid": ref["authority"]}} if ref["authority"] else {}),
            }
    return None
