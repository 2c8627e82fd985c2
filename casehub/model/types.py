"""PostgreSQL types that SQLAlchemy does not ship."""

from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """`xid8`: a 64-bit transaction id that never wraps (PostgreSQL manual, 8.19)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Name of the type in DDL."""
        return "xid8"

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002 (SQLAlchemy's signature)
        """The driver gives text; the value is an integer."""
        return lambda value: None if value is None else int(value)
