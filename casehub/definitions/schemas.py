"""Checks a parsed file against the JSON Schema of its kind, each fault at its own line.

The schemas are part of the program (an installation may have its own definitions, not its own idea of what one is).
"""

import json
import reprlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from casehub.definitions.documents import Document
from casehub.definitions.errors import DefinitionError

SCHEMAS = Path(__file__).parent.parent.parent / "policies" / "schemas"


@cache
def validator(kind: str) -> Draft202012Validator:
    """Return the validator of `organisation`, `network`, `card`, `calendar`, `risk`, `control`, `files`, `forum` or `obligation`."""
    schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def schema_errors(document: Document, *, kind: str) -> list[DefinitionError]:
    """Everything in the document that its schema refuses."""
    return [told for error in validator(kind).iter_errors(document.data) for told in _tell(document, error)]


def _tell(document: Document, error: ValidationError) -> Iterator[DefinitionError]:
    path = tuple(error.absolute_path)
    schema: dict[str, Any] = dict(error.schema) if isinstance(error.schema, Mapping) else {}
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        for key in sorted(set(error.instance) - set(schema["properties"])):
            yield document.error(
                (*path, key), f"is not known here; known are {', '.join(schema['properties'])}"
            )
    elif error.validator == "required":
        yield document.error(path, f"{error.message.split()[0]} is missing")
    elif error.validator == "type":
        yield document.error(path, f"should be {error.validator_value}, not {reprlib.repr(error.instance)}")
    elif "description" in schema:
        yield document.error(path, f"{error.instance!r} will not do: {schema['description']}")
    else:
        yield document.error(path, error.message)
