"""The one way to turn a place or a binding into bytes: every field prefixed by its length.

No two different lists of fields give the same bytes, so what is bound cannot be read as something else.
"""

from uuid import UUID

FORMAT = b"casehub/2"

Field = bytes | str | int | UUID


def context(label: str, *fields: Field) -> bytes:
    """Encode `fields` under `label`: format, label, then each field, each after its length (4 bytes, big-endian).

    Text is UTF-8, an integer 8 bytes big-endian and not negative, a UUID its 16 bytes (docs/sealing-format.md, 1).
    """
    parts = [len(FORMAT).to_bytes(4, "big"), FORMAT]
    for field in (label, *fields):
        raw = _raw(field)
        parts.append(len(raw).to_bytes(4, "big"))
        parts.append(raw)
    return b"".join(parts)


def _raw(field: Field) -> bytes:
    if isinstance(field, str):
        return field.encode()
    if isinstance(field, UUID):
        return field.bytes
    if isinstance(field, int):
        return field.to_bytes(8, "big")
    return field
