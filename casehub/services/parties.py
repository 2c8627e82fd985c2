"""Bringing parties into an accepted case: proposed by the network file for the geography, chosen by the tovholder.

A party takes part only by a recorded, signed disclosure of the referral and the identity; before that it knows nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.disclosing import Ground
from casehub.access.rows import CaseRows, ItemRows
from casehub.access.writing import Writing
from casehub.audit import Event
from casehub.definitions.networks import Network, proposed
from casehub.model import Participant, new_id
from casehub.services.audience import (
    LONGEST_NECESSITY,
    Choosing,
    bases_towards,
    grounds_of,
    information_options,
    not_connected,
    purpose_options,
)
from casehub.services.checking import Checking
from casehub.services.contacts import duty_phones
from casehub.services.context import Context
from casehub.services.running import load_running, save_run
from casehub.services.terms import NO_TERMS, Terms
from casehub.services.views import Choice, PartyForm, PartyProposal
from casehub.vault.authority_keys import reaches
from casehub.workflow.engine import Party, join

SHARED_KINDS = frozenset({"identity", "referral"})


@dataclass(frozen=True, slots=True)
class PartyChoice:
    """A chosen unit, the basis (empty for a unit of our own authority), and why it is needed."""

    unit_id: str
    basis: str
    necessity: str


def propose_parties(ctx: Context, *, case_id: UUID) -> PartyForm:
    """Units the network file names for the case's kommune that do not take part yet. NotFound if not the tovholder."""
    reading = ctx.gate.read_case(
        case_id=case_id, event=Event.CASE_READ, wanted=lambda _: (), action=Action.CASE_SHARE
    )
    case = reading.rows.case
    network = ctx.catalogue.network(ctx.session, case)
    return PartyForm(
        case_id=case.id,
        case_number=case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        proposals=_proposals(ctx, reading.rows, network),
        purposes=purpose_options(network),
        information=information_options(ctx, network),
    )


def share_case(
    ctx: Context,
    *,
    case_id: UUID,
    parties: Sequence[PartyChoice],
    purpose: str,
    terms: Terms = NO_TERMS,
) -> None:
    """Share the case with the chosen parties. FormRefused names fields `basis-<unit>`, `necessity-<unit>`, `purpose`."""
    with ctx.gate.write_case(action=Action.CASE_SHARE, case_id=case_id, event=Event.CASE_SHARED) as writing:
        rows = writing.case
        network = ctx.catalogue.network(ctx.session, rows.case)
        proposals = {proposal.unit_id: proposal for proposal in _proposals(ctx, rows, network)}
        chosen = _check(ctx, proposals, parties, purpose)
        given = _grounds(Choosing(ctx, rows, network, writing.event), chosen, purpose, terms)
        participants = [_participant(ctx, rows, choice) for choice in chosen]
        writing.add(*participants)
        _disclose(ctx, writing, given)
        if rows.case.acute:
            for authority in sorted({row.authority_id for row in participants}):
                writing.defer("tell_acute", authority)
        _join(ctx, writing, (*rows.participants, *participants))


def _proposals(ctx: Context, rows: CaseRows, network: Network) -> tuple[PartyProposal, ...]:
    taking_part = {row.unit_id for row in rows.participants}
    proposals = []
    for member in network.members:
        covering = ctx.catalogue.units_covering(
            kind=member.authority_kind, unit_kind=member.unit_kind, kommune=rows.case.kommune
        )
        phones = duty_phones(ctx, [unit.id for _, unit in covering]) if rows.case.acute else {}
        for authority, unit in covering:
            if unit.id in taking_part:
                continue
            connected = reaches(ctx.gate.ring, authority.id)
            bases, why_not = bases_towards(ctx, network, authority.id, rows.consents)
            proposals.append(
                PartyProposal(
                    unit_id=unit.id,
                    unit=unit.name,
                    authority=authority.name,
                    preselected=member.preselected and connected,
                    bases=tuple(Choice(basis.id, basis.text) for basis in bases),
                    acute_phone=phones[unit.id] if rows.case.acute else None,
                    note=member.note,
                    why_not=why_not,
                    proposed_basis=proposed(bases),
                )
            )
    return tuple(proposals)


