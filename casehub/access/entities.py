"""Actors and resources as Cedar's JSON entities, shaped as `policies/access/schema.cedarschema` says.

Attributes only, never content. Two different resources with one id are refused: a decision must not be about the
wrong one. Called by `access.policies` alone.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from casehub.access.actor import Actor
from casehub.access.resources import (
    ApprovalResource,
    AuthorityResource,
    CaseResource,
    ConsentResource,
    DecisionResource,
    DisclosureResource,
    EmployeeResource,
    ExclusionResource,
    ForumResource,
    ItemResource,
    MeetingResource,
    PostResource,
    Resource,
    ReviewResource,
    StepResource,
    WheelTaskResource,
)

Uid = dict[str, str]
Entity = dict[str, Any]
_TYPES: dict[type[Resource], str] = {
    CaseResource: "Case",
    StepResource: "Step",
    ItemResource: "Item",
    ExclusionResource: "Exclusion",
    DisclosureResource: "Disclosure",
    ConsentResource: "Consent",
    ApprovalResource: "Approval",
    ReviewResource: "Review",
    MeetingResource: "Meeting",
    DecisionResource: "Decision",
    WheelTaskResource: "WheelTask",
    ForumResource: "Forum",
    PostResource: "Post",
    EmployeeResource: "Employee",
    AuthorityResource: "Authority",
}


def actor_uid(actor: Actor) -> Uid:
    """Name the actor to Cedar; the system acts once per authority and is no member of staff."""
    if actor.staff_id is None:
        return _uid("Actor", f"system:{actor.authority}")
    return _staff_uid(actor.staff_id)


def resource_uid(resource: Resource) -> Uid:
    """Name the resource to Cedar."""
    return _uid(_TYPES[type(resource)], str(resource.id))


def actor_entity(actor: Actor) -> Entity:
    """Describe the actor: role, authority and the keys of today's duties."""
    return {
        "uid": actor_uid(actor),
        "attrs": {
            "role": _uid("Role", actor.role.value),
            "authority": _uid("Authority", actor.authority),
            "authority_kind": actor.authority_kind,
            "unit": actor.unit,
            "contact_keys": sorted(actor.contact_keys),
            "coordinator_keys": sorted(actor.coordinator_keys),
            "leader_keys": sorted(actor.leader_keys),
            "has_assignments": actor.has_assignments,
            "broken": sorted(
                (_uid("Case", str(glass.case_id)) for glass in actor.broken), key=lambda uid: uid["id"]
            ),
            "absent": actor.absent,
            "keeps_contacts": actor.keeps_contacts,
        },
        "parents": [],
    }


def actor_entities(actors: Iterable[Actor]) -> list[Entity]:
    """Describe the actors, each once. ValueError if two that differ share an id."""
    return _each_once(actor_entity(actor) for actor in dict.fromkeys(actors))


def resource_entities(resources: Iterable[Resource]) -> list[Entity]:
    """Describe the resources and the cases they belong to, each once. ValueError if two that differ share an id."""
    return _each_once(entity for resource in dict.fromkeys(resources) for entity in _with_case(resource))


def _each_once(entities: Iterable[Entity]) -> list[Entity]:
    found: dict[tuple[str, str], Entity] = {}
    for entity in entities:
        uid = entity["uid"]
        if found.setdefault((uid["type"], uid["id"]), entity) != entity:
            raise ValueError(f"two that differ are both {uid['type']} {uid['id']}")
    return list(found.values())


def _with_case(resource: Resource) -> list[Entity]:
    case = getattr(resource, "case", None)
    return [_DESCRIBED[type(resource)](resource), *([_case_entity(case)] if case else [])]


def _case_entity(case: CaseResource) -> Entity:
    attributes = {
        "network": case.network,
        "state": _uid("CaseState", case.state or "unknown"),
        "authorities": _authorities(case.authorities),
        "participant_keys": sorted(case.participant_keys),
        "coordinator_key": case.coordinator_key,
        "erased_by": _authorities(case.erased_by),
        "assigned": [_staff_uid(staff) for staff in sorted(case.assigned)],
        "excluded": [_staff_uid(staff) for staff in sorted(case.excluded)],
    }
    return _entity(case, attributes | _responsible(case.responsible_authority))


def _step_entity(step: StepResource) -> Entity:
    attributes = {
        "case": resource_uid(step.case),
        "state": _uid("StepState", step.state),
        "effect": step.effect,
        "by_coordinator": step.by_coordinator,
        "extended_by": sorted(step.extended_by),
        "suspended_by": sorted(step.suspended_by),
        "transferable": step.transferable,
    }
    return _entity(step, attributes | _responsible(step.responsible_authority))


def _item_entity(item: ItemResource) -> Entity:
    attributes = {
        "case": resource_uid(item.case),
        "kind": item.kind,
        "owner": _uid("Authority", item.owner),
        "granted_to": _authorities(item.granted_to),
    }
    return _entity(item, attributes)


