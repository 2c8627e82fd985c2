"""Loading a case with a constant number of statements, whatever its size, and turning rows into resources.

Nothing is decided and nothing is opened here. Row-level security has already hidden what is another's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, union
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from casehub.access.resources import CaseResource, ItemResource, StepResource
from casehub.definitions.cards import Step as CardStep
from casehub.model import (
    Assignment,
    Breach,
    Case,
    CaseErasure,
    CaseEvent,
    Compartment,
    Consent,
    ContactDuty,
    Disclosure,
    Exclusion,
    Item,
    ItemGrant,
    ItemVersion,
    LegalHold,
    Participant,
    Recall,
    Staff,
    Step,
)

Row = TypeVar(
    "Row",
    Participant,
    Assignment,
    Step,
    CaseEvent,
    Disclosure,
    Consent,
    Compartment,
    Breach,
    CaseErasure,
    LegalHold,
    Exclusion,
)


@dataclass(frozen=True, slots=True)
class ItemRows:
    """An item with its newest version and the grants this authority may see that were not ended."""

    item: Item
    version: ItemVersion
    grants: tuple[ItemGrant, ...]

    def grant_to(self, authority: str) -> ItemGrant | None:
        """The grant `authority` reads by: its own compartment's if there is one, else the one still sealed to it."""
        mine = [grant for grant in self.grants if grant.granted_to == authority]
        return min(mine, key=lambda grant: grant.form, default=None)

    @property
    def readers(self) -> frozenset[str]:
        """Authorities known to hold a grant."""
        return frozenset(grant.granted_to for grant in self.grants)


@dataclass(frozen=True, slots=True)
class CaseRows:
    """A case and all that belongs to it, as far as this authority may see."""

    case: Case
    participants: tuple[Participant, ...]
    assignments: tuple[Assignment, ...]
    steps: tuple[Step, ...]
    events: tuple[CaseEvent, ...]
    items: tuple[ItemRows, ...]
    disclosures: tuple[Disclosure, ...]
    consents: tuple[Consent, ...]
    recalls: tuple[Recall, ...]
    breaches: tuple[Breach, ...]
    compartments: tuple[Compartment, ...]
    erasures: tuple[CaseErasure, ...]
    holds: tuple[LegalHold, ...]
    exclusions: tuple[Exclusion, ...]
    people: Mapping[UUID, Staff]
    duties: tuple[ContactDuty, ...]

    def compartment_of(self, authority: str) -> Compartment | None:
        """The authority's own compartment of this case, if it has one yet."""
        return next((row for row in self.compartments if row.authority_id == authority), None)

    def item(self, item_id: UUID, kind: str) -> ItemRows | None:
        """The item of that id, if it is of that kind."""
        return next((rows for rows in self.items if rows.item.id == item_id and rows.item.kind == kind), None)

    def recall_of(self, item_id: UUID) -> Recall | None:
        """The recall of an item, if it was recalled."""
        return next((row for row in self.recalls if row.item_id == item_id), None)

    def resource(self) -> CaseResource:
        """The case as Cedar sees it."""
        return case_resource(self.case, self.participants, self.assignments, self.erasures, self.exclusions)

    @property
    def barred(self) -> frozenset[UUID]:
        """Who is barred from the case: nobody calls, invites or tells them."""
        return barred_by(self.exclusions)

    def erased_by(self, authority: str) -> CaseErasure | None:
        """That the authority erased its copy, if it did."""
        return next((row for row in self.erasures if row.authority_id == authority), None)

    @property
    def standing_hold(self) -> LegalHold | None:
        """The slettestop of this authority that stands, if one does."""
        return next((row for row in self.holds if row.lifted_at is None), None)


@dataclass(frozen=True, slots=True)
class Listing:
    """Cases of a list with what their lines show: participants, steps that are ready, events, open breaches, contacts.

    `barred`: by case, who is barred from it and therefore not to be called or invited.
    """

    cases: tuple[Case, ...]
    participants: Mapping[UUID, Sequence[Participant]]
    ready: Mapping[UUID, Sequence[Step]]
    events: Mapping[UUID, Sequence[CaseEvent]]
    breaches: Mapping[UUID, Sequence[Breach]]
    barred: Mapping[UUID, frozenset[UUID]]
    duties: tuple[ContactDuty, ...]
    people: Mapping[UUID, Staff]


