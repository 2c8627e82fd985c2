"""One unit of work: who acts, through which gate, at what time, with which definitions."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from casehub.access.actor import Actor
from casehub.access.gate import Gate
from casehub.scanning import Scanner
from casehub.services.catalogue import Catalogue
from casehub.workflow.calendar import danish_day


@dataclass(frozen=True, slots=True)
class Context:
    """What a use case is handed. The clock comes in as `now`; nothing else tells the time.

    `scanner`: what looks files through, if this node has one.
    """

    gate: Gate
    catalogue: Catalogue
    scanner: Scanner | None

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.gate.actor

    @property
    def session(self) -> Session:
        """The one session of this unit of work, bound to the actor's authority."""
        return self.gate.session

    @property
    def now(self) -> datetime:
        """When it happens (aware, UTC)."""
        return self.gate.now

    @property
    def today(self) -> date:
        """The day it is in Denmark."""
        return danish_day(self.now)
