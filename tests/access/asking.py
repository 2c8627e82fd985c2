"""Asking a set of policies about the whole of the oracle's table: each person and all that they could be asked about in one go."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cedarpy

from casehub.access.actions import Action
from casehub.access.entities import actor_entity, actor_uid, resource_entities, resource_uid
from casehub.access.policy_files import PolicyFiles, read_policy_files
from casehub.access.policy_sets import concerning, policy_set
from casehub.access.residuals import Tree
from casehub.access.shapes import read_shape
from tests.access.oracle import Kind, table
from tests.access.situations import Person

POLICIES = Path(__file__).parents[2] / "policies" / "access"
FILES: PolicyFiles = read_policy_files(POLICIES)
SHAPE = read_shape(FILES.schema)
[ALL] = json.loads(cedarpy.policies_to_json_str("permit (principal, action, resource);"))[
    "staticPolicies"
].values()


@dataclass
class Asked:
    """One kind of the table with everything parsed once: what is asked of any set of policies."""

    kind: Kind
    entities: Sequence[Mapping[str, object]]
    uids: Sequence[Mapping[str, str]]
    handles: dict[int, cedarpy.Entities] = field(default_factory=dict)

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be asked about the type."""
        return actions_on(self.kind.entity)

    def answers(self, policies: cedarpy.PolicySet, action: Action, person: int) -> list[bool]:
        """What the policies say of each situation for one person."""
        actor = self.kind.people[person].actor()
        if person not in self.handles:
            text = json.dumps([actor_entity(actor), *self.entities])
            self.handles[person] = cedarpy.Entities.from_json_str(text, FILES.schema)
        asked = {
            "principal": actor_uid(actor),
            "action": {"type": "Action", "id": action.value},
            "context": {},
        }
        requests = [{**asked, "resource": each} for each in self.uids]
        results = cedarpy.is_authorized_batch(requests, policies, self.handles[person])
        return [bool(result.allowed) and not result.diagnostics.errors for result in results]


def actions_on(entity: str) -> tuple[Action, ...]:
    """What can be asked about a type."""
    return tuple(Action(action) for action, types in SHAPE.asked.items() if entity in types)


def asked_of(most: int) -> tuple[Asked, ...]:
    """The table, ready to be asked."""
    found = []
    for kind in table(most):
        resources = [each.resource() for each in kind.situations]
        found.append(Asked(kind, resource_entities(resources), [resource_uid(each) for each in resources]))
    return tuple(found)


@dataclass(frozen=True)
class Lock:
    """One way to try the policies: the set made of them, and what it must answer; None: it may say anything."""

    made: Callable[[Mapping[str, Tree]], Mapping[str, Tree]]
    expected: Callable[[Kind, Person, Action, object], bool | None]


def _permits(trees: Mapping[str, Tree]) -> Mapping[str, Tree]:
    return {name: tree for name, tree in trees.items() if tree["effect"] == "permit"}


def _alone(kind: Kind, person: Person, action: Action, situation: object) -> bool | None:
    bar = kind.barred(person, action, situation)
    return None if bar and bar not in kind.twice else kind.allowed(person, action, situation)


# the policies; the forbids when a careless policy permits everything; and the permits when every forbid is lost
WHOLE = Lock(lambda trees: trees, Kind.allowed)
FORBIDS = Lock(
    lambda trees: {**trees, "careless": ALL},
    lambda kind, person, action, situation: not kind.barred(person, action, situation),
)
PERMITS = Lock(_permits, _alone)


def differences(
    asked: Asked, action: Action, trees: Mapping[str, Tree], lock: Lock
) -> Iterator[tuple[Person, object]]:
    """Each situation in which the set that the lock makes of these policies answers otherwise than it must."""
    made = lock.made(trees)
    policies = policy_set(made[name] for name in concerning(made, action, asked.kind.entity))
    for number, person in enumerate(asked.kind.people):
        answers = asked.answers(policies, action, number)
        for situation, allowed in zip(asked.kind.situations, answers, strict=True):
            if lock.expected(asked.kind, person, action, situation) not in {allowed, None}:
                yield person, situation
