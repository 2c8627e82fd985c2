"""The one way to turn a place or a binding into bytes: every field prefixed by its length.

No two different lists of fields give the same bytes, so what is bound cannot be read as something else.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

FORMAT = b"casehub/2"

Field = bytes | str | int | UUID


def context(label: str, *fields: Field) -> bytes:
    """Encode `fields` under `label`: format, label, then each field, each after its length (4 bytes, big-endian).

    Text is UTF-8, an integer 8 bytes big-endian and not negative, a UUID its 16 bytes (docs/sealing-format.md, 1).
    """
    return _START + _of_text(label) + b"".join([_BY_TYPE[type(field)](field) for field in fields])


def prefixed(field: Field) -> bytes:
    """Encode one more field, to stand after a context of the fields before it."""
    return _BY_TYPE[type(field)](field)


def _of_bytes(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "big") + raw


@lru_cache(maxsize=512)
def _of_text(text: str) -> bytes:  # names of authorities, tables, columns, purposes: few, and no content
    return _of_bytes(text.encode())


def _of_integer(number: int) -> bytes:
    return _EIGHT + number.to_bytes(8, "big")


def _of_uuid(uuid: UUID) -> bytes:
    return _SIXTEEN + uuid.bytes


_EIGHT, _SIXTEEN = (8).to_bytes(4, "big"), (16).to_bytes(4, "big")
_START = _of_bytes(FORMAT)
_BY_TYPE: dict[type, Callable[[Any], bytes]] = {
    str: _of_text,
    bytes: _of_bytes,
    int: _of_integer,
    UUID: _of_uuid,
}
