"""The citizen's access report: found by CPR, asked for, confirmed by a colleague, and then made by the one who asked.

It holds what the own authority has in the cases that the one who makes it may read. It is kept nowhere: whoever asked
can make it again for 14 days, and each time is an entry that names every item. casehub sends nothing.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.gate import Reading
from casehub.access.rows import CaseRows, ItemRows
from casehub.access.writing import Writing
from casehub.audit import Event
from casehub.model import Approval
from casehub.services.access_report_content import WHO_IT_IS, build_report, candidates, found_citizen
from casehub.services.access_report_views import AccessReport, FoundCitizen, ReportBasis
from casehub.services.approvals import Kind, ask_approval, use_approval
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.services.wording import access_grounds
from casehub.values import Cpr

YES = "ja"
READ_FIRST = "Læs, hvordan borgeren må kontaktes, og sæt krydset."
_OWN_CASE_WORK = frozenset(
    {"recall", "breach"}
)  # about our own handling: answered by hand, not by this report


def prepare_report(ctx: Context, *, cpr: str) -> FoundCitizen:
    """Which cases an answer would be about, and how the citizen may be reached. FormRefused where there are none."""
    return found_citizen(_find(ctx, cpr))


def ask_report(ctx: Context, *, cpr: str, reason: str, acknowledged: str) -> UUID:
    """Ask a colleague to confirm that the citizen is answered; the approval's id. FormRefused, Conflict.

    The citizen is looked up anew, which is an entry of its own. The approval holds ids of cases and never the CPR
    number; it is about the newest of them, so that whoever confirms it is one who may read that case.
    """
    readings = _find(ctx, cpr)
    check = Checking()
    _check_acknowledged(check, acknowledged)
    check.done()
    ids = sorted(str(reading.rows.case.id) for reading in readings)
    return ask_approval(
        ctx,
        kind=Kind.ACCESS_REPORT,
        reason=reason,
        case_id=readings[-1].rows.case.id,
        subject={"cases": " ".join(ids), "asked_by": str(ctx.actor.staff_id)},
    )


def read_report_basis(ctx: Context, *, approval_id: UUID) -> ReportBasis:
    """All that would be in the report, to choose what must be left out. Conflict where nobody confirmed it; NotFound."""
    readings = _read(ctx, approval_id, Event.ACCESS_REPORT_READ, left_out=frozenset())
    return ReportBasis(
        approval_id=approval_id,
        citizen=found_citizen(readings),
        candidates=candidates(ctx, readings),
        grounds=access_grounds(ctx.actor.authority_kind),
        named=ctx.catalogue.names_staff(ctx.actor.authority),
    )


def make_report(
    ctx: Context,
    *,
    approval_id: UUID,
    leave_out: Sequence[str],
    ground: str,
    named: bool,
    acknowledged: str,
) -> AccessReport:
    """The report. What is left out is not even opened. FormRefused, Conflict, NotFound.

    `named`: tell the names of own staff in the log's part; else only authority and unit. Others' staff are never named.
    """
    grounds = {choice.value: choice.text for choice in access_grounds(ctx.actor.authority_kind)}
    check = Checking()
    _check_acknowledged(check, acknowledged)
    if leave_out:
        check.choice("ground", ground, grounds, "Vælg, hvorfor noget er udeladt.")
    check.done()
    left_out = frozenset(leave_out)
    readings = _read(ctx, approval_id, Event.ACCESS_REPORT_MADE, left_out=left_out, named=named)
    return build_report(ctx, readings, left_out=left_out, ground=grounds.get(ground, ""), named=named)


def _find(ctx: Context, cpr: str) -> tuple[Reading, ...]:
    """The citizen's cases that the actor may read, the oldest first, with no more opened than who it is."""
    ctx.gate.require(action=Action.CASE_SEARCH, event=Event.ACCESS_REPORT_PREPARED)
    check = Checking()
    number = check.value("cpr", cpr, lambda text: Cpr.parse(text, today=ctx.today))
    check.done()
    if number is None:  # `done` has raised
        raise NotFound
    readings = ctx.gate.read_citizen(
        citizen=number.normalised,
        networks=tuple(ctx.catalogue.current.networks),
        event=Event.ACCESS_REPORT_PREPARED,
        wanted=lambda rows: [item for item in rows.items if item.item.kind == "identity"],
    )
    if not readings:
        check.wrong("cpr", "Der er ingen sag om borgeren, som du har adgang til. Tjek nummeret.")
        check.done()
    return readings


def _read(
    ctx: Context, approval_id: UUID, event: Event, *, left_out: Collection[str], named: bool = False
) -> tuple[Reading, ...]:
    def use(writing: Writing, approval: Approval) -> tuple[UUID, ...]:
        use_approval(writing, approval, finish=event is Event.ACCESS_REPORT_MADE)
        if left_out:
            writing.detail["left_out"] = str(len(left_out))
        if named:
            writing.detail["staff"] = "named"
        return tuple(UUID(case_id) for case_id in approval.subject["cases"].split())

    def wanted(rows: CaseRows) -> list[ItemRows]:
        return [
            found
            for found in rows.items
            if found.item.kind not in _OWN_CASE_WORK
            and (found.item.kind in WHO_IT_IS or str(found.item.id) not in left_out)
        ]

    return ctx.gate.read_approved(
        action=Action.REPORT_MAKE, event=event, approval_id=approval_id, use=use, wanted=wanted
    )


def _check_acknowledged(check: Checking, acknowledged: str) -> None:
    if acknowledged != YES:
        check.wrong("acknowledged", READ_FIRST)
