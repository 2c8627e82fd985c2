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
from casehub.access.shapes import read_shape

SCHEMA_FILE = "schema.cedarschema"


# a text, a comment, or what ends a policy
_MARKS = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;')


class PoliciesInvalid(Exception):
    """The policies cannot be used. `errors`: "file:line: what and how to mend", all of them; no line where there is no one place."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """A checked set, parsed. `why`: policy @id to its Danish @why. `version`: SHA-256 hex of the concatenated files.

    `trees`: policy @id to the policy as Cedar's JSON.
    """

    schema: cedarpy.Schema
    why: Mapping[str, str]
    trees: Mapping[str, Tree]
    version: str


def read_policy_files(directory: Path, *, in_force: bool = True) -> PolicyFiles:
    """Read and check every file of the directory; PoliciesInvalid names all that is wrong.

    `in_force`: its actions must be the service's, which those of an earlier or a later set need not be.
    """
    return check_policy_files(_read(directory), in_force=in_force)


def check_policy_files(contents: Mapping[str, bytes], *, in_force: bool = True) -> PolicyFiles:
    """Check the files of a set by their names, the schema among them; PoliciesInvalid names all that is wrong."""
    schema, errors = _parse_schema(contents[SCHEMA_FILE])
    if schema is not None and in_force:
        errors += _check_actions(schema, contents[SCHEMA_FILE].decode())
    texts: dict[str, str] = {}
    for name in sorted(contents.keys() - {SCHEMA_FILE}):
        try:
            texts[name] = contents[name].decode()
        except UnicodeDecodeError as error:
            errors.append(f"{name}: is not UTF-8 text ({error.reason} at byte {error.start})")
            continue
        errors.extend(f"{name}:{line}: {error}" for line, error in _check(texts[name], schema))
    trees, clashes = _collect(texts)
    errors.extend(clashes)
    if errors or schema is None:
        raise PoliciesInvalid(tuple(errors))
    version = sha256(b"".join(contents[name] for name in sorted(contents))).hexdigest()
    why = {name: tree["annotations"]["why"] for name, tree in trees.items()}
    return PolicyFiles(schema, why, trees, version)


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
        return cedarpy.Schema.from_str(content.decode()), []
    except ValueError as error:
        return None, [f"{SCHEMA_FILE}: {error}"]


def _check_actions(schema: cedarpy.Schema, text: str) -> Iterator[str]:
    named, known = read_shape(schema).asked.keys(), {action.value for action in Action}
    for name in sorted(named - known):
        line = text.count("\n", 0, text.find(f'"{name}"')) + 1
        yield f'{SCHEMA_FILE}:{line}: action "{name}" is not one the service knows'
    for name in sorted(known - named):
        yield f'{SCHEMA_FILE}: action "{name}" is missing'


def _check(text: str, schema: cedarpy.Schema | None) -> Iterator[tuple[int, str]]:
    """Parse, and validate strictly against the schema; without a usable schema parse alone. With the line of each policy."""
    for line, policy in _policies(text):
        try:
            parsed = cedarpy.PolicySet.from_str(policy)
        except ValueError as error:
            yield line, f"cannot be parsed: {error}"
            continue
        if parsed.templates():
            yield line, "holds a template (?principal or ?resource), which allows nothing; write a policy"
        if schema is not None:
            yield from ((line, error) for error in _validate(policy, schema))


def _validate(policy: str, schema: cedarpy.Schema) -> Iterator[str]:
    result = cedarpy.validate_policies(policy, schema)
    for problem in result.errors:
        name = result.id_annotations_by_policy_id.get(problem.policy_id, problem.policy_id)
        yield problem.error.replace(f"`{problem.policy_id}`", f'"{name}"')
    if not result.errors and not result.validation_passed:
        yield "does not pass validation against the schema"
    for tree in _parsed(policy):
        if form := untranslatable(tree):
            name = tree.get("annotations", {}).get("id")
            yield f'policy "{name}" cannot bound a list of cases in the database: {form} cannot be said in SQL; write it otherwise'


def _policies(text: str) -> Iterator[tuple[int, str]]:
    """Each policy of a file with the line it begins on: what stands up to a semicolon that is in no text and no comment."""
    start = 0
    for end in (*(mark.end() for mark in _MARKS.finditer(text) if mark[0] == ";"), len(text)):
        policy = text[start:end]
        said = re.sub(r"//[^\n]*", lambda comment: " " * len(comment[0]), policy)
        if said.strip():
            blank = len(said) - len(said.lstrip())
            yield text.count("\n", 0, start + blank) + 1, policy
        start = end


def _collect(texts: Mapping[str, str]) -> tuple[dict[str, Tree], list[str]]:
    """All policies by @id, and what is wrong with their annotations: missing, empty, or one @id used twice."""
    trees: dict[str, Tree] = {}
    owner: dict[str, str] = {}
    errors: list[str] = []
    for name, text in texts.items():
        for line, tree in ((line, tree) for line, policy in _policies(text) for tree in _parsed(policy)):
            annotations, place = tree.get("annotations", {}), f"{name}:{line}"
            identity, reason = annotations.get("id") or "", annotations.get("why") or ""
            if not identity.strip():
                errors.append(f"{place}: the policy has no @id")
                continue
            if not reason.strip():
                errors.append(f'{place}: policy "{identity}" has no @why, the Danish sentence people read')
            if identity in owner:
                errors.append(f'{place}: @id "{identity}" is already used in {owner[identity]}')
            owner.setdefault(identity, place)
            trees.setdefault(identity, tree)
    return trees, errors


def _parsed(policy: str) -> list[dict[str, Any]]:
    """A policy as Cedar's JSON; nothing for one that cannot be parsed (told elsewhere)."""
    try:
        policies: dict[str, dict[str, Any]] = json.loads(cedarpy.policies_to_json_str(policy))[
            "staticPolicies"
        ]
    except ValueError:
        return []
    return list(policies.values())
