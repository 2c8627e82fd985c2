"""`Sealed`: ciphertext as it comes from a column, opaque on purpose.

It cannot be printed, formatted, pickled, put in JSON or truth-tested, so it cannot leak by accident into a page
or a log. Only the vault is handed the bytes, by `Sealed.ciphertext`.
"""

from typing import Any, Never

from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Sealed:
    """Ciphertext. `ciphertext` gives the bytes to the vault; everything else refuses."""

    __slots__ = ("_bytes",)

    def __init__(self, ciphertext: bytes) -> None:
        self._bytes = ciphertext

    @property
    def ciphertext(self) -> bytes:
        """The sealed bytes, for the vault."""
        return self._bytes

    def __repr__(self) -> str:
        return "<Sealed>"

    def _refuse(self, *_: Any) -> Never:
        raise TypeError(
            "Sealed data cannot be shown, stored or tested outside the vault; open it through the gate."
        )

    __str__ = __format__ = __bool__ = __bytes__ = __len__ = __iter__ = _refuse
    __reduce_ex__ = __getstate__ = _refuse

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other._bytes == self._bytes

    def __hash__(self) -> int:
        return hash(self._bytes)


class SealedBytes(TypeDecorator[Sealed]):
    """A `bytea` column of ciphertext that loads as `Sealed`."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Give the driver the ciphertext."""
        return None if value is None else value.ciphertext

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sealed | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Wrap what the driver read."""
        return None if value is None else Sealed(bytes(value))

    def compare_values(self, x: Any, y: Any) -> bool:
        """Compare ciphertexts, so that the ORM can flush without truth-testing them."""
        return bool(x == y)