def _exclusion_entity(exclusion: ExclusionResource) -> Entity:
    attributes = {
        "case": resource_uid(exclusion.case),
        "staff": _staff_uid(exclusion.staff),
        "authority": _uid("Authority", exclusion.authority),
    }
    return _entity(exclusion, attributes)


def _disclosure_entity(disclosure: DisclosureResource) -> Entity:
    attributes = {
        "case": resource_uid(disclosure.case),
        "giver": _uid("Authority", disclosure.giver),
        "recipient": _uid("Authority", disclosure.recipient),
        "purpose": _uid("Purpose", disclosure.purpose),
        "lawful": disclosure.lawful,
        "consented": disclosure.consented,
        "giver_agreed": disclosure.giver_agreed,
        "recipient_agreed": disclosure.recipient_agreed,
    }
    return _entity(disclosure, attributes)


def _consent_entity(consent: ConsentResource) -> Entity:
    attributes = {"case": resource_uid(consent.case), "authorities": _authorities(consent.authorities)}
    return _entity(consent, attributes)


def _approval_entity(approval: ApprovalResource) -> Entity:
    attributes = {
        "authority": _uid("Authority", approval.authority),
        "kind": _uid("ApprovalKind", approval.kind),
        "asked_by": _staff_uid(approval.asked_by),
    }
    return _entity(approval, attributes | ({"case": resource_uid(approval.case)} if approval.case else {}))


def _review_entity(review: ReviewResource) -> Entity:
    attributes: Entity = {
        "authority": _uid("Authority", review.authority),
        "subject": _staff_uid(review.subject),
    }
    decided = {"concluded_by": _staff_uid(review.concluded_by)} if review.concluded_by else {}
    return _entity(review, attributes | decided)


def _meeting_entity(meeting: MeetingResource) -> Entity:
    attributes = {
        "authority": _uid("Authority", meeting.authority),
        "coordinator_key": meeting.coordinator_key,
        "invited": [_staff_uid(staff) for staff in sorted(meeting.invited)],
    }
    return _entity(meeting, attributes)


def _decision_entity(decision: DecisionResource) -> Entity:
    attributes = {"case": resource_uid(decision.case), "owner": _uid("Authority", decision.owner)}
    return _entity(decision, attributes)


def _wheel_entity(task: WheelTaskResource) -> Entity:
    attributes = {
        "authority": _uid("Authority", task.authority),
        "unit": task.unit,
        "forum_key": task.forum_key,
        "readers": _authorities(task.readers),
    }
    return _entity(task, attributes)


def _forum_entity(forum: ForumResource) -> Entity:
    attributes: Entity = {
        "member_units": sorted(forum.member_units),
        "secretary_unit": forum.secretary_unit,
        "approver_units": sorted(forum.approver_units),
    }
    written = {"written_by": _staff_uid(forum.written_by)} if forum.written_by else {}
    return _entity(forum, attributes | written)


def _post_entity(post: PostResource) -> Entity:
    attributes: Entity = {
        "authority": _uid("Authority", post.authority),
        "partners": _authorities(post.partners),
    }
    return _entity(post, attributes | ({"person": _staff_uid(post.person)} if post.person else {}))


def _employee_entity(employee: EmployeeResource) -> Entity:
    attributes = {"authority": _uid("Authority", employee.authority), "person": _staff_uid(employee.id)}
    return _entity(employee, attributes)


def _entity(resource: Resource, attributes: Entity) -> Entity:
    return {"uid": resource_uid(resource), "attrs": attributes, "parents": []}


def _responsible(authority: str) -> Entity:
    return {"responsible_authority": _uid("Authority", authority)} if authority else {}


def _authorities(authorities: frozenset[str]) -> list[Uid]:
    return [_uid("Authority", authority) for authority in sorted(authorities)]


def _staff_uid(staff_id: UUID) -> Uid:
    return _uid("Actor", str(staff_id))


def _uid(kind: str, text: str) -> Uid:
    return {"type": kind, "id": text}


_DESCRIBED: dict[type[Resource], Callable[[Any], Entity]] = {
    CaseResource: _case_entity,
    StepResource: _step_entity,
    ItemResource: _item_entity,
    ExclusionResource: _exclusion_entity,
    DisclosureResource: _disclosure_entity,
    ConsentResource: _consent_entity,
    ApprovalResource: _approval_entity,
    ReviewResource: _review_entity,
    MeetingResource: _meeting_entity,
    DecisionResource: _decision_entity,
    WheelTaskResource: _wheel_entity,
    ForumResource: _forum_entity,
    PostResource: _post_entity,
    EmployeeResource: _employee_entity,
    AuthorityResource: lambda authority: _entity(authority, {}),
}
