"""Which decisions change between two sets of policies: every question that one of them can tell apart, asked of both.

Decides nothing for anyone. An action whose policies are the same in both is not asked. Called by `casehub policies diff`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import cedarpy

from casehub.access.matrix import EVERY_CASE, Fact, Matrix, make_matrix
from casehub.access.policy_files import PolicyFiles
from casehub.access.policy_sets import concerning, policy_set
from casehub.access.shapes import Shape, read_shape

# a situation, and a box of them, by the number of each fact's value
Place = tuple[int, ...]
Box = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Situations of one action on one type that are decided otherwise. `where`: fact and its values in words, those that matter."""

    action: str
    entity: str
    allowed: bool
    where: tuple[tuple[str, tuple[str, ...]], ...]
    situations: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`added`, `removed`, `changed`: @ids of policies. `asked`: how many situations were tried of both."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    changes: tuple[Change, ...]
    asked: int


def compare(old: PolicyFiles, new: PolicyFiles) -> Comparison:
    """All that is decided otherwise by `new` than by `old`."""
    shapes = read_shape(old.schema), read_shape(new.schema)
    shape = _joined(*shapes)
    changes: list[Change] = []
    asked = 0
    for action, entity in ((action, entity) for action, types in shape.asked.items() for entity in types):
        trees = [
            [files.trees[name] for name in concerning(files.trees, action, entity)]
            if entity in own.asked.get(action, ())
            else []  # a question that this set does not know is refused
            for files, own in zip((old, new), shapes, strict=True)
        ]
        if trees[0] == trees[1]:
            continue
        matrix = make_matrix(action, entity, [*trees[0], *trees[1]], shape)
        before, after = (tuple(ask(matrix, policy_set(each))) for each in trees)
        places = list(matrix.places())
        asked += len(places)
        for allowed in (True, False):
            first, then = (before, after) if allowed else (after, before)
            turned = {place for number, place in enumerate(places) if then[number] and not first[number]}
            changes += [
                Change(action, entity, allowed, tuple(_where(box, matrix.facts)), number)
                for box, number in _boxes(turned, set(places), matrix.facts)
            ]
    return Comparison(
        added=tuple(name for name in new.trees if name not in old.trees),
        removed=tuple(name for name in old.trees if name not in new.trees),
        changed=tuple(name for name in new.trees if name in old.trees and new.trees[name] != old.trees[name]),
        changes=tuple(changes),
        asked=asked,
    )


def ask(matrix: Matrix, policies: cedarpy.PolicySet) -> Iterator[bool]:
    """The decision of `policies` in each situation, person by person, in the order of `people()` and `resources()`."""
    resources = list(matrix.resources())
    uids = [matrix.uid(each, str(number)) for number, each in enumerate(resources)]
    entities = {
        json.dumps(entity["uid"]): entity
        for number, each in enumerate(resources)
        for entity in matrix.resource(each, str(number))
    }
    cases = [{"__entity": each["uid"]} for each in entities.values() if each["uid"]["type"] == "Case"]
    action = {"type": "Action", "id": matrix.action}
    for person in matrix.people():
        actor = matrix.person(person)
        actor["attrs"] |= {name: cases for name, value in actor["attrs"].items() if value == EVERY_CASE}
        handle = cedarpy.Entities.from_json_str(json.dumps([actor, *entities.values()]))
        requests = [
            {"principal": actor["uid"], "action": action, "resource": uid, "context": {}} for uid in uids
        ]
        for result in cedarpy.is_authorized_batch(requests, policies, handle):
            yield result.allowed and not result.diagnostics.errors


def _joined(old: Shape, new: Shape) -> Shape:
    """All that is in one of them; an attribute that only one has is there for both, which changes nothing for the other."""
    types = {*old.entities, *new.entities}
    return Shape(
        {name: {**old.entities.get(name, {}), **new.entities.get(name, {})} for name in sorted(types)},
        {
            name: tuple(dict.fromkeys((*old.enums.get(name, ()), *new.enums.get(name, ()))))
            for name in {**old.enums, **new.enums}
        },
        {
            name: tuple(dict.fromkeys((*old.asked.get(name, ()), *new.asked.get(name, ()))))
            for name in sorted({*old.asked, *new.asked})
        },
    )


def _boxes(turned: set[Place], there: set[Place], facts: Sequence[Fact]) -> Iterator[tuple[Box, int]]:
    """As few boxes as simple growing finds that hold what is turned and, of what is there, nothing else; and how much each adds."""
    left = set(turned)
    while left:
        box = _grown(min(left), facts, turned, there)
        held = {each for each in left if all(value in side for value, side in zip(each, box, strict=True))}
        left -= held
        yield box, len(held)


def _grown(seed: Place, facts: Sequence[Fact], turned: set[Place], there: set[Place]) -> Box:
    """The box around a situation, made wider fact by fact while every situation there is in it is turned."""
    box: list[tuple[int, ...]] = [(value,) for value in seed]
    for at, fact in enumerate(facts):
        for value in range(len(fact.values)):
            slice_ = product(*box[:at], (value,), *box[at + 1 :])
            if value not in box[at] and all(each in turned for each in slice_ if each in there):
                box[at] = (*box[at], value)
    return tuple(tuple(sorted(side)) for side in box)


def _where(box: Box, facts: Sequence[Fact]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for fact, side in zip(facts, box, strict=True):
        if len(side) < len(fact.values):
            yield fact.words, tuple(fact.values[value].words for value in side)
