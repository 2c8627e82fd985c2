"""Choosing who else may read: which authorities, on which of the network's bases, for what purpose, and why.

One room for notes, step evidence and oral disclosures, so that a disclosure is checked in one way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.resources import ItemResource
from casehub.access.rows import CaseRows, ItemRows, item_resource
from casehub.access.writing import Writing
from casehub.audit import Event as AuditEvent
from casehub.definitions.networks import Network, proposed
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.item_words import ITEM_WORDS
from casehub.services.running import Running, load_running, save_run
from casehub.services.views import Choice, ReaderOption
from casehub.vault.authority_keys import reaches
from casehub.workflow.engine import Event, Run, occur

LONGEST_NECESSITY = 5_000


@dataclass(frozen=True, slots=True)
class ReaderChoice:
    """One chosen reader: authority id and basis id."""

    authority_id: str
    basis: str


@dataclass(frozen=True, slots=True)
class Audience:
    """A checked choice; no readers means: our own authority alone."""

    readers: tuple[ReaderChoice, ...]
    purpose: str
    necessity: str


def reader_options(ctx: Context, rows: CaseRows, network: Network) -> tuple[ReaderOption, ...]:
    """The other participating authorities, with the bases of this pair; without a basis it cannot be made."""
    kind = ctx.catalogue.authority_kind
    ring = ctx.gate.ring
    others = dict.fromkeys(
        row.authority_id for row in rows.participants if row.authority_id != ctx.actor.authority
    )
    options = []
    for other in others:
        connected = reaches(ring, other)
        bases = network.bases_for(from_kind=ctx.actor.authority_kind, to_kind=kind(other))
        options.append(
            ReaderOption(
                authority_id=other,
                authority=ctx.catalogue.authority_name(other),
                bases=tuple(Choice(basis.id, basis.text) for basis in bases if connected),
                connected=connected,
                proposed_basis=proposed(bases),
            )
        )
    return tuple(options)


def not_connected(authority: str) -> str:
    """What to say of an authority whose public keys this node does not have."""
    return f"{authority} er ikke koblet til endnu og kan ikke modtage noget her. Kontakt driften."


def purpose_options(network: Network) -> tuple[Choice, ...]:
    """The purposes the network allows."""
    return tuple(Choice(option.id, option.text) for option in network.purposes)


def check_audience(
    check: Checking,
    options: Sequence[ReaderOption],
    network: Network,
    *,
    readers: Sequence[ReaderChoice],
    purpose: str,
    necessity: str,
) -> Audience:
    """Check the choice; basis faults are on `basis-<authority>`, the others on `readers`, `purpose`, `necessity`."""
    known = {option.authority_id: option for option in options}
    if len({reader.authority_id for reader in readers}) < len(readers):
        check.wrong("readers", "Den samme myndighed er valgt to gange. Vælg hver myndighed én gang.")
    for reader in readers:
        option = known.get(reader.authority_id)
        if option is None:
            check.wrong("readers", "Vælg blandt de myndigheder, der deltager i sagen.")
        elif not option.connected:
            check.wrong("readers", not_connected(option.authority))
        elif not option.bases:
            check.wrong("readers", f"Netværket giver ingen hjemmel til at videregive til {option.authority}.")
        else:
            allowed = {basis.value for basis in option.bases}
            check.choice(
                f"basis-{reader.authority_id}", reader.basis, allowed, f"Vælg hjemmel for {option.authority}."
            )
    if readers:
        purposes = {option.id for option in network.purposes}
        check.choice("purpose", purpose, purposes, "Vælg det formål, du videregiver til.")
        necessity = check.text("necessity", necessity, longest=LONGEST_NECESSITY)
    return Audience(tuple(readers), purpose, necessity)


def disclose_to(writing: Writing, network: Network, audience: Audience, items: Sequence[ItemRows]) -> bool:
    """Disclose items to each chosen reader; whether any basis carries a duty to inform the citizen."""
    case = writing.case.case
    for reader in audience.readers:
        writing.disclose(
            case=case,
            items=items,
            to=reader.authority_id,
            basis=reader.basis,
            purpose=audience.purpose,
            necessity=audience.necessity,
        )
    return any(network.basis(reader.basis).inform_citizen for reader in audience.readers)


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
        network = ctx.catalogue.network(ctx.session, rows.case)
        own = own_item(ctx, rows, item_id, kind)
        check = Checking()
        if not readers:
            check.wrong("readers", f"Vælg mindst én myndighed, der skal kunne læse {what}.")
        for reader in readers:
            if any(reader.authority_id in each.readers for each in own):
                name = ctx.catalogue.authority_name(reader.authority_id)
                check.wrong("readers", f"{name} kan allerede læse {what}.")
        options = reader_options(ctx, rows, network)
        audience = check_audience(
            check, options, network, readers=readers, purpose=purpose, necessity=necessity
        )
        check.done()
        if disclose_to(writing, network, audience, own):
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
