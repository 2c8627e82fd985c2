"""What the own authority holds of a case, in words: for the citizen's report and for the authority's own journal.

All of it was decided and recorded before it arrived. What others gave stands as it was received, with who gave it and on
which basis. Nothing is opened here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from casehub.access.gate import Content, Reading
from casehub.access.rows import ItemRows
from casehub.definitions.networks import Network
from casehub.services.consent_views import consent_lines, consent_views
from casehub.services.context import Context
from casehub.services.views import CaseView, DisclosureView

Lines = tuple[tuple[str, str], ...]
TITLES = {
    "referral": "Henvendelsen",
    "note": "Notat",
    "decision": "Beslutning fra et møde",
    "file": "Fil",
    "assessment": "Risikovurdering",
    "evidence": "Udfyldt trin",
    "change": "Hvorfor et trin er ændret",
    "necessity": "Begrundelse for at videregive",
    "oral": "Sagt mundtligt",
    "consent": "Samtykke",
    "recall": "Hvorfor noget er trukket tilbage",
    "hold": "Hvorfor sagen ikke kan slettes",
}
# stand on top, and with their disclosures; why a member of staff is barred says nothing of the citizen
_ELSEWHERE = frozenset({"identity", "whereabouts", "necessity", "oral", "exclusion"})


@dataclass(frozen=True, slots=True)
class HeldItem:
    """Something the authority holds. `source`: the authority that wrote it; `received_on`: the basis it was given on.

    `by`: who wrote it; "" where staff are not named. `lines`: (label, text) pairs.
    """

    title: str
    source: str
    by: str
    at: datetime
    received_on: str | None
    lines: Lines


@dataclass(frozen=True, slots=True)
class HeldDisclosure:
    """What the authority gave to another, or was given. `said`: of an oral one. `by`: as of an item."""

    sender: str
    recipient: str
    by: str
    at: datetime
    form: str
    basis: str
    purpose: str
    necessity: str
    said: str


@dataclass(frozen=True, slots=True)
class HeldCase:
    """All that the authority holds of one case. `citizen`: (label, text) pairs."""

    number: str
    network: str
    kommune: str
    opened_at: datetime
    state: str
    closed_at: datetime | None
    deletion_on: date | None
    participants: tuple[str, ...]
    citizen: Lines
    items: tuple[HeldItem, ...]
    given: tuple[HeldDisclosure, ...]
    received: tuple[HeldDisclosure, ...]


def held_case(ctx: Context, reading: Reading, case: CaseView, *, named: bool) -> HeldCase:
    """All of an opened case. `named`: with the names of those who wrote and disclosed."""
    own = ctx.catalogue.authority_name(ctx.actor.authority)
    told = [_disclosure(row, named=named) for row in case.disclosures]
    return HeldCase(
        number=case.number,
        network=case.network_name,
        kommune=case.kommune,
        opened_at=case.opened_at,
        state=case.state_text,
        closed_at=case.closed_at,
        deletion_on=case.deletion_on,
        participants=case.participants,
        citizen=_citizen(case),
        items=tuple(_items(ctx, reading, case, named=named)),
        given=tuple(row for row in told if row.sender == own),
        received=tuple(row for row in told if row.sender != own),
    )


def lines_by_item(ctx: Context, reading: Reading, case: CaseView) -> Mapping[UUID, Lines]:
    """Each opened item in words, as the case page says it."""
    lines: dict[UUID, Lines] = {
        rows.item.id: _plain(rows.item.kind, content)
        for rows in reading.items
        for content in (reading.content[rows.item.id],)
    }
    lines |= {rows.item.id: case.referral for rows, _ in reading.of_kind("referral")}
    lines |= {
        view.id: (("Tjekliste", view.checklist), ("Niveau", view.level), *view.lines)
        for view in case.assessments
    }
    lines |= {
        view.item_id: consent_lines(view)
        for view in consent_views(ctx, reading)
        if view.item_id in reading.content
    }
    titles = {step.id: (step.title, step.evidence) for step in case.steps}
    for row in reading.rows.steps:
        if row.evidence_item in lines and row.id in titles:
            title, evidence = titles[row.id]
            lines[row.evidence_item] = (("Trin", title), *evidence)
    return lines


def _citizen(case: CaseView) -> Lines:
    if case.identity is None:
        return ()
    rows = (
        ("Navn", case.identity.name),
        ("CPR-nummer", case.identity.cpr),
        ("CVR-nummer", case.identity.cvr),
        *case.identity.reach.lines,
    )
    return tuple((label, text) for label, text in rows if text)


def _items(ctx: Context, reading: Reading, case: CaseView, *, named: bool) -> Iterator[HeldItem]:
    lines, network = lines_by_item(ctx, reading, case), ctx.catalogue.network(ctx.session, reading.rows.case)
    for rows in reading.items:
        if rows.item.kind in _ELSEWHERE:
            continue
        yield HeldItem(
            title=TITLES.get(rows.item.kind, rows.item.kind),
            source=ctx.catalogue.authority_name(rows.item.authority_id),
            by=_author(reading, rows) if named else "",
            at=rows.item.created_at,
            received_on=_received_on(ctx, reading, rows, network),
            lines=lines.get(rows.item.id, ()),
        )


def _author(reading: Reading, rows: ItemRows) -> str:
    staff = reading.rows.people.get(rows.item.created_by)
    return staff.name if staff else "–"


def _received_on(ctx: Context, reading: Reading, rows: ItemRows, network: Network) -> str | None:
    grant = rows.grant_to(ctx.actor.authority)
    if rows.item.authority_id == ctx.actor.authority or grant is None:
        return None
    bases = {row.id: row.basis for row in reading.rows.disclosures}
    basis = bases.get(grant.disclosure_id) if grant.disclosure_id else None
    return network.basis(basis).text if basis else "Givet videre af en anden myndighed"


def _plain(kind: str, content: Content) -> Lines:
    if kind == "file":
        about = f"{content['name']} ({content['type']}, {content['size']} bytes). Filen udleveres for sig."
        return (
            ("Fil", about),
            ("Kontrolsum af den forseglede fil, som loggen har den (SHA-256)", content["sha256"]),
            *((("Beskrivelse", content["description"]),) if content["description"] else ()),
        )
    return (("Tekst", content["text"]),) if "text" in content else ()


def _disclosure(row: DisclosureView, *, named: bool) -> HeldDisclosure:
    return HeldDisclosure(
        sender=row.from_name,
        recipient=row.to_name,
        by=row.by if named else "",
        at=row.happened_at,
        form="Mundtligt" if row.oral else "Skriftligt",
        basis=row.basis,
        purpose=row.purpose,
        necessity=row.necessity,
        said=row.content or "",
    )