def case_resource(
    case: Case,
    participants: Sequence[Participant],
    assignments: Sequence[Assignment],
    erasures: Sequence[CaseErasure],
    exclusions: Sequence[Exclusion],
) -> CaseResource:
    """The attributes Cedar decides on; no content."""
    return CaseResource(
        id=case.id,
        network=case.network,
        state=case.state,
        authorities=frozenset(row.authority_id for row in participants),
        participant_keys=frozenset(f"{case.network}/{row.unit_id}" for row in participants),
        coordinator_key=f"{case.network}/{case.coordinating_unit}",
        assigned=frozenset(row.staff_id for row in assignments),
        responsible_authority=case.responsible_authority or "",
        erased_by=frozenset(row.authority_id for row in erasures),
        excluded=barred_by(exclusions),
    )


def barred_by(exclusions: Sequence[Exclusion]) -> frozenset[UUID]:
    """Who is barred by those of the exclusions that stand."""
    return frozenset(row.staff_id for row in exclusions if row.lifted_at is None)


def case_resources(
    session: Session, cases: Sequence[Case]
) -> tuple[list[CaseResource], dict[UUID, list[Participant]], dict[UUID, list[Exclusion]]]:
    """These cases as Cedar sees them, with their participants and exclusions: four statements, however many."""
    ids = [case.id for case in cases]
    participants, assignments = by_case(session, Participant, ids), by_case(session, Assignment, ids)
    erasures, exclusions = by_case(session, CaseErasure, ids), by_case(session, Exclusion, ids)
    resources = [
        case_resource(
            case, participants[case.id], assignments[case.id], erasures[case.id], exclusions[case.id]
        )
        for case in cases
    ]
    return resources, participants, exclusions


def step_resource(case: CaseResource, row: Step, step: CardStep) -> StepResource:
    """A step as Cedar sees it: its row, and what the card says of it."""
    return StepResource(
        id=row.id,
        case=case,
        state=row.state,
        effect=step.effect or "",
        responsible_authority=row.responsible_authority or "",
        by_coordinator=step.party == "coordinator" and row.handed_to is None,
        extended_by=frozenset(who.value for who in step.may_extend),
        suspended_by=frozenset(who.value for who in step.may_suspend),
        transferable=step.transferable,
    )


def item_resource(case: CaseResource, rows: ItemRows) -> ItemResource:
    """A sealed item as Cedar sees it."""
    return ItemResource(
        id=rows.item.id, case=case, kind=rows.item.kind, owner=rows.item.authority_id, granted_to=rows.readers
    )


def load_case(session: Session, case_id: UUID, *, now: datetime, lock: bool = False) -> CaseRows | None:
    """Load the case; None if it is not there for this authority. The statements run either way.

    What was given on a consent that has run out by `now` is not given any more. `lock`: hold the case's row until the transaction ends, so that two writes of one case follow each other.
    """
    if lock:  # what this session read before others wrote is not what the write goes by
        session.expire_all()
    wanted = select(Case).where(Case.id == case_id)
    case = session.scalar(wanted.with_for_update() if lock else wanted)
    participants = _all(session, Participant, case_id)
    assignments = _all(session, Assignment, case_id)
    steps = _all(session, Step, case_id, Step.state != "dropped")
    events = _all(session, CaseEvent, case_id)
    items = load_items(session, (case_id,))
    disclosures = _all(session, Disclosure, case_id)
    consents = _all(session, Consent, case_id)
    recalls, breaches = _taken_back(session, case_id)
    compartments = _all(session, Compartment, case_id)
    erasures = _all(session, CaseErasure, case_id)
    holds = _all(session, LegalHold, case_id)
    exclusions = _all(session, Exclusion, case_id)
    duties = tuple(session.scalars(_duties(case_id)).unique())
    people = {row.id: row for row in session.scalars(_people(case_id))}
    if case is None:
        return None
    return CaseRows(
        case=case,
        participants=participants,
        assignments=assignments,
        steps=steps,
        events=events,
        items=_without(items, _run_out(disclosures, consents, now)),
        disclosures=disclosures,
        consents=consents,
        recalls=recalls,
        breaches=breaches,
        compartments=compartments,
        erasures=erasures,
        holds=holds,
        exclusions=exclusions,
        people=people,
        duties=duties,
    )


def _run_out(
    disclosures: Sequence[Disclosure], consents: Sequence[Consent], now: datetime
) -> frozenset[UUID]:
    """Disclosures on a consent that is not in force any more."""
    over = {consent.id for consent in consents if not consent.in_force(now)}
    return frozenset(row.id for row in disclosures if row.consent_id in over)


def _without(items: tuple[ItemRows, ...], over: frozenset[UUID]) -> tuple[ItemRows, ...]:
    """The items without the grants of these disclosures."""
    if not over:
        return items
    return tuple(
        replace(rows, grants=tuple(grant for grant in rows.grants if grant.disclosure_id not in over))
        for rows in items
    )


