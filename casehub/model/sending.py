"""One statement sent by the driver itself, in the transaction that SQLAlchemy holds.

For the two that every unit of work sends, and whose cost would otherwise be SQLAlchemy's more than the database's. Errors are
SQLAlchemy's all the same, so that nobody has to know which way a statement went. For connecting and audit alone.
"""

from collections.abc import Mapping
from typing import Any

from psycopg import Cursor, Error
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def send(connection: Connection, statement: str, values: Mapping[str, Any]) -> Cursor[Any]:
    """Execute `statement`, its placeholders psycopg's (`%(name)s`); the cursor with what it returns. SQLAlchemy's DBAPIError."""
    driver: Any = connection.connection.driver_connection
    try:
        cursor: Cursor[Any] = driver.execute(statement, values)
    except Error as error:
        raise DBAPIError.instance(
            statement, None, error, Error, hide_parameters=True, dialect=connection.dialect
        ) from error
    return cursor
