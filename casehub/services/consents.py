"""Samtykke: recorded in a case by the authority the citizen gave it to, relied on by those it names, withdrawn over for any of them.

What rests on a consent ends with it, at once and for everybody (the database sees to it). One that has run out counts no more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.disclosing import end_consent
from casehub.access.resources import ConsentResource
from casehub.access.rows import CaseRows, ItemRows
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.definitions.networks import Network
from casehub.model import Case, CaseEvent, Consent, new_id
from casehub.services.audience import information_options
from casehub.services.checking import Checking
from casehub.services.consent_views import HOW, ConsentView, consent_views
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.views import Choice, InformationOptions
from casehub.workflow.calendar import end_of_day

WITHDRAWN = "consent.withdrawn"  # the event that tells the others
LONGEST_TEXT, LONGEST_LINE = 5_000, 300


@dataclass(frozen=True, slots=True)
class ConsentInput:
    """A consent as typed. `authorities`: the others than our own; `given_on`, `until`: days."""

    authorities: tuple[str, ...]
    information: tuple[str, ...]
    how: str
    given_on: str
    until: str
    given_to: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class CheckedConsent:
    """A consent that can be written down."""

    authorities: tuple[str, ...]
    information: tuple[str, ...]
    how: str
    given_on: date
    valid_until: datetime
    given_to: str
    text: str


@dataclass(frozen=True, slots=True)
class ConsentsPage:
    """The consents of a case that concern the reader's authority, the newest first, and what a new one is made of."""

    case_id: UUID
    case_number: str
    own_authority: str
    consents: tuple[ConsentView, ...]
    authorities: tuple[Choice, ...]
    information: InformationOptions
    may_record: bool
    me: str


def read_consents(ctx: Context, *, case_id: UUID) -> ConsentsPage:
    """The consents and the form of a new one. NotFound."""
    reading = ctx.gate.read_case(case_id=case_id, event=Event.CASE_READ, wanted=_texts)
    case = reading.rows.case
    network = ctx.catalogue.network(ctx.session, case)
    return ConsentsPage(
        case_id=case.id,
        case_number=case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        consents=consent_views(ctx, reading),
        authorities=_others(ctx, reading.rows, network),
        information=information_options(ctx, network),
        may_record=ctx.gate.may(Action.CONSENT_RECORD, reading.resource),
        me=ctx.actor.name,
    )


def record_consent(ctx: Context, *, case_id: UUID, data: ConsentInput) -> UUID:
    """Write down what the citizen agreed to. FormRefused names the fields of `ConsentInput`; NotFound."""
    with ctx.gate.write_case(
        action=Action.CONSENT_RECORD, case_id=case_id, event=Event.CONSENT_RECORDED
    ) as writing:
        network = ctx.catalogue.network(ctx.session, writing.case.case)
        others = {choice.value for choice in _others(ctx, writing.case, network)}
        check = Checking()
        checked = check_consent(check, ctx, data, others, network)
        check.done()
        return add_consent(writing, writing.case.case, checked).id


def withdraw_consent(ctx: Context, *, case_id: UUID, consent_id: UUID) -> None:
    """Write down that the citizen withdrew it: what was given on it ends at once. Conflict (over already), NotFound."""

    def on(rows: CaseRows) -> ConsentResource | None:
        found = _consent(rows, consent_id)
        return ConsentResource(found.id, rows.resource(), frozenset(found.authorities)) if found else None

    with ctx.gate.write_case(
        action=Action.CONSENT_WITHDRAW, case_id=case_id, event=Event.CONSENT_WITHDRAWN, on=on
    ) as writing:
        consent = _consent(writing.case, consent_id)
        if consent is None or consent.ended_at is not None:
            raise Conflict("Samtykket gælder allerede ikke mere. Der er ikke ændret noget.")
        ended = end_consent(ctx.session, consent, at=ctx.now, by=ctx.actor.staff_id)
        writing.objects.append(ended)
        writing.recipients.update(set(consent.authorities) - {ctx.actor.authority})
        writing.add(
            CaseEvent(
                id=new_id(),
                case_id=case_id,
                name=WITHDRAWN,
                at=ctx.now,
                recorded_at=ctx.now,
                by_staff=ctx.actor.staff_id,
                by_authority=ctx.actor.authority,
            )
        )


def check_consent(
    check: Checking,
    ctx: Context,
    data: ConsentInput,
    others: Collection[str],
    network: Network,
    *,
    prefix: str = "",
) -> CheckedConsent:
    """Check what was typed; faults are on the fields' names with `prefix`. Good after `check.done()`."""
    if not data.authorities or not set(data.authorities) <= set(others):
        check.wrong(f"{prefix}authorities", "Vælg de myndigheder, som borgeren har sagt ja til.")
    if not network.covers(data.information):
        check.wrong(
            f"{prefix}information", "Sæt kryds ved de slags oplysninger, som borgeren har sagt ja til."
        )
    check.choice(f"{prefix}how", data.how, HOW, "Vælg, hvordan samtykket er givet.")
    given = check.day(f"{prefix}given_on", data.given_on)
    until = check.day(f"{prefix}until", data.until)
    if given and given > ctx.today:
        check.wrong(f"{prefix}given_on", "Dagen ligger i fremtiden. Skriv den dag, samtykket blev givet.")
    if until and until < ctx.today:
        check.wrong(f"{prefix}until", "Dagen er passeret. Skriv den sidste dag, samtykket gælder.")
    return CheckedConsent(
        authorities=data.authorities,
        information=data.information,
        how=data.how,
        given_on=given or ctx.today,
        valid_until=end_of_day(until or ctx.today),
        given_to=check.text(f"{prefix}given_to", data.given_to, longest=LONGEST_LINE, required=False),
        text=check.text(f"{prefix}text", data.text, longest=LONGEST_TEXT, required=False),
    )


def add_consent(writing: Writing, case: Case, checked: CheckedConsent) -> Consent:
    """Seal what was said and write the consent down."""
    said = {"text": checked.text, "given_to": checked.given_to}
    rows = writing.seal(case=case, kind="consent", content=said)
    consent = Consent(
        id=new_id(),
        case_id=case.id,
        authority_id=writing.actor.authority,
        authorities=sorted({writing.actor.authority, *checked.authorities}),
        information=list(checked.information),
        given_how=checked.how,
        given_on=checked.given_on,
        valid_until=checked.valid_until,
        item_id=rows.item.id,
        recorded_by=writing.actor.staff_id,
        recorded_at=writing.now,
    )
    writing.add(consent)
    writing.objects.append(ObjectRef("consent", str(consent.id), case.id, consent.authority_id))
    return consent


def _others(ctx: Context, rows: CaseRows, network: Network) -> tuple[Choice, ...]:
    """Whom the citizen can say yes to: who takes part, and who the network's file names for the kommune."""
    kommune, found = rows.case.kommune, dict.fromkeys(row.authority_id for row in rows.participants)
    for member in network.members:
        covering = ctx.catalogue.units_covering(
            kind=member.authority_kind, unit_kind=member.unit_kind, kommune=kommune
        )
        found.update(dict.fromkeys(authority.id for authority, _ in covering))
    found.pop(ctx.actor.authority, None)
    return tuple(Choice(each, ctx.catalogue.authority_name(each)) for each in found)


def _texts(rows: CaseRows) -> Sequence[ItemRows]:
    return tuple(found for found in rows.items if found.item.kind == "consent")


def _consent(rows: CaseRows, consent_id: UUID) -> Consent | None:
    return next((row for row in rows.consents if row.id == consent_id), None)
