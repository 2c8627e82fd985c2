"""A unit of work of the operator: setting up, before anyone can sign in. It has no authority and reaches no case."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from casehub.audit import Event, Recording, recorded
from casehub.services.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class OperatorContext:
    """What setting up is handed. Row-level security shows it no case, as it speaks for no authority."""

    session: Session
    catalogue: Catalogue
    now: datetime
    request_id: str

    def record(self, event: Event) -> AbstractContextManager[Recording]:
        """Write with an entry; both are committed when the block ends."""
        return recorded(self.session, event=event, at=self.now, request_id=self.request_id)
