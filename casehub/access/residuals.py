"""From what Cedar leaves open of a policy to SQL: a tree about an unknown `resource` in, a condition on its rows out.

What can be said in SQL is a closed list of forms; all else is refused, at start and not when somebody asks
(`policy_files`). Trees are Cedar's JSON (docs.cedarpolicy.com, JSON policy format). For `access.scope` and `access.policy_files`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, False_, True_, and_, false, literal_column, not_, or_, true

Tree = Mapping[str, Any]

_RESOURCE: tuple[Tree, ...] = ({"Var": "resource"}, {"unknown": [{"Value": "resource"}]})
_ANY = "?"


class Untranslatable(Exception):
    """No form that SQL has here. The text says which."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What Cedar leaves open of the policies, for one actor and one action on a resource that is not known yet."""

    permits: tuple[Tree, ...]
    forbids: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the resource, in SQL. `holds`: it, or for a set one of its members, is among these values.

    `entity`: the entity type of its values, None for text. `there`: whether it is there at all, None if it always is.
    """

    holds: Callable[[frozenset[str]], ColumnElement[bool]]
    entity: str | None = None
    many: bool = False
    there: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """Of trees about one entity type. `general`: of a policy as it is written, where what concerns only the actor may be anything."""

    entity: str
    attributes: Mapping[str, Attribute]
    general: bool = False

    def policy(self, policy: Tree, *, holds: bool = True) -> ColumnElement[bool]:
        """That everything the policy asks of the resource holds, or that not all of it does. Untranslatable."""
        scope = policy["resource"]
        if scope["op"] == "is" and scope["entity_type"] != self.entity:
            return _constant(not holds)
        if scope["op"] not in {"All", "is"} or "in" in scope:
            raise Untranslatable(f"`resource {scope['op']} …`")
        parts = (
            self.condition(part["body"], holds=(part["kind"] == "when") is holds)
            for part in policy["conditions"]
        )
        return _all_of(parts) if holds else _any_of(parts)

    def condition(self, tree: Tree, *, holds: bool = True) -> ColumnElement[bool]:
        """That one expression holds, or that it does not: a NOT goes down to what it is about, where an index helps. Untranslatable."""
        if self.general and not _concerns_resource(tree):
            return _OPEN
        [(operator, given)] = tree.items()
        if operator == "Value" and isinstance(given, bool):
            return _constant(given is holds)
        if operator in {"&&", "||"}:
            sides = (self.condition(given[side], holds=holds) for side in ("left", "right"))
            return _all_of(sides) if (operator == "&&") is holds else _any_of(sides)
        if operator == "!":
            return self.condition(given["arg"], holds=not holds)
        found = self._atom(operator, given)
        return found if holds else not_(found)

    def _atom(self, operator: str, given: Any) -> ColumnElement[bool]:
        """What the resource is, whether it has an attribute, or a comparison of one."""
        if operator not in {"is", "has"} or given["left"] not in _RESOURCE:
            return self._compared(operator, given)
        if operator == "has":
            there = self._named(given["attr"]).there
            return _constant(True) if there is None else there
        if "in" in given:
            raise Untranslatable("`is … in`")
        return _constant(given["entity_type"] == self.entity)

    def _compared(self, operator: str, given: Any) -> ColumnElement[bool]:
        """A comparison of one attribute with what is known of the actor."""
        if isinstance(given, Mapping) and given.keys() == {"left", "right"}:
            for one, other, written in (("left", "right", True), ("right", "left", False)):
                attribute = self._attribute(given[one])
                if attribute is not None and (operator, attribute.many, written) in _FORMS:
                    values = frozenset(self._values(given[other], attribute.entity))
                    held = attribute.holds(values) if values else false()
                    return not_(held) if operator == "!=" else held
        raise Untranslatable(f"`{operator}` in this form")

    def _attribute(self, tree: Tree) -> Attribute | None:
        match tree:
            case {".": {"left": left, "attr": name}} if left in _RESOURCE:
                return self._named(name)
            case _:
                return None

    def _named(self, name: str) -> Attribute:
        if name not in self.attributes:
            raise Untranslatable(f"the attribute `{name}`")
        return self.attributes[name]

    def _values(self, tree: Tree, entity: str | None) -> Iterator[str]:
        """The values of that type: others are never equal to the attribute's."""
        match tree:
            case _ if self.general and not _concerns_resource(tree):
                yield _ANY
            case {"Set": members}:
                for member in members:
                    yield from self._values(member, entity)
            case {"Value": {"__entity": {"type": kind, "id": text}}}:
                if kind == entity:
                    yield text
            case {"Value": str(text)}:
                if entity is None:
                    yield text
            case _:
                raise Untranslatable(
                    "a comparison of two attributes of the resource, or with no set and no value"
                )


# operator, whether the attribute is a set, whether it stands on the left
_FORMS = {
    ("==", False, True), ("==", False, False), ("!=", False, True), ("!=", False, False),
    ("contains", True, True), ("contains", False, False),
    ("containsAny", True, True), ("containsAny", True, False),
}  # fmt: skip


# what concerns only the actor, in a policy as it is written: true for some, false for others
_OPEN: ColumnElement[bool] = literal_column("of_the_actor", Boolean())


def _constant(value: bool) -> ColumnElement[bool]:
    return true() if value else false()


def _all_of(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """All, as Cedar's `&&` asks them: what stands after one that is false is not looked at."""
    found: list[ColumnElement[bool]] = [true()]
    for condition in conditions:
        if isinstance(condition, False_):
            return condition
        found.append(condition)
    return and_(*found)


def _any_of(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """One of them, as Cedar's `||` asks: what stands after one that is true is not looked at."""
    found: list[ColumnElement[bool]] = [false()]
    for condition in conditions:
        if isinstance(condition, True_):
            return condition
        found.append(condition)
    return or_(*found)


def _concerns_resource(tree: object) -> bool:
    if tree in _RESOURCE:
        return True
    if isinstance(tree, Mapping):
        return any(_concerns_resource(each) for each in tree.values())
    return isinstance(tree, list) and any(_concerns_resource(each) for each in tree)
