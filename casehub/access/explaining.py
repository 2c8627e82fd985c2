"""Why a decision is as it is, in the words of the policies: what allowed it, what refused it, or what would have allowed it.

Nothing here decides. A policy that is added explains itself by its @why. Called by `access.policies` alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from casehub.access.actions import Action
from casehub.access.actor import Actor
from casehub.access.residuals import Tree


@dataclass(frozen=True, slots=True)
class Explained:
    """Whether a person may, and the @whys of the permits that allow or of the forbids that refuse.

    `lacking`: where nothing permits and nothing forbids, the @whys of all that could permit: none of them fits.
    """

    person: Actor
    allowed: bool
    why: tuple[str, ...]
    lacking: tuple[str, ...] = ()


def concerning(trees: Mapping[str, Tree], action: Action, entity: str) -> Iterator[str]:
    """The @ids of the policies that are asked about `action` on a resource of the type `entity`, in the files' order."""
    return (
        name for name, tree in trees.items() if _has(tree["action"], action) and _is(tree["resource"], entity)
    )


def _has(scope: Tree, action: Action) -> bool:
    if scope["op"] == "All":
        return True
    named = [scope["entity"]] if "entity" in scope else scope["entities"]
    return any(each["id"] == action for each in named)


def _is(scope: Tree, entity: str) -> bool:
    """Whether the policy's resource can be of the type; one that names no type can be of any."""
    return "entity_type" not in scope or bool(scope["entity_type"] == entity)
