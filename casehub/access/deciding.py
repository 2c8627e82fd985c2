"""What every door of the gate does: ask Cedar, write the entry, commit; of a refusal leave nothing but its entry. And the
doors behind which nothing is sealed.

Opens nothing. The doors are the gate's (`gate.py`), which alone is used by services.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from uuid import UUID

import structlog
from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import Session

from casehub.access.actions import Action
from casehub.access.actor import Actor
from casehub.access.disclosing import Asked
from casehub.access.explaining import Explained
from casehub.access.filing import Receiving
from casehub.access.policies import Decision, Policies
from casehub.access.resources import (
    AuthorityResource,
    CaseResource,
    ForumResource,
    PostResource,
    Resource,
    ReviewResource,
)
from casehub.access.rows import CaseRows, ItemRows, load_case
from casehub.access.writing import Defer, Writing
from casehub.audit import Entry, Event, ObjectRef, Outcome, append_entry, stamping
from casehub.model import Case, CaseErasure, IndexToken, new_id
from casehub.vault import blind_index
from casehub.vault.authority_keys import KeyRing

_LOG = structlog.get_logger(__name__)
_NOT_GIVEN = "Det kan ikke videregives nu."


class NotFound(Exception):
    """There is nothing here for this actor: absent and forbidden are the same (DESIGN, promise 2)."""


class CaseErased(Exception):
    """The actor's authority erased its copy of this case. Recorded before it is raised; there is nothing to open."""

    def __init__(self, case: Case, erasure: CaseErasure) -> None:
        super().__init__("the case was erased")
        self.case, self.erasure = case, erasure


