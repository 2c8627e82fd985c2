"""The citizen has moved: the case is another kommune's from now on, whose units can then be brought in.

Nothing follows by itself. What was disclosed to the kommune left behind stays with it, and is not the new one's: each disclosure to that
one is decided again, where parties are chosen.
"""

from dataclasses import dataclass
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.rows import CaseRows
from casehub.audit import Event
from casehub.definitions.networks import Network
from casehub.model import CaseEvent, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.views import Choice

MOVED = "moved"


@dataclass(frozen=True, slots=True)
class MoveForm:
    """Where the case is, and where it can go. `staying`: units of the kommune left behind, which keep what they have."""

    case_id: UUID
    case_number: str
    kommune: str
    kommune_code: str
    kommuner: tuple[Choice, ...]
    staying: tuple[str, ...]


def read_move_form(ctx: Context, *, case_id: UUID) -> MoveForm:
    """The form. NotFound for all but the tovholder of an open case."""
    reading = ctx.gate.read_case(
        case_id=case_id, event=Event.CASE_READ, wanted=lambda _: (), action=Action.CASE_MOVE
    )
    case = reading.rows.case
    return MoveForm(
        case_id=case.id,
        case_number=case.number,
        kommune=ctx.catalogue.kommune_name(case.kommune),
        kommune_code=case.kommune,
        kommuner=tuple(
            Choice(row.code, row.name)
            for row in ctx.catalogue.current.organisation.kommuner
            if row.code != case.kommune
        ),
        staying=_staying(ctx, reading.rows),
    )


def move_case(ctx: Context, *, case_id: UUID, kommune: str, seen: str) -> None:
    """Note that the citizen now lives in another kommune. `seen`: the one the form was drawn for. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_case(action=Action.CASE_MOVE, case_id=case_id, event=Event.CASE_MOVED) as writing:
        case = writing.case.case
        if case.kommune != seen:
            raise Conflict("En anden har noteret, at borgeren er flyttet. Se, hvilken kommune der står nu.")
        check = Checking()
        known = {row.code for row in ctx.catalogue.current.organisation.kommuner} - {case.kommune}
        check.choice("kommune", kommune, known, "Vælg den kommune, borgeren er flyttet til.")
        network = ctx.catalogue.network(ctx.session, case)
        if not check.errors and not _coordinated_there(ctx, network, case.coordinating_unit, kommune):
            told = "Sagens tovholder dækker ikke den kommune. Afslut sagen her, og lav en ny henvendelse dér."
            check.wrong("kommune", told)
        check.done()
        case.kommune = kommune
        writing.add(
            CaseEvent(
                id=new_id(),
                case_id=case.id,
                name=MOVED,
                at=ctx.now,
                recorded_at=ctx.now,
                by_staff=ctx.actor.staff_id,
                by_authority=ctx.actor.authority,
            )
        )


def _coordinated_there(ctx: Context, network: Network, unit_id: str, kommune: str) -> bool:
    covering = ctx.catalogue.units_covering(
        kind=network.coordinator_kind, unit_kind=network.coordinator_unit_kind, kommune=kommune
    )
    return any(unit.id == unit_id for _, unit in covering)


def _staying(ctx: Context, rows: CaseRows) -> tuple[str, ...]:
    units = [
        row.unit_id
        for row in rows.participants
        if ctx.catalogue.authority_kind(row.authority_id) == "kommune"
    ]
    return tuple(ctx.catalogue.unit_name(unit) for unit in units)
