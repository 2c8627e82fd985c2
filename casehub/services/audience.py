"""Choosing who else may read: which authorities, on which of the network's bases, for what purpose, and why.

One room for notes, step evidence and oral disclosures, so that a disclosure is checked in one way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.disclosing import Asked, Ground, Party
from casehub.access.resources import CaseResource, ItemResource
from casehub.access.rows import CaseRows, ItemRows, item_resource
from casehub.access.writing import Writing
from casehub.audit import Event as AuditEvent
from casehub.definitions.networks import Basis, Network, proposed
from casehub.model import Consent
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.item_words import ITEM_WORDS
from casehub.services.running import Running, load_running, save_run
from casehub.services.terms import NO_TERMS, Terms
from casehub.services.views import Choice, InformationOptions, ReaderOption
from casehub.vault.authority_keys import reaches
from casehub.workflow.engine import Event, Run, occur

LONGEST_NECESSITY = 5_000
PROMPTED = {"asked": "Modtageren har bedt om det", "own": "På eget initiativ"}
_NOT_AGREED = "{} er ikke med i en samarbejdsaftale, der gælder nu, for netværket. Intet kan videregives. Spørg tovholderen."


@dataclass(frozen=True, slots=True)
class ReaderChoice:
    """One chosen reader: authority id and basis id."""

    authority_id: str
    basis: str


@dataclass(frozen=True, slots=True)
class Audience:
    """A checked choice: what each reader is given on; no grounds means: our own authority alone."""

    grounds: tuple[Ground, ...]
    necessity: str


@dataclass(frozen=True, slots=True)
class Choosing:
    """Whom something in a case could be given to: the case, its network and the options there are."""

    ctx: Context
    rows: CaseRows
    network: Network
    event: AuditEvent

    @property
    def options(self) -> tuple[ReaderOption, ...]:
        """The other participating authorities."""
        return reader_options(self.ctx, self.rows, self.network)

    def asked(self, to: str, basis: str, purpose: str, terms: Terms) -> Asked:
        """What is asked for, as typed."""
        return asked_of(
            self.ctx,
            self.rows.resource(),
            self.network,
            to=to,
            basis=basis,
            purpose=purpose,
            terms=terms,
            consents=self.rows.consents,
        )


def choosing(ctx: Context, writing: Writing) -> Choosing:
    """Of the case being written in."""
    rows = writing.case
    return Choosing(ctx, rows, ctx.catalogue.network(ctx.session, rows.case), writing.event)


def asked_of(
    ctx: Context,
    case: CaseResource,
    network: Network,
    *,
    to: str,
    basis: str,
    purpose: str,
    terms: Terms = NO_TERMS,
    consents: Sequence[Consent] = (),
) -> Asked:
    """What the actor's authority is to give `to`, as typed."""
    return Asked.new(
        case=case,
        network=network,
        giver=Party(ctx.actor.authority, ctx.actor.authority_kind),
        recipient=Party(to, ctx.catalogue.authority_kind(to)),
        basis=basis,
        purpose=purpose,
        information=terms.information or network.presumed(ctx.actor.authority_kind),
        prompted=terms.prompted if terms.prompted in PROMPTED else "",
        consents=tuple(consents),
        agreed=frozenset(each for each in (ctx.actor.authority, to) if is_agreed(ctx, network, each)),
        now=ctx.now,
    )


def is_agreed(ctx: Context, network: Network, authority: str) -> bool:
    """Whether the network's agreement is in force for the authority today: the agreement of today, not of the case's beginning."""
    current = ctx.catalogue.current.networks.get(network.id)
    return current is not None and current.binds(authority, ctx.today)


def reader_options(ctx: Context, rows: CaseRows, network: Network) -> tuple[ReaderOption, ...]:
    """The other participating authorities, with the bases of this pair; without a basis it cannot be made, and `why_not`."""
    others = dict.fromkeys(
        row.authority_id for row in rows.participants if row.authority_id != ctx.actor.authority
    )
    return tuple(_reader_option(ctx, rows, network, other) for other in others)


