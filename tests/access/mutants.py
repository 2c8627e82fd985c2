"""Policies with one thing wrong: each removed, turned, or with one part of its condition dropped, negated or joined the other way."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from casehub.access.residuals import Tree


@dataclass(frozen=True)
class Mutant:
    """A whole set in which the policy `name` is not what it was. `what`: what was done to it."""

    name: str
    what: str
    trees: Mapping[str, Tree]


def mutants(trees: Mapping[str, Tree]) -> Iterator[Mutant]:
    """Every one, policy by policy."""
    for name, tree in trees.items():
        yield Mutant(name, "removed", {each: trees[each] for each in trees if each != name})
        for what, changed in _changed(dict(tree)):
            yield Mutant(name, what, {**trees, name: changed})


def _changed(tree: dict[str, Any]) -> Iterator[tuple[str, Tree]]:
    turned = {"permit": "forbid", "forbid": "permit"}[tree["effect"]]
    yield "turned", {**tree, "effect": turned}
    for number, condition in enumerate(tree["conditions"]):
        others = tree["conditions"][:number] + tree["conditions"][number + 1 :]
        yield "condition dropped", {**tree, "conditions": others}
        kind = {"when": "unless", "unless": "when"}[condition["kind"]]
        yield "condition negated", {**tree, "conditions": [*others, {**condition, "kind": kind}]}
        for what, body in _bodies(condition["body"]):
            yield what, {**tree, "conditions": [*others, {**condition, "body": body}]}


def _bodies(body: dict[str, Any]) -> Iterator[tuple[str, Tree]]:
    """The expression with one thing wrong in it, for each part of it."""
    [(operator, given)] = body.items()
    if operator in {"&&", "||"}:
        yield f"left of {operator} dropped", given["right"]
        yield f"right of {operator} dropped", given["left"]
        yield f"{operator} turned", {"||" if operator == "&&" else "&&": deepcopy(given)}
    if operator == "if-then-else":
        yield "then for else", {operator: {**given, "else": given["then"]}}
        yield "else for then", {operator: {**given, "then": given["else"]}}
    parts = list(given) if operator in {"&&", "||", "!", "if-then-else"} else []
    for part in parts:
        for what, inner in _bodies(given[part]):
            yield what, {operator: {**given, part: inner}}
    if not parts and operator != "Value":
        yield f"{operator} negated", {"!": {"arg": body}}
