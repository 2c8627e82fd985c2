"""The floors: the same statements and the same bytes through the driver alone, as the same login, durable."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, connect
from sqlalchemy import event

from casehub.model import new_id
from tests.house import House

Statement = tuple[str, Mapping[str, Any] | Sequence[Any]]
TABLE = "CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, content bytea NOT NULL)"
SPEAK = "SELECT set_config('casehub.authority', %s, true)"


@contextmanager
def statements_of(house: House) -> Iterator[list[Statement]]:
    """What the node sends while the block runs."""
    sent: list[Statement] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        sent.append((statement, parameters))

    event.listen(house.runtime.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(house.runtime.engine, "before_cursor_execute", note)


def selects(statements: Sequence[Statement]) -> list[Statement]:
    """Those that read rows."""
    return [one for one in statements if one[0].lstrip().startswith("SELECT") and "set_config" not in one[0]]


class Bare:
    """One connection of the node's login. Its own table, without indexes, triggers or row-level security."""

    def __init__(self, house: House, authority: str) -> None:
        self._authority = authority
        with connect(house.database.owner_url) as owner:
            owner.execute(TABLE)
            owner.execute("GRANT INSERT ON floor TO casehub_app")
        self._connection: Connection[Any] = connect(house.database.app_url)

    def read(self, statements: Sequence[Statement], content: bytes | None) -> None:
        """Run the statements and fetch all; with `content`, insert it; COMMIT."""
        with self._connection.cursor() as cursor:
            cursor.execute(SPEAK, [self._authority])
            for statement, parameters in statements:
                cursor.execute(statement, parameters)
                cursor.fetchall()
            if content is not None:
                cursor.execute("INSERT INTO floor VALUES (%s, %s)", [new_id(), content])
        self._connection.commit()

    def append(self, content: bytes) -> None:
        """Insert the bytes; COMMIT."""
        self._connection.execute("INSERT INTO floor VALUES (%s, %s)", [new_id(), content])
        self._connection.commit()

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()