@dataclass(slots=True)
class Deciding:
    """One actor's unit of work. `session` holds one connection and is committed here alone.

    `backups_kept`: how long a backup may still hold what is no longer in the database.
    """

    session: Session
    policies: Policies
    ring: KeyRing
    actor: Actor
    now: datetime
    request_id: str
    defer: Defer
    backups_kept: timedelta
    _own: AuthorityResource = field(init=False)

    def __post_init__(self) -> None:
        self._own = AuthorityResource(id=self.actor.authority, kind=self.actor.authority_kind)

    def may(self, action: Action, resource: Resource) -> bool:
        """Whether the actor may; for showing or hiding a button. Never a substitute for the decision of the act."""
        return self.policies.decide(self.actor, action, resource).allowed

    def may_each(self, action: Action, resources: Sequence[Resource]) -> list[bool]:
        """Whether the actor may, for each of these; for what a list shows."""
        return [each.allowed for each in self.policies.decide_each(self.actor, action, resources)]

    def require(self, *, action: Action, event: Event, on: Resource | None = None) -> None:
        """Refuse on record, with NotFound, one who may not do this (on their own authority if not `on`); else leave no trace."""
        self._require(action, on or self._own, event)

    def why_not_disclose(self, asked: Sequence[Asked], event: Event) -> dict[UUID, str]:
        """Why each of these may not be given, in Danish; {} if all may. A refusal undoes what was pending and is on record.

        `event`: what the act would have been.
        """
        resources = [each.resource() for each in asked]
        decisions = self.policies.decide_each(self.actor, Action.DISCLOSURE_MAKE, resources)
        refused = {
            resource.id: decision
            for resource, decision in zip(resources, decisions, strict=True)
            if not decision.allowed
        }
        for resource in resources:
            if resource.id in refused:
                self._refusal(event, refused[resource.id], case_ref(resource.case.id))
        return {
            each: " ".join(self.policies.why[policy] for policy in decision.policies) or _NOT_GIVEN
            for each, decision in refused.items()
        }

    def search_log(
        self,
        *,
        citizen: str | None,
        networks: Sequence[str],
        cases: Sequence[UUID],
        detail: Mapping[str, str],
    ) -> tuple[UUID, ...]:
        """Record a search of the log; the cases of `citizen` (a normalised CPR number) in the own blind index.

        The entry names those cases and `cases`, what else was searched by as `detail`, and never the citizen.
        """
        decision = self._require(Action.LOG_READ, self._own, Event.LOG_SEARCHED)
        found = self._indexed(networks, {"cpr": (citizen,)}) if citizen else ()
        refs = (self._own_ref(), *(case_ref(case_id) for case_id in dict.fromkeys((*found, *cases))))
        self._record(Event.LOG_SEARCHED, decision, refs, detail)
        return found

    def visit(
        self,
        *,
        action: Action,
        event: Event,
        case_id: UUID | None = None,
        on: ReviewResource | ForumResource | PostResource | None = None,
        detail: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Record and commit an act on the actor's own authority that opens nothing: the log, administration, contacts.

        `case_id`: the case whose entries are read. `on`: what is decided about, if it is not the authority itself.
        """
        ref = case_ref(case_id) if case_id else self._own_ref()
        if isinstance(on, ForumResource):
            ref = ObjectRef("forum", on.id, None, self.actor.authority)
        if isinstance(on, PostResource):
            ref = ObjectRef("post", on.id, None, self.actor.authority)
        decision = self._require(action, on or self._own, event, ref)
        self._record(event, decision, (ref,), detail)

    def explain(
        self,
        *,
        case_id: UUID,
        people: Callable[[CaseRows | None], Sequence[Actor]],
        about: UUID | None = None,
        on: AuthorityResource | None = None,
    ) -> tuple[CaseRows | None, tuple[Explained, ...]]:
        """Why each of `people` may read the case, or may not, as the rules are now. Opens nothing. NotFound if refused.

        Asked by one who works on the case; or, of staff of the authority `on`, by its reviewer, to whom a case of others is as one
        that is not there (None). The entry names the person asked `about`, a staff id, if it is one alone.
        """
        rows = load_case(self.session, case_id, now=self.now)
        resource = rows.resource() if rows else CaseResource.unknown(case_id)
        event, ref = Event.ACCESS_EXPLAINED, case_ref(case_id)
        decision = self._require(Action.ACCESS_EXPLAIN, on or resource, event, ref)
        if (
            rows is None and on is None
        ):  # a policy that permits the unknown would be a defect: refuse all the same
            raise self._refusal(event, decision, ref)
        person = [ObjectRef("staff", str(about), case_id, self.actor.authority)] if about else []
        self._record(event, decision, (ref, *person))
        return rows, self.policies.explain(people(rows), Action.CASE_READ, resource)

    def _writing(
        self,
        decision: Decision,
        event: Event,
        rows: CaseRows | None,
        resource: Resource,
        received: Receiving | None = None,
    ) -> Iterator[Writing]:
        writing = Writing(
            session=self.session,
            ring=self.ring,
            actor=self.actor,
            now=self.now,
            event=event,
            resource=resource,
            rows=rows,
            defer=self.defer,
            decide=partial(self.policies.decide, self.actor),
            received=received,
        )
        with closing(writing), stamping(self.session, writing.entry_id):
            yield writing
            self.session.flush()
            append_entry(self.session, self._entry(writing.event, decision, writing=writing))
            self.session.commit()

    def _require(
        self, action: Action, resource: Resource, event: Event, asked_for: ObjectRef | None = None
    ) -> Decision:
        decision = self.policies.decide(self.actor, action, resource)
        if decision.allowed:
            return decision
        raise self._refusal(event, decision, asked_for)

    def _refusal(
        self, event: Event, decision: Decision, asked_for: ObjectRef | None, *others: ObjectRef
    ) -> NotFound:
        """Undo what was pending, record the refusal on its own, and give what to raise."""
        if decision.errors:  # for the operator: a policy that cannot be evaluated refuses everyone
            _LOG.error("policy not evaluated", errors=decision.errors, request_id=self.request_id)
        self.session.rollback()
        ref = asked_for or self._own_ref()
        append_entry(
            self.session, self._entry(event, decision, objects=(ref, *others), outcome=Outcome.REFUSED)
        )
        self.session.commit()
        return NotFound()

    def _own_ref(self) -> ObjectRef:
        return ObjectRef("authority", self._own.id, None, self._own.id)

    def _record(
        self,
        event: Event,
        decision: Decision,
        objects: tuple[ObjectRef, ...],
        detail: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        append_entry(self.session, self._entry(event, decision, objects=objects, detail=detail))
        self.session.commit()

    def _entry(
        self,
        event: Event,
        decision: Decision,
        *,
        objects: tuple[ObjectRef, ...] = (),
        outcome: Outcome = Outcome.ALLOWED,
        writing: Writing | None = None,
        detail: Mapping[str, str] = MappingProxyType({}),
    ) -> Entry:
        return Entry(
            id=writing.entry_id if writing else new_id(),
            at=self.now,
            event=event,
            outcome=outcome,
            request_id=self.request_id,
            actor_id=self.actor.staff_id,
            authority=self.actor.authority,
            unit=self.actor.unit or None,
            objects=tuple(writing.objects) if writing else objects,
            purpose=writing.purpose if writing else None,
            basis=tuple(dict.fromkeys(writing.bases)) if writing else (),
            justification=tuple(writing.justification) if writing else (),
            recipients=tuple(sorted(writing.recipients)) if writing else (),
            policies=decision.policies,
            policy_version=decision.version,
            detail={
                **(writing.detail if writing else detail),
                **self._glass(writing.objects if writing else objects),
            },
        )

    def _glass(self, objects: Sequence[ObjectRef]) -> Mapping[str, str]:
        """The break-glasses under which these objects are reached: every entry of such a case names them."""
        used = {str(glass.id) for ref in objects if (glass := self.actor.glass(ref.case_id))}
        return {"break_glass": ",".join(sorted(used))} if used else {}

    def _record_failure(self, *objects: ObjectRef) -> None:
        decision = Decision(allowed=False, policies=(), version=self.policies.version)
        self.session.rollback()
        append_entry(
            self.session,
            self._entry(Event.ITEM_OPENING_FAILED, decision, objects=objects, outcome=Outcome.FAILED),
        )
        self.session.commit()

    def _indexed(self, networks: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> tuple[UUID, ...]:
        """Cases in which the own authority indexed an item that has every wanted value (field -> normalised values)."""
        holding = [
            IndexToken.item_id.in_(self._holding(networks, name, value))
            for name, values in wanted.items()
            for value in values
        ]
        if not holding:
            return ()
        return tuple(self.session.scalars(select(IndexToken.case_id).where(*holding).distinct()))

    def _holding(self, networks: Sequence[str], name: str, value: str) -> Select[UUID]:
        own = self.actor.authority
        held = (
            and_(
                IndexToken.purpose == network,
                IndexToken.field == name,
                IndexToken.token.in_(
                    blind_index.tokens(self.ring, authority=own, purpose=network, field=name, value=value)
                ),
            )
            for network in networks
        )
        return select(IndexToken.item_id).where(IndexToken.authority_id == own, or_(false(), *held))


def case_ref(case_id: UUID) -> ObjectRef:
    """How an entry names a case."""
    return ObjectRef("case", str(case_id), case_id)


def item_ref(rows: ItemRows) -> ObjectRef:
    """How an entry names an item."""
    return ObjectRef(rows.item.kind, str(rows.item.id), rows.item.case_id, rows.item.authority_id)
