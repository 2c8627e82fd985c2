"""The finite matrix: every situation that a set of policies can tell apart, for one action on one type of resource.

What the policies never ask of the person or of the resource makes no difference and is left out; of what they ask, each value that
they can tell from another is there. Derived from the schema and the policies' trees, so that a new attribute or policy is in it by
itself; a type of attribute that is not known here is an error. For `access.comparing` and the proofs about the policies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from casehub.access.residuals import Tree
from casehub.access.shapes import AttributeShape, Shape

Path = tuple[str, ...]
Entity = dict[str, Any]
OWN, OTHER = "own", "another's"
ABSENT = "none"
EVERY_CASE = "every case"  # stands for all those asked about: a person who has this one has them all
_COMPARED = {"==", "!=", "contains", "containsAny", "containsAll", "in", "<", "<=", ">", ">="}
# every duty gives access (`Actor.contact_keys`): whoever is coordinator or leader of something is contact of it
_WITHIN = {("principal", "coordinator_keys"): ("principal", "contact_keys"), ("principal", "leader_keys"): ("principal", "contact_keys")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a fact, in words and as Cedar's JSON takes it; None: the attribute is absent."""

    words: str
    data: Any = field(compare=False)


@dataclass(frozen=True, slots=True)
class Fact:
    """What policies ask of the person or the resource: `path` begins with principal or resource."""

    path: Path
    values: tuple[Value, ...]

    @property
    def words(self) -> str:
        """What it is called."""
        start = 0 if len(self.path) == 1 else 1
        return " ".join(self.path[start:]).replace("_", " ")


