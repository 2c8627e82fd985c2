"""Which cases an actor's lists, searches and counts can hold, as SQL: agrees with Cedar's case:list and case:search.

Written by hand beside the policies; a property test on real PostgreSQL holds the two together. A prefilter only:
rows are decided again by Cedar after loading. Called by the gate.
"""

from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_

from casehub.access.actor import Actor, Contact, Role
from casehub.model import Assignment, Case, CaseErasure, Participant


def case_scope(actor: Actor) -> ColumnElement[bool]:
    """Build a condition on `Case`, true for the cases this actor may list and read. False for all but staff."""
    if actor.role is not Role.STAFF or actor.staff_id is None:
        return false()
    return and_(
        _shared_with(actor.authority),
        ~_erased_by(actor.authority),
        or_(_by_contact(actor), _by_assignment(actor.staff_id)),
    )


def _shared_with(authority: str) -> ColumnElement[bool]:
    """Say that the actor's authority takes part; without that the case does not exist for it."""
    return exists().where(Participant.case_id == Case.id, Participant.authority_id == authority)


def _erased_by(authority: str) -> ColumnElement[bool]:
    """Say that the actor's authority erased its copy: it is in no list and no answer any more."""
    return exists().where(CaseErasure.case_id == Case.id, CaseErasure.authority_id == authority)


def _by_contact(actor: Actor) -> ColumnElement[bool]:
    """Say that a participating unit is one the actor is a contact for, in the network of the case."""
    by_network = groupby(sorted(actor.contacts, key=attrgetter("network")), key=attrgetter("network"))
    return or_(false(), *(_contact_in(network, list(contacts)) for network, contacts in by_network))


def _contact_in(network: str, contacts: list[Contact]) -> ColumnElement[bool]:
    units = sorted({contact.unit for contact in contacts})
    taking_part = exists().where(Participant.case_id == Case.id, Participant.unit_id.in_(units))
    return and_(Case.network == network, taking_part)


def _by_assignment(staff_id: UUID) -> ColumnElement[bool]:
    return exists().where(Assignment.case_id == Case.id, Assignment.staff_id == staff_id)
