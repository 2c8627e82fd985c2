"""The schema of the policies as data: entity types with their attributes, and which action is asked of which type.

Read from Cedar's own rendering of a schema it has parsed, which has one form. For `access.matrix` and `access.policy_files`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import cedarpy

_ENTITY = re.compile(r"^entity (\w+)(?: enum \[([^\]]*)\]| = \{\n(.*?)\n\})?;", re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(r"^  (\w+)(\?)?: (.+?),?$", re.MULTILINE)
_ACTION = re.compile(r'^action "([^"]+)" appliesTo \{\n.*?  resource: \[(.*?)\]', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class AttributeShape:
    """`kind`: as Cedar writes the type, e.g. `Bool`, `Set<Authority>`."""

    kind: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """`entities`: type to its attributes. `enums`: type to its only ids. `asked`: action to the types of its resources."""

    entities: Mapping[str, Mapping[str, AttributeShape]]
    enums: Mapping[str, tuple[str, ...]]
    asked: Mapping[str, tuple[str, ...]]


def read_shape(schema: cedarpy.Schema) -> Shape:
    """Every type and action of the schema."""
    text = str(schema)
    entities: dict[str, Mapping[str, AttributeShape]] = {}
    enums: dict[str, tuple[str, ...]] = {}
    for name, ids, attributes in _ENTITY.findall(text):
        if ids:
            enums[name] = tuple(re.findall(r'"([^"]*)"', ids))
        else:
            found = _ATTRIBUTE.findall(attributes)
            entities[name] = {each: AttributeShape(kind, bool(mark)) for each, mark, kind in found}
    asked = {action: tuple(types.split(", ")) for action, types in _ACTION.findall(text)}
    return Shape(entities, enums, asked)