def _check(
    ctx: Context,
    proposals: dict[str, PartyProposal],
    parties: Sequence[PartyChoice],
    purpose: str,
) -> list[PartyChoice]:
    check = Checking()
    if not parties:
        check.wrong("parties", "Vælg mindst én part, eller gå tilbage til sagen.")
    if len({party.unit_id for party in parties}) < len(parties):
        check.wrong("parties", "Den samme part er valgt to gange. Vælg hver part én gang.")
    if not purpose:
        check.wrong("purpose", "Vælg formålet.")
    chosen = []
    for party in parties:
        proposal = proposals.get(party.unit_id)
        if proposal is None:
            check.wrong("parties", "En af parterne deltager allerede eller hører ikke til netværket her.")
            continue
        own = ctx.catalogue.owner_of(party.unit_id) == ctx.actor.authority
        necessity = party.necessity
        if not own and not reaches(ctx.gate.ring, ctx.catalogue.owner_of(party.unit_id)):
            check.wrong("parties", not_connected(proposal.authority))
        elif not own:
            if not party.basis:
                check.wrong(f"basis-{party.unit_id}", f"Vælg hjemmel for {proposal.unit}.")
            necessity = check.text(f"necessity-{party.unit_id}", party.necessity, longest=LONGEST_NECESSITY)
        chosen.append(PartyChoice(party.unit_id, party.basis, necessity))
    check.done()
    return chosen


def _grounds(
    choosing: Choosing, chosen: Sequence[PartyChoice], purpose: str, terms: Terms
) -> dict[Ground, str]:
    """What each other authority is given it on, and why it is needed. What may not be given is refused on record."""
    ctx, given = choosing.ctx, {}
    for choice in chosen:
        authority = ctx.catalogue.owner_of(choice.unit_id)
        if authority != ctx.actor.authority:
            asked = choosing.asked(authority, choice.basis, purpose, terms)
            [ground] = grounds_of(Checking(), ctx, [asked], choosing.event, field=f"basis-{choice.unit_id}")
            given[ground] = choice.necessity
    return given


def _participant(ctx: Context, rows: CaseRows, choice: PartyChoice) -> Participant:
    return Participant(
        id=new_id(),
        case_id=rows.case.id,
        authority_id=ctx.catalogue.owner_of(choice.unit_id),
        unit_id=choice.unit_id,
        added_by=ctx.actor.authority,
        since=ctx.now,
    )


def _disclose(ctx: Context, writing: Writing, given: Mapping[Ground, str]) -> None:
    items = _shareable(ctx, writing.case)
    for ground, necessity in given.items():
        writing.disclose(case=writing.case.case, items=items, ground=ground, necessity=necessity)


def _shareable(ctx: Context, rows: CaseRows) -> tuple[ItemRows, ...]:
    """Identity and referral, where they are our own or were released to us for onward disclosure."""
    shareable = []
    for item in rows.items:
        held = item.grant_to(ctx.actor.authority)
        ours = item.item.authority_id == ctx.actor.authority
        if item.item.kind in SHARED_KINDS and held is not None and (ours or held.onward):
            shareable.append(item)
    return tuple(shareable)


def _join(ctx: Context, writing: Writing, participants: tuple[Participant, ...]) -> None:
    """Every participating authority is now a party, the tovholder's and the referrer's own included."""
    running = load_running(ctx, writing.case)
    kind = ctx.catalogue.authority_kind
    authorities = dict.fromkeys(row.authority_id for row in participants)
    parties = [Party(authority, kind(authority)) for authority in authorities]
    after = join(running.run, parties, at=ctx.now, calendar=running.calendar)
    save_run(
        writing,
        case=writing.case.case,
        before=running.run,
        after=after,
        steps=writing.case.steps,
        participants=participants,
        calendar=running.calendar,
    )
