"""A new referral (henvendelse) in any network: checked, sealed, and sent to the tovholder alone.

Nothing of the citizen is stored outside sealed items. What the form asks follows from the network's file and its card; the
card's steps with the effects referral and necessity are done by creating the case, which is open at once unless a tovholder
is to triage it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from casehub.access.actions import Action
from casehub.access.disclosing import Ground
from casehub.access.rows import ItemRows, case_resource
from casehub.access.writing import Writing
from casehub.audit import Event as LogEvent
from casehub.definitions.cards import Card
from casehub.definitions.networks import Network, Subject, proposed
from casehub.model import Case, Consent, Participant, new_id
from casehub.services.audience import asked_of, grounds_of, not_connected
from casehub.services.cases import subject_number
from casehub.services.checking import Checking
from casehub.services.consents import ConsentInput, add_consent, check_consent
from casehub.services.context import Context
from casehub.services.identities import index_values, seal_identity
from casehub.services.running import COORDINATOR, REFERRER, own_parties, save_run
from casehub.services.views import Choice, NetworkForm
from casehub.values import Address, CaseNumber, Cpr, Cvr, PersonName, Phone
from casehub.values.text import one_line
from casehub.vault.authority_keys import reaches
from casehub.workflow.calendar import full_years
from casehub.workflow.engine import Event, Run, complete, join, occur, start

CHILD, MINOR, ADULT = "child_involved", "citizen_minor", "citizen_adult"
OF_AGE = 18
TRIAGE = "triage"
LONGEST_TEXT = 20_000
LONGEST_LINE = 300
NUMBER_DRAWS = 20


@dataclass(frozen=True, slots=True)
class ReferralInput:
    """The form as typed: nothing is parsed yet. `cpr`: in a network about businesses, the CVR number."""

    name: str
    cpr: str
    address: str
    phone: str
    kommune: str
    indicators: tuple[str, ...]
    source: str
    concern: str
    necessity: str
    purpose: str
    child_involved: bool
    safe_contact: str
    acute: bool
    basis: str = ""
    protected: bool = False
    consent_how: str = ""
    consent_until: str = ""


def list_networks(ctx: Context) -> tuple[Choice, ...]:
    """The networks the actor is contact for at a unit that takes part, and so may refer to; by name."""
    mine = {(contact.network, contact.unit) for contact in ctx.actor.contacts}
    networks = ctx.catalogue.current.networks
    found = {
        name: networks[name].name
        for name, unit in mine
        if name in networks and _takes_part(ctx, networks[name], unit)
    }
    return tuple(Choice(name, text) for name, text in sorted(found.items(), key=lambda pair: pair[1]))


def some_business(ctx: Context) -> bool:
    """Whether any of those networks is about businesses."""
    networks = ctx.catalogue.current.networks
    return any(networks[choice.value].subject is Subject.BUSINESS for choice in list_networks(ctx))


def _takes_part(ctx: Context, network: Network, unit_id: str) -> bool:
    unit = ctx.catalogue.unit(unit_id)
    kind = ctx.actor.authority_kind
    return unit is not None and network.includes(authority_kind=kind, unit_kind=unit.kind)


def read_referral_form(ctx: Context, *, network: str) -> NetworkForm:
    """What the form of a network asks for. FormRefused if there is no such network for the actor; NotFound if no contact."""
    ctx.gate.require(action=Action.CASE_CREATE, event=LogEvent.CASE_REFERRED)
    chosen = _network(ctx, network)
    card = ctx.catalogue.current.cards[chosen.card]
    bases = chosen.bases_for(
        from_kind=ctx.actor.authority_kind,
        to_kind=chosen.coordinator_kind,
        information=chosen.presumed(ctx.actor.authority_kind),
    )
    return NetworkForm(
        id=chosen.id,
        name=chosen.name,
        target_group=chosen.target_group,
        kommuner=tuple(Choice(row.code, row.name) for row in ctx.catalogue.current.organisation.kommuner),
        indicators=tuple(Choice(option.id, option.text) for option in chosen.indicators),
        sources=tuple(Choice(option.id, option.text) for option in chosen.sources),
        purposes=tuple(
            Choice(option.id, option.text) for option in (*chosen.purposes, *chosen.forbidden_purposes)
        ),
        about_business=chosen.subject is Subject.BUSINESS,
        safe_contact_required=chosen.safe_contact_default,
        address_required=chosen.whole_address,
        asks_child=card.asks_for(CHILD),
        triaged=card.has_effect(TRIAGE),
        bases=tuple(Choice(basis.id, basis.text) for basis in bases),
        proposed_basis=proposed(bases),
        consent_bases=tuple(basis.id for basis in bases if basis.consent),
        hints=chosen.hints,
    )


def create_referral(ctx: Context, *, network: str, data: ReferralInput) -> UUID:
    """Create the case and hand it to the tovholder. FormRefused names every field that will not do; NotFound."""
    ctx.gate.require(action=Action.CASE_CREATE, event=LogEvent.CASE_REFERRED)
    chosen = _network(ctx, network)
    card = ctx.catalogue.current.cards[chosen.card]
    identity, referral, events = _check(ctx, chosen, card, data)
    with ctx.gate.create(action=Action.CASE_CREATE, event=LogEvent.CASE_REFERRED) as writing:
        case, participants = _open_case(ctx, writing, chosen, card, data)
        writing.purpose = data.purpose
        run = _begin(ctx, case, card, events)
        save_run(
            writing,
            case=case,
            before=None,
            after=run,
            steps=(),
            participants=participants,
            calendar=ctx.catalogue.calendar(ctx.session, case),
        )
        items = _seal(writing, case, identity, referral)
        if case.coordinating_authority != case.referring_authority:
            ground = _ground(ctx, writing, chosen, case, participants, data)
            writing.disclose(
                case=case, items=items, ground=ground, necessity=referral["necessity"], onward=True
            )
        if case.acute:
            for authority in sorted({row.authority_id for row in participants}):
                writing.defer("tell_acute", authority)
    return case.id


def _network(ctx: Context, network: str) -> Network:
    check = Checking()
    known = {choice.value for choice in list_networks(ctx)}
    check.choice("network", network, known, "Vælg et netværk, du er kontaktperson for.")
    check.done()
    return ctx.catalogue.current.networks[network]


def _check(
    ctx: Context, network: Network, card: Card, data: ReferralInput
) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    """Identity and referral as they are sealed, and what the referral tells the card. FormRefused."""
    check = Checking()
    today = ctx.today
    number = check.value("cpr", data.cpr, lambda text: subject_number(network, text, today=today))
    age = full_years(number.born, today) if isinstance(number, Cpr) else None
    if network.ages and age is not None and not network.ages.least <= age <= network.ages.most:
        check.wrong("cpr", network.ages.why)
    name = check.value("name", data.name, PersonName.parse)
    whole = network.whole_address
    address = (
        check.value("address", data.address, Address.parse_whole)
        if whole
        else check.optional("address", data.address, Address.parse)
    )
    phone = check.optional("phone", data.phone, Phone.parse)
    kommuner = {row.code for row in ctx.catalogue.current.organisation.kommuner}
    check.choice("kommune", data.kommune, kommuner, "Vælg den kommune, borgeren bor i.")
    check.choice("source", data.source, _ids(network.sources), "Vælg, hvor henvendelsen kommer fra.")
    _check_purpose(check, network, data.purpose)
    unknown = set(data.indicators) - _ids(network.indicators)
    if unknown or (network.indicators and not data.indicators):
        check.wrong("indicators", "Sæt kryds ved mindst ét kendetegn.")
    concern = check.text("concern", data.concern, longest=LONGEST_TEXT)
    necessity = check.text("necessity", data.necessity, longest=LONGEST_TEXT)
    ask = check.value if network.safe_contact_default else check.optional
    safe_contact = ask("safe_contact", data.safe_contact, _line)
    check.done()
    identity = {
        "name": str(name),
        "cpr": str(number) if isinstance(number, Cpr) else "",
        "cvr": str(number) if isinstance(number, Cvr) else "",
        "address": str(address or ""),
        "phone": str(phone or ""),
        "safe_contact": safe_contact or "",
        "protected": data.protected,
        "index": index_values(number, name, address, phone),
    }
    referral = {
        "indicators": list(data.indicators),
        "source": data.source,
        "concern": concern,
        "necessity": necessity,
        "purpose": data.purpose,
        "child_involved": data.child_involved,
    }
    return identity, referral, _events(network, card, data, age)


def _check_purpose(check: Checking, network: Network, purpose: str) -> None:
    forbidden = next((option for option in network.forbidden_purposes if option.id == purpose), None)
    if forbidden:
        check.wrong(
            "purpose", f"»{forbidden.text}« er ikke et lovligt formål i {network.name}. Vælg et af de andre."
        )
    else:
        check.choice("purpose", purpose, _ids(network.purposes), "Vælg formålet.")


def _open_case(
    ctx: Context, writing: Writing, network: Network, card: Card, data: ReferralInput
) -> tuple[Case, tuple[Participant, ...]]:
    covering = ctx.catalogue.units_covering(
        kind=network.coordinator_kind, unit_kind=network.coordinator_unit_kind, kommune=data.kommune
    )
    if not covering:
        check = Checking()
        check.wrong("kommune", "Netværket har ingen tovholder for denne kommune. Kontakt din administrator.")
        check.done()
    authority, unit = covering[0]
    if not reaches(writing.ring, authority.id):
        check = Checking()
        check.wrong("kommune", not_connected(authority.name))
        check.done()
    case = _numbered(
        writing,
        lambda: _case(ctx, network, card, data, coordinator=(authority.id, unit.id)),
    )
    writing.name_case(case.id)
    pairs = {case.referring_unit: case.referring_authority, unit.id: authority.id}
    participants = tuple(
        Participant(
            id=new_id(),
            case_id=case.id,
            authority_id=authority_id,
            unit_id=unit_id,
            added_by=ctx.actor.authority,
            since=ctx.now,
        )
        for unit_id, authority_id in pairs.items()
    )
    writing.add(*participants)
    return case, participants


def _numbered(writing: Writing, make: Callable[[], Case]) -> Case:
    """Add the case under a number that is free; a taken one is known by the database alone, so another is drawn.

    Afterwards nothing may stand within a savepoint, for an entry of one is another transaction's to the database: SQLAlchemy
    goes back to its own when a number was taken, but leaves it open; releasing the one around it ends that too.
    """
    connection = writing.session.connection()
    for _ in range(NUMBER_DRAWS):
        connection.exec_driver_sql("SAVEPOINT number")
        try:
            with writing.session.begin_nested():
                case = make()
                writing.add(case)
        except IntegrityError:
            continue
        else:
            return case
        finally:
            connection.exec_driver_sql("RELEASE SAVEPOINT number")
    raise LookupError(f"no free case number in {NUMBER_DRAWS} draws")


def _case(
    ctx: Context, network: Network, card: Card, data: ReferralInput, coordinator: tuple[str, str]
) -> Case:
    coordinating_authority, coordinating_unit = coordinator
    return Case(
        id=new_id(),
        number=str(CaseNumber.new(network.prefix, ctx.now.year)),
        network=network.id,
        network_sha=network.sha256,
        card=card.id,
        card_sha=card.sha256,
        calendar_sha=ctx.catalogue.calendar_sha(card),
        kommune=data.kommune,
        acute=data.acute,
        state="referred" if card.has_effect(TRIAGE) else "open",
        referring_authority=ctx.actor.authority,
        referring_unit=_referring_unit(ctx, network, data.kommune),
        coordinating_authority=coordinating_authority,
        coordinating_unit=coordinating_unit,
        opened_at=ctx.now,
    )


def _referring_unit(ctx: Context, network: Network, kommune: str) -> str:
    """The unit the actor refers for: of those they are contact for, the one that covers the kommune comes first."""
    units = sorted(contact.unit for contact in ctx.actor.contacts if contact.network == network.id)
    covering = [name for name in units if (unit := ctx.catalogue.unit(name)) and kommune in unit.kommuner]
    return next(iter([*covering, *units]), ctx.actor.unit)


def _begin(ctx: Context, case: Case, card: Card, events: tuple[str, ...]) -> Run:
    calendar = ctx.catalogue.calendar(ctx.session, case)
    roles = {REFERRER: case.referring_authority, COORDINATOR: case.coordinating_authority}
    run = start(card, acute=case.acute, roles=roles, at=ctx.now, calendar=calendar)
    if case.state == "open":  # with triage, parties join once the tovholder has taken it up
        run = join(run, own_parties(ctx, case, card), at=ctx.now, calendar=calendar)
    for name in events:
        run = occur(run, Event(name, ctx.now), calendar=calendar)
    for step in card.steps:
        if step.effect in {"referral", "necessity"}:
            run = complete(run, key=step.key, at=ctx.now, calendar=calendar)
    return run


def _events(network: Network, card: Card, data: ReferralInput, age: int | None) -> tuple[str, ...]:
    """What the referral tells the card. The citizen's age leaves the seal as of age or not, and only where a step asks for it."""
    raised = [option.event for option in network.indicators if option.id in data.indicators and option.event]
    if data.child_involved:
        raised.append(CHILD)
    if age is not None and card.asks_for(by_age := MINOR if age < OF_AGE else ADULT):
        raised.append(by_age)
    return tuple(dict.fromkeys(raised))


