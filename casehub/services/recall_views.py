"""What is shown of taking back, and of breach reports: frozen views, as all others (`views`)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.services.item_words import ItemWords


@dataclass(frozen=True, slots=True)
class RecallNotice:
    """That the own authority took something back, why, and the breach report it began, if any."""

    at: datetime
    reason: str
    breach_id: UUID | None


@dataclass(frozen=True, slots=True)
class TakingBack:
    """What the owner of something is offered: to take it back, or, where it was (`recalled`), to see who had opened it.

    `what`: as a sentence names it.
    """

    item_id: UUID
    what: str
    recalled: RecallNotice | None


@dataclass(frozen=True, slots=True)
class GivenView:
    """An authority an item was given to: by whom, when, on which basis, for what purpose.

    Where another authority passed it on, `by` is that authority and no more is known.
    """

    to: str
    by: str
    at: datetime | None
    basis: str
    purpose: str


@dataclass(frozen=True, slots=True)
class OpeningView:
    """A person who was shown a page with the item on it: how many times, first and last. `own`: of the owner's staff.

    `fetched`: it is a file, and this person has fetched it; others saw its name and description.
    """

    name: str
    title: str
    unit: str
    authority: str
    own: bool
    times: int
    first: datetime
    last: datetime
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class FactsView:
    """What is known of an item that was given away."""

    case_number: str
    written_at: datetime
    written_by: str
    given: tuple[GivenView, ...]
    openings: tuple[OpeningView, ...]
    recalled_at: datetime | None
    recalled_by: str

    @property
    def unopened(self) -> tuple[str, ...]:
        """Authorities that were given it, and where nobody has opened it: they could have."""
        opened = {line.authority for line in self.openings}
        return tuple(line.to for line in self.given if line.to not in opened)


@dataclass(frozen=True, slots=True)
class RecallView:
    """Something own that can be, or was, taken back. `source`: what the law says about breaches, in words.

    `shown`: (label, text) of what was written. `given`: somebody else can open it now.
    """

    case_id: UUID
    case_number: str
    item_id: UUID
    kind: str
    words: ItemWords
    shown: tuple[tuple[str, str], ...]
    given: bool
    recalled: RecallNotice | None
    facts: FactsView
    source: str


@dataclass(frozen=True, slots=True)
class BreachReport:
    """A breach report as written. `outcome`: anmeldt, ikke-anmeldt, or "" while it is open; `reported_on`: ISO date."""

    what: str = ""
    categories: str = ""
    consequences: str = ""
    measures: str = ""
    informed: str = ""
    outcome: str = ""
    reported_on: str = ""
    journal: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class BreachView:
    """A breach report with its deadline and what is known. `version`: of the report, carried by the form."""

    id: UUID
    case_id: UUID
    case_number: str
    item_id: UUID
    words: ItemWords
    aware_at: datetime
    due_at: datetime
    overdue: bool
    concluded_at: datetime | None
    source: str
    version: int
    report: BreachReport
    facts: FactsView
