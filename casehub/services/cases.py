"""Reading: the list, the question »is the citizen known?«, and the case page."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.rows import CaseRows, ItemRows, Listing
from casehub.audit import Event
from casehub.definitions.networks import Network, Subject
from casehub.model import Case, Step
from casehub.services.case_view import build_case_view
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.views import CaseLine, CaseView
from casehub.services.wording import state_text
from casehub.values import Address, Cpr, Cvr, PersonName, Phone


def list_cases(ctx: Context) -> tuple[CaseLine, ...]:
    """Every case the actor may read, newest first."""
    return _lines(ctx, ctx.gate.list_cases(action=Action.CASE_LIST, event=Event.CASE_LISTED))


def find_known(ctx: Context, *, network: str, cpr: str) -> tuple[CaseLine, ...]:
    """Cases about this citizen that the actor may see. A recorded question; the number itself is not recorded.

    `cpr`: in a network about businesses, the CVR number.
    """
    ctx.gate.require(action=Action.CASE_SEARCH, event=Event.CASE_SEARCHED)
    check = Checking()
    chosen = ctx.catalogue.current.networks.get(network)
    number = check.value("cpr", cpr, lambda text: subject_number(chosen, text, today=ctx.today))
    check.done()
    if number is None:
        return ()
    wanted = {field_of(number): (number.normalised,)}
    return _lines(ctx, ctx.gate.find_cases(networks=(network,), wanted=wanted))


def subject_number(network: Network | None, text: str, *, today: date) -> Cpr | Cvr:
    """The number of whom a network's cases are about; ValueRefused."""
    if network is not None and network.subject is Subject.BUSINESS:
        return Cvr.parse(text)
    return Cpr.parse(text, today=today)


def field_of(number: Cpr | Cvr | None) -> str:
    """Under which name it is found in the index."""
    return "cvr" if isinstance(number, Cvr) else "cpr"


def search_cases(ctx: Context, *, cpr: str, name: str, phone: str, address: str) -> tuple[CaseLine, ...]:
    """The cases the actor may see about whoever has all that was typed (raw, empty where it is not known).

    Exact: a name by whole words in any order, an address to the very flat. Recorded, without what was searched for.
    FormRefused.
    """
    ctx.gate.require(action=Action.CASE_SEARCH, event=Event.CASE_SEARCHED)
    check = Checking()
    number = check.optional("cpr", cpr, lambda text: Cpr.parse(text, today=ctx.today))
    called = check.optional("name", name, PersonName.parse)
    reached = check.optional("phone", phone, Phone.parse)
    lives = check.optional("address", address, Address.parse)
    if not any(text.strip() for text in (cpr, name, phone, address)):
        check.wrong("cpr", "Udfyld mindst ét af felterne.")
    check.done()
    wanted: dict[str, tuple[str, ...]] = {
        field: (value.normalised,)
        for field, value in (("cpr", number), ("phone", reached), ("address", lives))
        if value
    }
    if called:
        wanted["name"] = called.words
    return _lines(ctx, ctx.gate.find_cases(networks=tuple(ctx.catalogue.current.networks), wanted=wanted))


def read_case(ctx: Context, *, case_id: UUID) -> CaseView:
    """The case page: everything this reader may see, opened after its entry was committed. NotFound otherwise."""
    reading = ctx.gate.read_case(case_id=case_id, event=Event.CASE_READ, wanted=_shown)
    return build_case_view(ctx, reading)


def _shown(rows: CaseRows) -> tuple[ItemRows, ...]:
    """All but breach reports, which have a page of their own."""
    return tuple(found for found in rows.items if found.item.kind != "breach")


def _lines(ctx: Context, listing: Listing) -> tuple[CaseLine, ...]:
    return tuple(_line(ctx, case, listing.ready[case.id]) for case in listing.cases)


def _line(ctx: Context, case: Case, ready: Sequence[Step]) -> CaseLine:
    due = [step.due_at for step in ready if step.due_at]
    return CaseLine(
        id=case.id,
        number=case.number,
        network_name=ctx.catalogue.network(ctx.session, case).name,
        kommune=ctx.catalogue.kommune_name(case.kommune),
        acute=case.acute,
        state=case.state,
        state_text=state_text(case.state),
        opened_at=case.opened_at,
        overdue_steps=sum(moment < ctx.now for moment in due),
        next_due=min(due, default=None),
    )