def _seal(
    writing: Writing, case: Case, identity: dict[str, Any], referral: dict[str, Any]
) -> tuple[ItemRows, ...]:
    sealed = seal_identity(writing, case, identity)
    return sealed, writing.seal(case=case, kind="referral", content=referral)


def _ground(  # noqa: PLR0917 (of which case, and what was typed)
    ctx: Context,
    writing: Writing,
    network: Network,
    case: Case,
    participants: tuple[Participant, ...],
    data: ReferralInput,
) -> Ground:
    """On what it goes to the tovholder: the chosen basis, else the proposed; a consent is written down with it."""
    kind = ctx.catalogue.authority_kind
    coordinator = case.coordinating_authority
    presumed = network.presumed(ctx.actor.authority_kind)
    bases = network.bases_for(
        from_kind=ctx.actor.authority_kind, to_kind=kind(coordinator), information=presumed
    )
    check = Checking()
    if not bases:
        check.wrong("network", "Netværket giver ingen hjemmel til at sende henvendelsen til tovholderen.")
    chosen = data.basis or proposed(bases)
    if not chosen:
        check.wrong("basis", "Vælg hjemmel for at give henvendelsen til tovholderen.")
    check.done()
    consents: list[Consent] = []
    if any(basis.id == chosen and basis.consent for basis in bases):
        wanted = ConsentInput(
            (coordinator,), presumed, data.consent_how, ctx.today.isoformat(), data.consent_until
        )
        checked = check_consent(check, ctx, wanted, {coordinator}, network, prefix="consent_")
        check.done()
        consents = [add_consent(writing, case, checked)]
    resource = case_resource(case, participants, (), (), ())
    asked = asked_of(
        ctx, resource, network, to=coordinator, basis=chosen, purpose=data.purpose, consents=consents
    )
    [ground] = grounds_of(check, ctx, [asked], LogEvent.CASE_REFERRED, field="basis")
    return ground


def _ids(options: tuple[Any, ...]) -> set[str]:
    return {option.id for option in options}


def _line(text: str) -> str:
    return one_line(text, longest=LONGEST_LINE)
