"""From opened cases to a citizen's access report. All of it was decided and recorded before it arrived.

What others gave stands as it was received, with who gave it and on which basis: the authority answers for what it holds.
"""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.gate import Reading
from casehub.access.resources import AuthorityResource
from casehub.services.access_report_views import (
    AccessReport,
    Candidate,
    FoundCitizen,
    ReportCase,
    ReportLookUp,
)
from casehub.services.case_view import build_case_view, identity_view
from casehub.services.context import Context
from casehub.services.held_case import TITLES, held_case, lines_by_item
from casehub.services.openings import find_entries
from casehub.services.wording import access_law, access_rights

WHO_IT_IS = frozenset({"identity", "whereabouts"})
SCOPE = (
    "Oversigten viser, hvad {authority} har om dig i casehub i de sager, der er nævnt her. Har andre enheder i myndigheden "
    "sager om dig, svarer de for sig. Andre myndigheder svarer selv for det, de har."
)
NAMED = "I oversigten over opslag står {authority}s medarbejdere med navn. Andre myndigheders står med myndighed og enhed."
WITHHELD = "I oversigten over opslag står medarbejdere med myndighed og enhed. Deres navne er udeladt."


def found_citizen(readings: Sequence[Reading]) -> FoundCitizen:
    """Who it is, and what must be known before writing to them."""
    people = [found for found in map(identity_view, readings) if found]
    return FoundCitizen(
        name=people[-1].name if people else "",
        cases=tuple(reading.rows.case.number for reading in readings),
        safe_contacts=tuple(
            dict.fromkeys(person.reach.safe_contact for person in people if person.reach.safe_contact)
        ),
    )


def candidates(ctx: Context, readings: Sequence[Reading]) -> tuple[Candidate, ...]:
    """What can be left out: all but who the citizen is."""
    return tuple(found for reading in readings for found in _candidates_of(ctx, reading))


def build_report(
    ctx: Context, readings: Sequence[Reading], *, left_out: Collection[str], ground: str, named: bool
) -> AccessReport:
    """The whole report."""
    authority = ctx.catalogue.authority_name(ctx.actor.authority)
    people = [found for found in map(identity_view, readings) if found]
    cases = tuple(_case(ctx, reading, left_out, named=named) for reading in readings)
    missing = sum(case.left_out for case in cases)
    return AccessReport(
        authority=authority,
        made_at=ctx.now,
        law=access_law(ctx.actor.authority_kind),
        name=people[-1].name if people else "",
        cpr=people[-1].cpr if people else "",
        scope=SCOPE.format(authority=authority),
        left_out=missing,
        left_out_ground=ground if missing else "",
        staff=(NAMED if named else WITHHELD).format(authority=authority),
        rights=access_rights(ctx.actor.authority_kind),
        cases=cases,
    )


def _candidates_of(ctx: Context, reading: Reading) -> Iterator[Candidate]:
    case = build_case_view(ctx, reading)
    lines = lines_by_item(ctx, reading, case)
    for rows in reading.items:
        if rows.item.kind not in WHO_IT_IS:
            owner = ctx.catalogue.authority_name(rows.item.authority_id)
            title = f"{TITLES.get(rows.item.kind, rows.item.kind)} fra {owner}"
            yield Candidate(rows.item.id, case.number, title, lines.get(rows.item.id, ()))


def _case(ctx: Context, reading: Reading, left_out: Collection[str], *, named: bool) -> ReportCase:
    """Who wrote what is staff's; only the log's part can name them, and only where Cedar lets it."""
    case = build_case_view(ctx, reading)
    others = {str(rows.item.id) for rows in reading.rows.items if rows.item.kind not in WHO_IT_IS}
    return ReportCase(
        held=held_case(ctx, reading, case, named=False),
        look_ups=_look_ups(ctx, case.id, named=named),
        left_out=len(others & set(left_out)),
    )


def _look_ups(ctx: Context, case_id: UUID, *, named: bool) -> tuple[ReportLookUp, ...]:
    """What the log has about the case, as far as the authority sees; names only of those Cedar lets one name."""
    found = find_entries(ctx, case_id=case_id)
    kind = ctx.catalogue.authority_kind
    nameable = {
        authority
        for authority in {line.authority for line in found}
        if named and ctx.gate.may(Action.VIEWERS_NAME, AuthorityResource(authority, kind(authority)))
    }
    return tuple(
        ReportLookUp(
            at=line.at,
            authority=ctx.catalogue.authority_name(line.authority),
            unit=ctx.catalogue.unit_name(line.unit) if line.unit else "",
            name=line.staff.name if line.staff and line.authority in nameable else "",
            act=line.event.text,
        )
        for line in found
    )