def _taken_back(session: Session, case_id: UUID) -> tuple[tuple[Recall, ...], tuple[Breach, ...]]:
    """Recalls of the case, and the own authority's breaches that they mended: one statement."""
    both = (
        select(Recall, Breach)
        .join(Breach, Breach.recall_id == Recall.id, isouter=True)
        .where(Recall.case_id == case_id)
        .order_by(Recall.id)
    )
    pairs = session.execute(both).all()
    return tuple(recall for recall, _ in pairs), tuple(breach for _, breach in pairs if breach is not None)


def _duties(case_id: UUID) -> Select[ContactDuty]:
    """Contacts of the participating units in the case's network, in force today or later."""
    return (
        select(ContactDuty)
        .join(Participant, Participant.unit_id == ContactDuty.unit_id)
        .join(Case, Case.id == Participant.case_id)
        .where(Participant.case_id == case_id, ContactDuty.network == Case.network)
        .order_by(ContactDuty.unit_id, ContactDuty.function, ContactDuty.id)
    )


def _people(case_id: UUID) -> Select[Staff]:
    """Staff named by the case: contacts of its units, authors, those who did a step or disclosed."""
    named = union(
        select(ContactDuty.staff_id)
        .join(Participant, Participant.unit_id == ContactDuty.unit_id)
        .where(Participant.case_id == case_id),
        select(Item.created_by).where(Item.case_id == case_id),
        select(Step.done_by).where(Step.case_id == case_id),
        select(Step.assigned_to).where(Step.case_id == case_id),
        select(Consent.recorded_by).where(Consent.case_id == case_id),
        select(Disclosure.by_staff).where(Disclosure.case_id == case_id),
        select(CaseEvent.by_staff).where(CaseEvent.case_id == case_id),
        select(Recall.by_staff).where(Recall.case_id == case_id),
    ).subquery()
    return select(Staff).where(Staff.id.in_(select(named.c[0])))


def load_listing(
    session: Session,
    cases: tuple[Case, ...],
    participants: Mapping[UUID, Sequence[Participant]],
    exclusions: Mapping[UUID, Sequence[Exclusion]],
) -> Listing:
    """Load what the lines of a list show: five statements, however many cases."""
    ids = [case.id for case in cases]
    units = {row.unit_id for case_id in ids for row in participants[case_id]}
    of_units = select(ContactDuty).where(ContactDuty.unit_id.in_(units))
    duties = tuple(session.scalars(of_units).unique())
    people = session.scalars(select(Staff).where(Staff.id.in_({duty.staff_id for duty in duties})))
    ready = by_case(session, Step, ids, Step.state == "ready")
    events = by_case(session, CaseEvent, ids)
    breaches = by_case(session, Breach, ids, Breach.concluded_at.is_(None))
    return Listing(
        cases,
        participants,
        ready,
        events,
        breaches,
        {case_id: barred_by(exclusions[case_id]) for case_id in ids},
        duties,
        {row.id: row for row in people},
    )


def by_case(
    session: Session, model: type[Row], ids: Sequence[UUID], *conditions: ColumnElement[bool]
) -> dict[UUID, list[Row]]:
    """Rows of these cases, grouped; every id has a list."""
    grouped: dict[UUID, list[Row]] = {case_id: [] for case_id in ids}
    for row in session.scalars(select(model).where(model.case_id.in_(ids), *conditions).order_by(model.id)):
        grouped[row.case_id].append(row)
    return grouped


def load_items(
    session: Session, case_ids: Sequence[UUID], kinds: Collection[str] = ()
) -> tuple[ItemRows, ...]:
    """Items of these cases (of `kinds`, if any are named), each with its newest version and its grants: two statements."""
    newest = (
        select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .where(Item.case_id.in_(case_ids))
        .ext(distinct_on(Item.id))
        .order_by(Item.id, ItemVersion.version.desc())
    )
    if kinds:
        newest = newest.where(Item.kind.in_(kinds))
    pairs = session.execute(newest).all()
    grants: dict[UUID, list[ItemGrant]] = {}
    living = select(ItemGrant).where(ItemGrant.case_id.in_(case_ids), ItemGrant.ended_at.is_(None))
    for grant in session.scalars(living):
        grants.setdefault(grant.item_version_id, []).append(grant)
    return tuple(ItemRows(item, version, tuple(grants.get(version.id, ()))) for item, version in pairs)


def _all(
    session: Session, model: type[Row], case_id: UUID, *conditions: ColumnElement[bool]
) -> tuple[Row, ...]:
    found = select(model).where(model.case_id == case_id, *conditions)
    return tuple(session.scalars(found.order_by(model.id)))
