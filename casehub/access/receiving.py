"""The key job of the receiving side: verify what was granted to this authority, re-wrap it, index identities.

Runs as the system actor, which opens nothing for anyone. A grant without the discloser's signature is recorded and left.
"""

from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.compartments import own_compartment
from casehub.access.gate import Gate
from casehub.access.granting import accept, index_received, waiting_cases, waiting_grants
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.model import Base, Case, Item, ItemGrant, ItemVersion
from casehub.vault.opening import OpeningError
from casehub.vault.rewrapping import GrantRefused


def accept_grants(gate: Gate, case_id: UUID | None = None) -> int:
    """Accept what waits for the actor's authority in a case, None: in all, a transaction for each; the number accepted."""
    cases = waiting_cases(gate.session, gate.actor.authority, case_id)
    gate.session.commit()
    return sum(_accept_case(gate, each) for each in cases)


def _accept_case(gate: Gate, case_id: UUID) -> int:
    accepted: list[ObjectRef] = []
    refused: list[ObjectRef] = []
    with gate.create(action=Action.GRANT_ACCEPT, event=Event.GRANT_ACCEPTED) as writing:
        case = gate.session.scalars(select(Case).where(Case.id == case_id).with_for_update()).one()
        writing.name_case(case_id)
        rows = waiting_grants(gate.session, gate.actor.authority, case_id)
        for grant, item, version, only_index in rows:
            ref = ObjectRef(item.kind, str(item.id), case_id, item.authority_id)
            try:
                writing.add(*_accept(writing, case, grant, item, version, only_index=only_index))
                accepted.append(ref)
            except (GrantRefused, OpeningError):
                refused.append(ref)
        if refused and not accepted:  # then this entry is the one that says so
            writing.event = Event.GRANT_REFUSED
        writing.objects.extend(accepted or refused)
    if refused and accepted:
        with gate.create(action=Action.GRANT_ACCEPT, event=Event.GRANT_REFUSED) as writing:
            writing.name_case(case_id)
            writing.objects.extend(refused)
    return len(accepted)


def _accept(
    writing: Writing, case: Case, grant: ItemGrant, item: Item, version: ItemVersion, *, only_index: bool
) -> tuple[Base, ...]:
    """The rows to add: all of them or none."""
    compartment = own_compartment(
        writing.session,
        writing.ring,
        case_id=case.id,
        authority=writing.actor.authority,
        entry_id=writing.entry_id,
    )
    twin = accept(writing.ring, grant=grant, compartment=compartment)
    tokens: tuple[Base, ...] = (
        index_received(writing.ring, grant=grant, version=version, purpose=case.network)
        if item.kind == "identity"
        else ()
    )
    return tokens if only_index else (twin, *tokens)