def _reader_option(ctx: Context, rows: CaseRows, network: Network, other: str) -> ReaderOption:
    name = ctx.catalogue.authority_name(other)
    bases, why_not = bases_towards(ctx, network, other, rows.consents)
    presumed = network.presumed(ctx.actor.authority_kind)
    usual = network.bases_for(
        from_kind=ctx.actor.authority_kind,
        to_kind=ctx.catalogue.authority_kind(other),
        information=presumed,
    )
    return ReaderOption(
        authority_id=other,
        authority=name,
        bases=tuple(Choice(basis.id, basis.text) for basis in bases),
        why_not=why_not,
        proposed_basis=proposed(tuple(basis for basis in usual if basis in bases)),
    )


def bases_towards(
    ctx: Context, network: Network, other: str, consents: Sequence[Consent]
) -> tuple[tuple[Basis, ...], str]:
    """The bases on which our authority can give `other` something today; with none, why not, in Danish."""
    name = ctx.catalogue.authority_name(other)
    if not reaches(ctx.gate.ring, other):
        return (), not_connected(name)
    for each in (ctx.actor.authority, other):
        if not is_agreed(ctx, network, each):
            return (), _NOT_AGREED.format(ctx.catalogue.authority_name(each))
    bases = network.bases_for(from_kind=ctx.actor.authority_kind, to_kind=ctx.catalogue.authority_kind(other))
    if not bases:
        return (), f"Netværket giver ingen hjemmel til at videregive til {name}."
    consented = any(
        each.in_force(ctx.now) and each.covers(ctx.actor.authority, other, ()) for each in consents
    )
    able = tuple(basis for basis in bases if consented or not basis.consent)
    return able, "" if able else f"Der skal skrives et samtykke op, før noget kan gives til {name}."


def not_connected(authority: str) -> str:
    """What to say of an authority whose public keys this node does not have."""
    return f"{authority} er ikke koblet til endnu og kan ikke modtage noget her. Kontakt driften."


def purpose_options(network: Network) -> tuple[Choice, ...]:
    """The purposes the network allows."""
    return tuple(Choice(option.id, option.text) for option in network.purposes)


def information_options(ctx: Context, network: Network) -> InformationOptions:
    """The kinds of information the network knows, and what our own writings are presumed to be of."""
    return InformationOptions(
        tuple(Choice(kind.id, kind.text) for kind in network.information),
        network.presumed(ctx.actor.authority_kind),
    )


def check_audience(
    check: Checking,
    choosing: Choosing,
    *,
    readers: Sequence[ReaderChoice],
    purpose: str,
    necessity: str,
    terms: Terms = NO_TERMS,
) -> Audience:
    """Check the choice; basis faults are on `basis-<authority>`, the others on `readers`, `purpose`, `necessity`.

    What may not be given is refused on record (Cedar), and at once: nothing of the write remains.
    """
    known = {option.authority_id: option for option in choosing.options}
    if len({reader.authority_id for reader in readers}) < len(readers):
        check.wrong("readers", "Den samme myndighed er valgt to gange. Vælg hver myndighed én gang.")
    for reader in readers:
        option = known.get(reader.authority_id)
        if option is None:
            check.wrong("readers", "Vælg blandt de myndigheder, der deltager i sagen.")
        elif not option.bases and not reader.basis:
            check.wrong("readers", option.why_not)
        elif not reader.basis:
            check.wrong(f"basis-{reader.authority_id}", f"Vælg hjemmel for {option.authority}.")
        elif not reaches(choosing.ctx.gate.ring, reader.authority_id):
            check.wrong("readers", not_connected(option.authority))
    if readers:
        if not purpose:
            check.wrong("purpose", "Vælg det formål, du videregiver til.")
        necessity = check.text("necessity", necessity, longest=LONGEST_NECESSITY)
    asked = [choosing.asked(reader.authority_id, reader.basis, purpose, terms) for reader in readers]
    return Audience(grounds_of(check, choosing.ctx, asked, choosing.event), necessity)