Situation = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The questions about one action on one type. A situation has one value of each fact, those of the person first."""

    action: str
    entity: str
    facts: tuple[Fact, ...]
    shape: Shape

    def people(self) -> Iterator[Situation]:
        """Everybody who can be told from another."""
        for values in product(*(fact.values for fact in self._of("principal"))):
            named = dict(zip((fact.path for fact in self._of("principal")), values, strict=True))
            if all(
                path not in named
                or not _holds_own(named[path])
                or (whole in named and _holds_own(named[whole]))
                for path, whole in _WITHIN.items()
            ):
                yield values

    def resources(self) -> Iterator[Situation]:
        """Every resource that can be told from another."""
        yield from product(*(fact.values for fact in self._of("resource")))

    def places(self) -> Iterator[tuple[int, ...]]:
        """Every situation, person by person, by the number of each fact's value."""
        resources = list(product(*(range(len(fact.values)) for fact in self._of("resource"))))
        for person in self.people():
            numbers = tuple(
                fact.values.index(value) for fact, value in zip(self._of("principal"), person, strict=True)
            )
            yield from ((*numbers, *resource) for resource in resources)

    def person(self, situation: Situation) -> Entity:
        """The actor of a situation, as Cedar's JSON."""
        given = dict(zip((fact.path for fact in self._of("principal")), situation, strict=True))
        attributes = self._attributes("Actor", ("principal",), given) | {
            "authority": _entity("Authority", OWN)
        }
        return {"uid": {"type": "Actor", "id": OWN}, "attrs": attributes, "parents": []}

    def resource(self, situation: Situation, name: str) -> list[Entity]:
        """The resource of a situation with what belongs to it, as Cedar's JSON; `name` tells it from the others."""
        given = dict(zip((fact.path for fact in self._of("resource")), situation, strict=True))
        if ("resource",) in given:  # the resource is an authority itself
            return [{"uid": self.uid(situation, name), "attrs": {}, "parents": []}]
        return list(self._entities(self.entity, ("resource",), given, name))

    def uid(self, situation: Situation, name: str) -> dict[str, str]:
        """What the resource of a situation is called."""
        itself = [
            value
            for fact, value in zip(self._of("resource"), situation, strict=True)
            if fact.path == ("resource",)
        ]
        return {"type": self.entity, "id": itself[0].data["__entity"]["id"] if itself else name}

    def _of(self, whose: str) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.path[0] == whose)

    def _entities(self, entity: str, path: Path, given: Mapping[Path, Value], name: str) -> Iterator[Entity]:
        attributes = self._attributes(entity, path, given)
        for attribute, kind in self.shape.entities.get(entity, {}).items():
            if _is_entity(kind.kind, self.shape) and attribute in attributes:
                here = (*path, attribute)
                # what many share has one name, by what is known of it
                inner = "/".join(given[each].words for each in sorted(given) if each[: len(here)] == here)
                attributes[attribute] = {"__entity": {"type": kind.kind, "id": inner}}
                yield from self._entities(kind.kind, here, given, inner)
        yield {"uid": {"type": entity, "id": name}, "attrs": attributes, "parents": []}

    def _attributes(self, entity: str, path: Path, given: Mapping[Path, Value]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for attribute, kind in self.shape.entities.get(entity, {}).items():
            here = (*path, attribute)
            inside = any(each[: len(here)] == here and len(each) > len(here) for each in given)
            if here in given:
                value = given[here].data
            elif kind.optional and not inside:
                value = None
            else:
                value = (
                    OWN if _is_entity(kind.kind, self.shape) else _values(kind, self.shape, Asked())[0].data
                )
            if value is not None:
                found[attribute] = value
        return found


@dataclass(slots=True)
class Asked:
    """What policies ask of one attribute: compared with these constants, and with another attribute or not."""

    constants: set[str] = field(default_factory=set)
    related: bool = False


def make_matrix(action: str, entity: str, policies: Sequence[Tree], shape: Shape) -> Matrix:
    """The matrix of these policies, all of them asked about `action` on `entity`. LookupError for a type it does not know."""
    asked: dict[Path, Asked] = {}
    for policy in policies:
        for condition in policy["conditions"]:
            _ask(condition["body"], asked)
    facts = []
    for path in sorted(asked):
        if path == ("resource",) and entity == "Authority":
            facts.append(Fact(path, _values(AttributeShape("Authority", optional=False), shape, asked[path])))
        if len(path) > 1:
            kind = _kind(path, entity, shape)
            if kind is not None:
                facts.append(Fact(path, _values(kind, shape, asked[path])))
    return Matrix(action, entity, tuple(facts), shape)


def _kind(path: Path, entity: str, shape: Shape) -> AttributeShape | None:
    """The type of an attribute that can vary; None for the person's own authority and for what this type does not have."""
    if path == ("principal", "authority"):
        return None
    kind = AttributeShape("Actor" if path[0] == "principal" else entity, optional=False)
    for attribute in path[1:]:
        found = shape.entities.get(kind.kind, {}).get(attribute)
        if found is None:
            return None
        kind = found
    return kind


def _ask(tree: object, asked: dict[Path, Asked]) -> None:
    """Note every attribute that an expression asks, and what it is compared with."""
    if isinstance(tree, list):
        for each in tree:
            _ask(each, asked)
    if not isinstance(tree, Mapping):
        return
    for operator, given in tree.items():
        if operator == "has":
            asked.setdefault((*_path(given["left"]), given["attr"]), Asked())
        elif path := _path(tree):
            asked.setdefault(path, Asked())
            return
        elif operator in _COMPARED:
            sides = [list(_leaves(given[side])) for side in ("left", "right")]
            paths = [leaf for side in sides for leaf in side if isinstance(leaf, tuple)]
            for path in paths:
                one = asked.setdefault(path, Asked())
                one.constants |= {leaf for side in sides for leaf in side if isinstance(leaf, str)}
                one.related |= len(paths) > 1
        else:
            _ask(given, asked)


def _leaves(tree: Tree) -> Iterator[Path | str]:
    """The attributes and the texts of one side of a comparison."""
    if path := _path(tree):
        yield path
    elif "Set" in tree:
        for each in tree["Set"]:
            yield from _leaves(each)
    elif isinstance(tree.get("Value"), str):
        yield tree["Value"]


def _path(tree: Tree) -> Path:
    """The attribute a tree names, from its variable on; () if it is another kind of expression."""
    match tree:
        case {"Var": "principal" | "resource" as name}:
            return (str(name),)
        case {".": {"left": left, "attr": attribute}} if before := _path(left):
            return (*before, attribute)
    return ()


def _values(kind: AttributeShape, shape: Shape, asked: Asked) -> tuple[Value, ...]:
    """The values that can be told apart; the last is the absence of an optional one."""
    found = list(_present(kind.kind, shape, asked))
    return (*found, Value(ABSENT, None)) if kind.optional else tuple(found)


def _present(kind: str, shape: Shape, asked: Asked) -> list[Value]:
    texts = (*((OWN,) if asked.related else ()), *sorted(asked.constants))
    several = [Value(" and ".join(texts), [OTHER, *texts])] if len(texts) > 1 else []
    both = [_entity("Authority", OTHER), _entity("Authority", OWN)]
    people = [_entity("Actor", OTHER), _entity("Actor", OWN)]
    known = {
        "Bool": [Value("no", data=False), Value("yes", data=True)],
        "String": [Value(each, each) for each in (OTHER, *texts)],
        "Set<String>": [Value(ABSENT, []), *(Value(each, [OTHER, each]) for each in texts), *several],
        "Authority": [Value(OTHER, both[0]), Value(OWN, both[1])],
        "Actor": [Value(OTHER, people[0]), Value(OWN, people[1])],
        "Set<Authority>": [Value(OTHER, both[:1]), Value(f"{OWN} too", both)],
        "Set<Actor>": [Value(OTHER, people[:1]), Value(f"{OWN} too", people)],
        "Set<Case>": [Value(ABSENT, []), Value("this one too", EVERY_CASE)],
        **{name: [Value(each, _entity(name, each)) for each in ids] for name, ids in shape.enums.items()},
        **{name: [Value("there", OWN)] for name in shape.entities if _is_entity(name, shape)},
    }
    if kind not in known:
        raise LookupError(
            f"the matrix knows no values of the type {kind}: say in access/matrix.py which there are"
        )
    return known[kind]


def _is_entity(kind: str, shape: Shape) -> bool:
    """Whether values of the type are entities with attributes of their own, and not people."""
    return bool(shape.entities.get(kind)) and kind != "Actor"


def _entity(kind: str, name: str) -> Entity:
    return {"__entity": {"type": kind, "id": name}}


def _holds_own(value: Value) -> bool:
    return isinstance(value.data, list) and OWN in value.data
