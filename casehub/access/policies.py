"""The one place where "may" is decided: Cedar over `policies/access/`. Deny by default, forbid wins.

A decision is allowed only when Cedar says so without a single error: Cedar skips a policy that fails, and a skipped
forbid would otherwise read as a permission. Called by the gate; nobody else asks.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cedarpy

from casehub.access.actions import Action
from casehub.access.actor import Actor
from casehub.access.entities import actor_entities, actor_entity, actor_uid, resource_entities, resource_uid
from casehub.access.explaining import Explained
from casehub.access.policy_files import PoliciesInvalid, read_policy_files
from casehub.access.policy_sets import concerning, policy_set
from casehub.access.residuals import Remaining, Tree
from casehub.access.resources import Resource

__all__ = ["Decision", "Policies", "PoliciesInvalid"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and why.

    `policies`: @ids of the permits that allowed it, or of the forbids that refused it; empty when nothing permitted.
    `version`: of the policy set. `errors`: what Cedar could not evaluate, for the operator; any error is a refusal.
    """

    allowed: bool
    policies: tuple[str, ...]
    version: str
    errors: tuple[str, ...] = ()


class Policies:
    """A checked policy set. Decides the same for ever; safe to share between threads."""

    def __init__(self, directory: Path) -> None:
        """Load the set; PoliciesInvalid tells all that is wrong with it."""
        files = read_policy_files(directory)
        self.version: str = files.version
        self.why: Mapping[str, str] = files.why
        self._schema = files.schema
        self._trees = files.trees
        self._sets: dict[tuple[Action, str], cedarpy.PolicySet] = {}

    def decide(self, actor: Actor, action: Action, resource: Resource) -> Decision:
        """Whether `actor` may do `action` to `resource`."""
        return self.decide_each(actor, action, (resource,))[0]

    def decide_each(self, actor: Actor, action: Action, resources: Sequence[Resource]) -> list[Decision]:
        """One decision for each resource, in order, in one call to Cedar."""
        return self.decide_all([(actor, action, resource) for resource in resources])

    def decide_all(self, asked: Sequence[tuple[Actor, Action, Resource]]) -> list[Decision]:
        """One decision for each question, in order, in one call to Cedar.

        An actor or a resource that does not conform to the schema is refused alone: it takes no other with it.
        """
        if not asked:
            return []
        try:
            entities = [
                *actor_entities(actor for actor, _, _ in asked),
                *resource_entities(resource for _, _, resource in asked),
            ]
            handle = cedarpy.Entities.from_json_str(json.dumps(entities), self._schema)
        except ValueError as error:
            if len(asked) == 1:
                return [Decision(allowed=False, policies=(), version=self.version, errors=(str(error),))]
            return [self.decide(*each) for each in asked]
        groups: dict[tuple[Action, str], list[int]] = {}
        for number, (_, action, resource) in enumerate(asked):
            groups.setdefault((action, resource_uid(resource)["type"]), []).append(number)
        decided: dict[int, Decision] = {}
        for (action, kind), numbers in groups.items():
            requests = [_request(*asked[number]) for number in numbers]
            results = cedarpy.is_authorized_batch(requests, self._set(action, kind), handle, self._schema)
            decided |= {
                number: self._decision(result) for number, result in zip(numbers, results, strict=True)
            }
        return [decided[number] for number in range(len(asked))]

    def explain(self, people: Sequence[Actor], action: Action, resource: Resource) -> tuple[Explained, ...]:
        """Why each of `people` may do `action` to `resource`, or may not."""
        decisions = self.decide_all([(person, action, resource) for person in people])
        kind = resource_uid(resource)["type"]
        permits = [
            self.why[name]
            for name in concerning(self._trees, action, kind)
            if self._trees[name]["effect"] == "permit"
        ]
        return tuple(
            Explained(
                person,
                decision.allowed,
                tuple(self.why[name] for name in decision.policies),
                () if decision.allowed or decision.policies else tuple(permits),
            )
            for person, decision in zip(people, decisions, strict=True)
        )

    def remaining(self, actor: Actor, action: Action) -> Remaining:
        """What must hold of a case for `actor` to do `action` to it; no permit at all where an error leaves it open.

        Cedar's partial evaluation, a preview that bounds what is loaded: each row is decided again.
        """
        entities = cedarpy.Entities.from_json_str(json.dumps([actor_entity(actor)]), self._schema)
        principal = actor_uid(actor)
        request = {
            "principal": f"{principal['type']}::{json.dumps(principal['id'])}",
            "action": f"Action::{json.dumps(action.value)}",
            "context": {},
        }
        result = cedarpy.is_authorized_partial(request, self._set(action, "Case"), entities, self._schema)
        if result.diagnostics.errors:
            return Remaining((), ())
        effects: dict[str, list[Tree]] = {"permit": [], "forbid": []}
        for _, residual in sorted(
            result.residuals.items()
        ):  # so that the same actor asks by the same statement
            effects[residual["effect"]].append(residual)
        return Remaining(tuple(effects["permit"]), tuple(effects["forbid"]))

    def _set(self, action: Action, kind: str) -> cedarpy.PolicySet:
        """What is asked about an action on a type, made when first needed: two threads that make it make the same."""
        if (action, kind) not in self._sets:
            names = concerning(self._trees, action, kind)
            self._sets[action, kind] = policy_set(self._trees[name] for name in names)
        return self._sets[action, kind]

    def _decision(self, result: cedarpy.AuthzResult) -> Decision:
        errors = tuple(result.diagnostics.errors)
        allowed = result.allowed and not errors
        names = result.diagnostics.id_annotations_by_reason
        # the reasons of a permission spoilt by an error are permits: not what refused it
        reasons = () if result.allowed and errors else result.diagnostics.reasons
        return Decision(allowed, tuple(sorted(names[reason] for reason in reasons)), self.version, errors)


def _request(actor: Actor, action: Action, resource: Resource) -> dict[str, object]:
    return {
        "principal": actor_uid(actor),
        "action": {"type": "Action", "id": action.value},
        "resource": resource_uid(resource),
        "context": {},
    }
