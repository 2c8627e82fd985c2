"""The policies that are asked about one action on one type of resource, as a set of their own.

What names another action or another type can neither permit nor forbid, and Cedar takes a quarter of the time without it. For
`access.policies`, and for what tries policies out.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

import cedarpy

from casehub.access.residuals import Tree


def concerning(trees: Mapping[str, Tree], action: str, entity: str) -> Iterator[str]:
    """The @ids of the policies that are asked about `action` on a resource of the type `entity`, in the files' order.

    Actions have no groups here (`policy_files` refuses an action the service does not know), so a name is all there is to compare.
    """
    return (
        name
        for name, tree in trees.items()
        if _names_action(tree["action"], action) and _can_be(tree["resource"], entity)
    )


def policy_set(policies: Iterable[Tree]) -> cedarpy.PolicySet:
    """These policies as Cedar takes them."""
    static = {f"policy{number}": dict(tree) for number, tree in enumerate(policies)}
    text = json.dumps({"staticPolicies": static, "templates": {}, "templateLinks": []})
    return cedarpy.PolicySet.from_str(cedarpy.policies_from_json_str(text))


def _names_action(scope: Tree, action: str) -> bool:
    if scope["op"] == "All":
        return True
    named = [scope["entity"]] if "entity" in scope else scope["entities"]
    return any(each["id"] == action for each in named)


def _can_be(scope: Tree, entity: str) -> bool:
    """Whether the policy's resource can be of the type; one that names no type can be of any."""
    return "entity_type" not in scope or bool(scope["entity_type"] == entity)