def grounds_of(
    check: Checking, ctx: Context, asked: Sequence[Asked], event: AuditEvent, *, field: str = "basis-{}"
) -> tuple[Ground, ...]:
    """What these are given on, if the form holds so far. What may not be given is refused on record, and raised at once.

    `field`: the name of the field that the basis for an authority was chosen in.
    """
    if check.errors:
        return ()
    for id_, why in ctx.gate.why_not_disclose(asked, event).items():
        [refused] = [each for each in asked if each.id == id_]
        about_purpose = refused.resource().purpose != "allowed"
        check.wrong("purpose" if about_purpose else field.format(refused.recipient.id), why)
    check.done()
    return tuple(each.ground() for each in asked)


def disclose_to(writing: Writing, audience: Audience, items: Sequence[ItemRows]) -> bool:
    """Disclose items to each chosen reader; whether any basis carries a duty to inform the citizen."""
    case = writing.case.case
    for ground in audience.grounds:
        writing.disclose(case=case, items=items, ground=ground, necessity=audience.necessity)
    return any(ground.basis.inform_citizen for ground in audience.grounds)


def own_item(ctx: Context, rows: CaseRows, item_id: UUID | None, kind: str) -> tuple[ItemRows, ...]:
    """The item of that id and kind, if our own authority wrote it; else none."""
    found = rows.item(item_id, kind) if item_id else None
    return (found,) if found and found.item.authority_id == ctx.actor.authority else ()


def disclose_item(
    ctx: Context,
    *,
    case_id: UUID,
    item_id: UUID,
    kind: str,
    readers: Sequence[ReaderChoice],
    purpose: str,
    necessity: str,
    terms: Terms = NO_TERMS,
) -> None:
    """Disclose what our own authority wrote earlier. FormRefused; Conflict (recalled); NotFound if it is not ours, or not there."""
    what = ITEM_WORDS[kind].the

    def item_in(rows: CaseRows) -> ItemResource | None:
        found = rows.item(item_id, kind)
        return item_resource(rows.resource(), found) if found else None

    with ctx.gate.write_case(
        action=Action.ITEM_DISCLOSE, case_id=case_id, event=AuditEvent.ITEM_DISCLOSED, on=item_in
    ) as writing:
        rows = writing.case
        if rows.recall_of(item_id):
            raise Conflict(f"{what.capitalize()} er trukket tilbage og kan ikke videregives igen.")
        own = own_item(ctx, rows, item_id, kind)
        check = Checking()
        if not readers:
            check.wrong("readers", f"Vælg mindst én myndighed, der skal kunne læse {what}.")
        for reader in readers:
            if any(reader.authority_id in each.readers for each in own):
                name = ctx.catalogue.authority_name(reader.authority_id)
                check.wrong("readers", f"{name} kan allerede læse {what}.")
        audience = check_audience(
            check,
            choosing(ctx, writing),
            readers=readers,
            purpose=purpose,
            necessity=necessity,
            terms=terms,
        )
        check.done()
        if disclose_to(writing, audience, own):
            save_health_disclosure(writing, load_running(ctx, rows))


def note_health_disclosure(writing: Writing, running: Running, run: Run) -> Run:
    """The duty to inform the citizen begins: once per case, at the time of the disclosure."""
    if any(event.name == "health_disclosed" for event in run.events):
        return run
    return occur(run, Event("health_disclosed", writing.now), calendar=running.calendar)


def save_health_disclosure(writing: Writing, running: Running) -> None:
    """Write that the duty to inform has begun."""
    rows = writing.case
    after = note_health_disclosure(writing, running, running.run)
    if after is not running.run:
        save_run(
            writing,
            case=rows.case,
            before=running.run,
            after=after,
            steps=rows.steps,
            participants=rows.participants,
            calendar=running.calendar,
        )
