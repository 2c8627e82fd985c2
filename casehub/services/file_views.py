"""A file as its readers see it, never a byte of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.services.recall_views import TakingBack


@dataclass(frozen=True, slots=True)
class FileView:
    """A file this reader's authority can open; not its bytes. `size`: in bytes. `readers`, `disclosed_on`, `taking_back`: as of a note."""

    id: UUID
    name: str
    type: str
    size: int
    description: str
    owner: str
    own: bool
    author: str
    created_at: datetime
    readers: tuple[str, ...]
    disclosed_on: str | None
    taking_back: TakingBack | None
