"""docs/access.md: every access policy with its id, what it is about and its sentence in Danish."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cedarpy

from rendering.tables import table


def render_access(directory: Path) -> str:
    """The page, of the policies in `directory`."""
    parts = "\n\n".join(_part(path) for path in sorted(directory.glob("*.cedar")))
    return f"""# Who may do what

Generated from `policies/access/*.cedar` with `make docs`; change the policies, not the page.

Nothing is allowed unless a policy permits it, and a forbid wins over every permit. The sentence is what people read
when they ask why; every decision in the log names the policies by id. The conditions themselves are in the files.

{parts}
"""


def _part(path: Path) -> str:
    parsed = json.loads(cedarpy.policies_to_json_str(path.read_text(encoding="utf-8")))["staticPolicies"]
    in_order = sorted(parsed.items(), key=lambda pair: int(pair[0].removeprefix("policy")))
    rows = [_row(policy) for _, policy in in_order]
    return f"## {path.name}\n\n" + table(("policy", "effect", "actions", "on", "why"), rows)


def _row(policy: Mapping[str, Any]) -> tuple[str, ...]:
    says = policy["annotations"]
    return (
        f"`{says['id']}`",
        policy["effect"],
        _actions(policy["action"]),
        policy["resource"]["entity_type"],
        says["why"],
    )


def _actions(scope: Mapping[str, Any]) -> str:
    named = scope.get("entities") or [scope[key] for key in ("entity",) if key in scope]
    return ", ".join(f"`{action['id']}`" for action in named) or "every action"
