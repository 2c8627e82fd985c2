"""What the pages of the contact network show. Names and work phones; no case is in it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from casehub.services.cells import Cell
from casehub.services.views import Choice


@dataclass(frozen=True, slots=True)
class DutyLine:
    """Somebody's duty at a post. `state`: now, coming or ended; `away`: away today; `stands_in`: for whom is away."""

    id: UUID
    name: str
    title: str
    phone: str | None
    function: str
    valid_from: date
    valid_to: date | None
    state: str
    away: bool
    stands_in: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class PostView:
    """A post: who has duties there. `seen`: names the state it was read in; `problem`: what is missing `today`, if anything."""

    network: str
    network_name: str
    unit_id: str
    unit: str
    authority: str
    phone: str | None
    duties: tuple[DutyLine, ...]
    problem: str | None
    may_write: bool
    staff: tuple[Choice, ...]
    functions: tuple[Choice, ...]
    seen: str
    today: date


@dataclass(frozen=True, slots=True)
class DutyChange:
    """One duty, for the form that changes how long it lasts."""

    line: DutyLine
    network: str
    network_name: str
    unit_id: str
    unit: str
    seen: str


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """When somebody is away."""

    id: UUID
    name: str
    first_day: date
    last_day: date | None
    begun: bool


@dataclass(frozen=True, slots=True)
class AbsencesView:
    """Who of one's authority is away, or will be: everybody for its coordinator, else oneself. `staff`: of whom it can be noted."""

    lines: tuple[AbsenceLine, ...]
    staff: tuple[Choice, ...]
    me: str
    absent: bool
    today: date


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A unit or a kommune, with what stands in each network's column; an empty one: it has no place there."""

    name: str
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class CoverageTable:
    """Rows by networks. `by_unit`: its rows are units, of one kind of authority; else kommuner."""

    title: str
    what: str
    networks: tuple[str, ...]
    rows: tuple[CoverageRow, ...]


@dataclass(frozen=True, slots=True)
class CoverageView:
    """The contact network as one may see it. `missing`: what one's own authority lacks today."""

    tables: tuple[CoverageTable, ...]
    missing: tuple[Cell, ...]
    keeps: bool
