"""Reading and checking `policies/access/`: one schema, one `.cedar` file per resource.

A set with any problem is never used, and all problems are told at once, each with its file. Files are read once: what
is checked, what decides and what `version` names are the same bytes. Called by `access.policies` alone.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cedarpy

from casehub.access.actions import Action
from casehub.access.residuals import Tree
from casehub.access.scope import untranslatable

SCHEMA_FILE = "schema.cedarschema"


class PoliciesInvalid(Exception):
    """The policies cannot be used. `errors`: "file: what and how to mend", all of them."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """A checked set, parsed. `why`: policy @id to its Danish @why. `version`: SHA-256 hex of the concatenated files.

    `trees`: policy @id to the policy as Cedar's JSON.
    """

    schema: cedarpy.Schema
    policies: cedarpy.PolicySet
    why: Mapping[str, str]
    trees: Mapping[str, Tree]
    version: str


def read_policy_files(directory: Path) -> PolicyFiles:
    """Read and check every file of the directory; PoliciesInvalid names all that is wrong."""
    contents = _read(directory)
    schema, errors = _parse_schema(contents[SCHEMA_FILE])
    texts: dict[str, str] = {}
    for name in sorted(contents.keys() - {SCHEMA_FILE}):
        try:
            texts[name] = contents[name].decode()
        except UnicodeDecodeError as error:
            errors.append(f"{name}: is not UTF-8 text ({error.reason} at byte {error.start})")
            continue
        errors.extend(f"{name}: {error}" for error in _check(texts[name], schema))
    trees, clashes = _collect(texts)
    errors.extend(clashes)
    if errors or schema is None:
        raise PoliciesInvalid(tuple(errors))
    policies = cedarpy.PolicySet.from_str("\n".join(texts.values()))
    version = sha256(b"".join(contents[name] for name in sorted(contents))).hexdigest()
    why = {name: tree["annotations"]["why"] for name, tree in trees.items()}
    return PolicyFiles(schema, policies, why, trees, version)


def _read(directory: Path) -> dict[str, bytes]:
    """All files by name. A file of another kind is refused: a misspelt name must not silently drop a forbid."""
    try:
        files = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
        stray = [path.name for path in files if path.name != SCHEMA_FILE and path.suffix != ".cedar"]
        errors = [f"{name}: neither {SCHEMA_FILE} nor a .cedar file; rename or remove it" for name in stray]
        contents = {path.name: path.read_bytes() for path in files if path.name not in stray}
    except OSError as error:
        raise PoliciesInvalid((f"{error.filename}: cannot be read: {error.strerror}",)) from error
    if SCHEMA_FILE not in contents:
        errors.append(f"{SCHEMA_FILE}: is missing from {directory}")
    if contents.keys() <= {SCHEMA_FILE}:
        errors.append(f"{directory}: holds no .cedar file, so nothing could be allowed")
    if errors:
        raise PoliciesInvalid(tuple(errors))
    return contents


def _parse_schema(content: bytes) -> tuple[cedarpy.Schema | None, list[str]]:
    try:
        schema = cedarpy.Schema.from_str(content.decode())
    except ValueError as error:
        return None, [f"{SCHEMA_FILE}: {error}"]
    named, known = schema_actions(schema), {action.value for action in Action}
    unknown = [
        f'{SCHEMA_FILE}: action "{name}" is not one the service knows' for name in sorted(named - known)
    ]
    missing = [f'{SCHEMA_FILE}: action "{name}" is missing' for name in sorted(known - named)]
    return schema, unknown + missing


def schema_actions(schema: cedarpy.Schema) -> frozenset[str]:
    """Read the action ids a schema declares, taken from Cedar's own rendering: one action a line."""
    return frozenset(re.findall(r'^action "([^"]+)"', str(schema), re.MULTILINE))


def _check(text: str, schema: cedarpy.Schema | None) -> Iterator[str]:
    """Parse, and validate strictly against the schema; without a usable schema parse alone."""
    try:
        policies = cedarpy.PolicySet.from_str(text)
    except ValueError as error:
        yield f"cannot be parsed: {error}"
        return
    if policies.templates():
        yield "holds a template (?principal or ?resource), which allows nothing; write a policy"
    if schema is None:
        return
    result = cedarpy.validate_policies(text, schema)
    for problem in result.errors:
        name = result.id_annotations_by_policy_id.get(problem.policy_id, problem.policy_id)
        yield problem.error.replace(f"`{problem.policy_id}`", f'"{name}"')
    if not result.errors and not result.validation_passed:
        yield "does not pass validation against the schema"
    for policy in _parsed(text):
        if form := untranslatable(policy):
            name = policy.get("annotations", {}).get("id")
            yield f'policy "{name}" cannot bound a list of cases in the database: {form} cannot be said in SQL; write it otherwise'


def _collect(texts: Mapping[str, str]) -> tuple[dict[str, Tree], list[str]]:
    """All policies by @id, and what is wrong with their annotations: missing, empty, or one @id used twice."""
    trees: dict[str, Tree] = {}
    owner: dict[str, str] = {}
    errors: list[str] = []
    for name, text in texts.items():
        for number, tree in enumerate(_parsed(text), start=1):
            annotations = tree.get("annotations", {})
            identity, reason = annotations.get("id") or "", annotations.get("why") or ""
            if not identity.strip():
                errors.append(f"{name}: policy number {number} has no @id")
                continue
            if not reason.strip():
                errors.append(f'{name}: policy "{identity}" has no @why, the Danish sentence people read')
            if identity in owner:
                errors.append(f'{name}: @id "{identity}" is already used in {owner[identity]}')
            owner.setdefault(identity, name)
            trees.setdefault(identity, tree)
    return trees, errors


def _parsed(text: str) -> list[dict[str, Any]]:
    """The policies of a file as Cedar's JSON, in order; nothing for a file that cannot be parsed (told elsewhere)."""
    try:
        policies: dict[str, dict[str, Any]] = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    except ValueError:
        return []
    return [policies[name] for name in sorted(policies, key=lambda name: int(name.removeprefix("policy")))]
