"""What a reading of a case gives the services: rows as decided, and what was opened. Made by the gate alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from casehub.access.resources import CaseResource
from casehub.access.rows import CaseRows, ItemRows

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """A case as decided and opened: `content` maps item id to its opened fields; items that may not be read are absent.

    So are those given by a grant that nobody signed: that was recorded, and gives nothing.
    """

    rows: CaseRows
    resource: CaseResource
    items: tuple[ItemRows, ...]
    content: Mapping[UUID, Content]

    def of_kind(self, kind: str) -> tuple[tuple[ItemRows, Content], ...]:
        """The opened items of a kind, oldest first."""
        return tuple((rows, self.content[rows.item.id]) for rows in self.items if rows.item.kind == kind)


@dataclass(frozen=True, slots=True)
class FileReading:
    """A file as decided and opened: what its item says of it, and its bytes, opened as they are asked for.

    Asking for more of them raises NotOpened, on record, where they are not what was written.
    """

    content: Content
    chunks: Iterator[bytes]
