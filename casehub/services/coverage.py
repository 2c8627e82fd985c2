"""How the contact network covers units and kommuner today: who is contact where, and what is missing, in words."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Role
from casehub.audit import Event
from casehub.definitions.organisation import AuthorityDefinition, UnitDefinition
from casehub.model import Staff
from casehub.services.cells import Cell
from casehub.services.contact_views import CoverageRow, CoverageTable, CoverageView
from casehub.services.context import Context
from casehub.services.duties import away_of
from casehub.services.posts import cells_of, missing_of_own, posts_of
from casehub.services.telling import MessageKind, Tiding, tell

_KINDS = {
    "politi": ("Politiets enheder", "Enhed"),
    "psykiatri": ("Psykiatriens enheder", "Enhed"),
    "kriminalforsorg": ("Kriminalforsorgens enheder", "Enhed"),
}


def read_coverage(ctx: Context) -> CoverageView:
    """The contact network: stations and other units by network, and kommuner by network, as far as one may see. NotFound."""
    ctx.gate.visit(action=Action.CONTACTS_READ, event=Event.CONTACTS_READ)
    posts = posts_of(ctx)
    seen = ctx.gate.may_each(Action.CONTACTS_READ, posts)
    cells = cells_of(ctx, [post for post, may in zip(posts, seen, strict=True) if may])
    own = ctx.actor.authority
    return CoverageView(
        tables=(*_by_unit(ctx, cells), _by_kommune(ctx, cells)),
        missing=tuple(cell for cell in cells if cell.problem and ctx.catalogue.owner_of(cell.unit_id) == own),
        keeps=ctx.actor.keeps_contacts,
    )


def tell_gaps(ctx: Context) -> None:
    """Tell whoever keeps the authority's contacts of each unit's gaps, once while they are the same; the administrators where nobody does."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    if missing := missing_of_own(ctx):
        staff = _keepers(ctx)
        units = dict.fromkeys(cell.unit_id for cell in missing)
        gaps = [[cell for cell in missing if cell.unit_id == unit] for unit in units]
        tell(ctx, [Tiding(MessageKind.GAP, _source(cells), None, staff) for cells in gaps])


def _source(cells: Iterable[Cell]) -> UUID:
    """A unit's gaps as they came about: the same until somebody's duty or absence at one of them changes."""
    told = (f"{cell.network}/{cell.unit_id}/{cell.state}/{cell.problem}" for cell in cells)
    return uuid5(UUID(int=0), " ".join(told))


def _keepers(ctx: Context) -> tuple[UUID, ...]:
    own = (Staff.authority_id == ctx.actor.authority, Staff.retired_at.is_(None))
    keepers = ctx.session.scalars(select(Staff.id).where(*own, Staff.keeps_contacts_since.is_not(None))).all()
    away = away_of(ctx.session, keepers, ctx.today)
    if there := tuple(each for each in keepers if each not in away):
        return there
    return tuple(ctx.session.scalars(select(Staff.id).where(*own, Staff.role == Role.ADMINISTRATOR.value)))


def _by_unit(ctx: Context, cells: Sequence[Cell]) -> Iterable[CoverageTable]:
    authorities = ctx.catalogue.current.organisation.authorities
    for kind, (title, what) in _KINDS.items():
        units = [unit for each in authorities if each.kind == kind for unit in each.units]
        if table := _table(title, what, [(unit.name, [unit.id]) for unit in units], cells):
            yield table


def _by_kommune(ctx: Context, cells: Sequence[Cell]) -> CoverageTable:
    """Each kommune with its own units, and of the others' units that cover it those that lack somebody."""
    organisation = ctx.catalogue.current.organisation
    lacking = {cell.unit_id for cell in cells if cell.problem}
    rows = []
    for kommune in organisation.kommuner:
        covering = [
            unit.id
            for authority in organisation.authorities
            for unit in authority.units
            if _covers(authority, unit, kommune.code) and (authority.kind == "kommune" or unit.id in lacking)
        ]
        rows.append((kommune.name, covering))
    own = {
        unit.id
        for authority in organisation.authorities
        if authority.kind == "kommune"
        for unit in authority.units
    }
    shown = [cell for cell in cells if cell.unit_id in own or cell.problem]
    return _table("Kommunerne", "Kommune", rows, shown) or CoverageTable("Kommunerne", "Kommune", (), ())


def _covers(authority: AuthorityDefinition, unit: UnitDefinition, kommune: str) -> bool:
    return kommune in (unit.kommuner or authority.kommuner)


def _table(
    title: str, what: str, rows: Iterable[tuple[str, Sequence[str]]], cells: Iterable[Cell]
) -> CoverageTable | None:
    """The rows' units by network; only the networks in which any of them has a place. None if none has."""
    found: dict[tuple[str, str], Cell] = {(cell.network, cell.unit_id): cell for cell in cells}
    lines = [
        (name, units) for name, units in rows if any(unit == each for unit in units for _, each in found)
    ]
    networks = dict.fromkeys(
        (cell.network, cell.network_name)
        for cell in found.values()
        if any(cell.unit_id in units for _, units in lines)
    )
    if not lines:
        return None
    return CoverageTable(
        title=title,
        what=what,
        networks=tuple(name for _, name in networks),
        rows=tuple(
            CoverageRow(
                name,
                tuple(
                    tuple(found[network, unit] for unit in units if (network, unit) in found)
                    for network, _ in networks
                ),
            )
            for name, units in lines
        ),
    )
