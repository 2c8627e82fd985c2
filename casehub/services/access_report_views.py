"""A citizen's access report and what its pages are handed: frozen views, as all others (`views`)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.services.held_case import HeldCase
from casehub.services.views import Choice


@dataclass(frozen=True, slots=True)
class FoundCitizen:
    """What the question before asking a colleague shows: case numbers, and how each says the citizen may be reached."""

    name: str
    cases: tuple[str, ...]
    safe_contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that would be in the report, and can be left out. `lines`: (label, text) pairs, opened."""

    id: UUID
    case_number: str
    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReportBasis:
    """What a report can be made of. `grounds`: on which something can be left out, by the authority's own law.

    `named`: what the authority has decided about naming its own staff, unless something else is chosen for this report.
    """

    approval_id: UUID
    citizen: FoundCitizen
    candidates: tuple[Candidate, ...]
    grounds: tuple[Choice, ...]
    named: bool


@dataclass(frozen=True, slots=True)
class ReportLookUp:
    """An entry of the log about the case. `name` is "" where the identity of staff is withheld."""

    at: datetime
    authority: str
    unit: str
    name: str
    act: str


@dataclass(frozen=True, slots=True)
class ReportCase:
    """All that is told of one case, nobody of staff named in `held`. `left_out`: how many items were left out of it."""

    held: HeldCase
    look_ups: tuple[ReportLookUp, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class AccessReport:
    """What an authority holds about a citizen in casehub, at the moment it was made."""

    authority: str
    made_at: datetime
    law: str
    name: str
    cpr: str
    scope: str
    left_out: int
    left_out_ground: str
    staff: str
    rights: tuple[str, ...]
    cases: tuple[ReportCase, ...]
