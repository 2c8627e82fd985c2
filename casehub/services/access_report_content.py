"""From opened cases to a citizen's access report. All of it was decided and recorded before it arrived.

What others gave stands as it was received, with who gave it and on which basis: the authority answers for what it holds.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.gate import Content, Reading
from casehub.access.resources import AuthorityResource
from casehub.access.rows import ItemRows
from casehub.definitions.networks import Network
from casehub.services.access_report_views import (
    AccessReport,
    Candidate,
    FoundCitizen,
    ReportCase,
    ReportDisclosure,
    ReportItem,
    ReportLookUp,
)
from casehub.services.case_view import build_case_view, identity_view
from casehub.services.context import Context
from casehub.services.openings import find_entries
from casehub.services.views import CaseView, DisclosureView
from casehub.services.wording import access_law, access_rights

SCOPE = (
    "Oversigten viser, hvad {authority} har om dig i casehub i de sager, der er nævnt her. Har andre enheder i myndigheden "
    "sager om dig, svarer de for sig. Andre myndigheder svarer selv for det, de har."
)
NAMED = "I oversigten over opslag står {authority}s medarbejdere med navn. Andre myndigheders står med myndighed og enhed."
WITHHELD = "I oversigten over opslag står medarbejdere med myndighed og enhed. Deres navne er udeladt."
_TITLES = {
    "referral": "Henvendelsen",
    "note": "Notat",
    "decision": "Beslutning fra et møde",
    "file": "Fil",
    "evidence": "Udfyldt trin",
    "necessity": "Begrundelse for at videregive",
    "oral": "Sagt mundtligt",
}


def found_citizen(readings: Sequence[Reading]) -> FoundCitizen:
    """Who it is, and what must be known before writing to them."""
    people = [found for found in map(identity_view, readings) if found]
    return FoundCitizen(
        name=people[-1].name if people else "",
        cases=tuple(reading.rows.case.number for reading in readings),
        safe_contacts=tuple(dict.fromkeys(person.safe_contact for person in people if person.safe_contact)),
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
    lines = _lines_by_item(reading, case)
    for rows in reading.items:
        if rows.item.kind != "identity":
            owner = ctx.catalogue.authority_name(rows.item.authority_id)
            title = f"{_TITLES.get(rows.item.kind, rows.item.kind)} fra {owner}"
            yield Candidate(rows.item.id, case.number, title, lines.get(rows.item.id, ()))


def _case(ctx: Context, reading: Reading, left_out: Collection[str], *, named: bool) -> ReportCase:
    case = build_case_view(ctx, reading)
    own = ctx.catalogue.authority_name(ctx.actor.authority)
    told = [_disclosure(row) for row in case.disclosures]
    held = {str(rows.item.id) for rows in reading.rows.items if rows.item.kind != "identity"}
    return ReportCase(
        number=case.number,
        network=case.network_name,
        kommune=case.kommune,
        opened_at=case.opened_at,
        state=case.state_text,
        closed_at=case.closed_at,
        deletion_on=case.deletion_on,
        participants=case.participants,
        citizen=_citizen(case),
        items=tuple(_items(ctx, reading, case)),
        given=tuple(row for row in told if row.sender == own),
        received=tuple(row for row in told if row.sender != own),
        look_ups=_look_ups(ctx, case.id, named=named),
        left_out=len(held & set(left_out)),
    )


def _citizen(case: CaseView) -> tuple[tuple[str, str], ...]:
    if case.identity is None:
        return ()
    rows = (
        ("Navn", case.identity.name),
        ("CPR-nummer", case.identity.cpr),
        ("Adresse", case.identity.address),
        ("Telefon", case.identity.phone),
        ("Sikker kontakt", case.identity.safe_contact or ""),
    )
    return tuple((label, text) for label, text in rows if text)


def _items(ctx: Context, reading: Reading, case: CaseView) -> Iterator[ReportItem]:
    """What was written; necessity notes and what was said stand with their disclosures."""
    lines, network = _lines_by_item(reading, case), ctx.catalogue.network(ctx.session, reading.rows.case)
    for rows in reading.items:
        if rows.item.kind in {"identity", "necessity", "oral"}:
            continue
        yield ReportItem(
            title=_TITLES.get(rows.item.kind, rows.item.kind),
            source=ctx.catalogue.authority_name(rows.item.authority_id),
            at=rows.item.created_at,
            received_on=_received_on(ctx, reading, rows, network),
            lines=lines.get(rows.item.id, ()),
        )


def _received_on(ctx: Context, reading: Reading, rows: ItemRows, network: Network) -> str | None:
    grant = rows.grant_to(ctx.actor.authority)
    if rows.item.authority_id == ctx.actor.authority or grant is None:
        return None
    bases = {row.id: row.basis for row in reading.rows.disclosures}
    basis = bases.get(grant.disclosure_id) if grant.disclosure_id else None
    return network.basis(basis).text if basis else "Givet videre af en anden myndighed"


def _lines_by_item(reading: Reading, case: CaseView) -> Mapping[UUID, tuple[tuple[str, str], ...]]:
    """Each opened item in words, as the case page says it."""
    lines: dict[UUID, tuple[tuple[str, str], ...]] = {
        rows.item.id: _plain(rows.item.kind, content)
        for rows in reading.items
        for content in (reading.content[rows.item.id],)
    }
    lines |= {rows.item.id: case.referral for rows, _ in reading.of_kind("referral")}
    titles = {step.id: (step.title, step.evidence) for step in case.steps}
    for row in reading.rows.steps:
        if row.evidence_item in lines and row.id in titles:
            title, evidence = titles[row.id]
            lines[row.evidence_item] = (("Trin", title), *evidence)
    return lines


def _plain(kind: str, content: Content) -> tuple[tuple[str, str], ...]:
    if kind == "file":
        about = f"{content['name']} ({content['type']}, {content['size']} bytes). Filen udleveres for sig."
        return (
            ("Fil", about),
            *((("Beskrivelse", content["description"]),) if content["description"] else ()),
        )
    return (("Tekst", content["text"]),) if "text" in content else ()


def _disclosure(row: DisclosureView) -> ReportDisclosure:
    return ReportDisclosure(
        sender=row.from_name,
        recipient=row.to_name,
        at=row.happened_at,
        form="Mundtligt" if row.oral else "Skriftligt",
        basis=row.basis,
        purpose=row.purpose,
        necessity=row.necessity,
        said=row.content or "",
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
