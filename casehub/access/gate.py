"""The gate: the only door to sealed data. Decide, write the entry, commit, then open exactly what was decided on.

Nothing is opened before its entry is committed; if the entry cannot be written, nothing is opened. What may not be
seen is absent: an unknown id is judged, recorded and refused by the same statements. Used by services alone.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import ColumnElement, select

from casehub.access.actions import Action
from casehub.access.approving import (
    OpenedApproval,
    approval_ref,
    approval_resource,
    load_approvals,
    lock_approval,
)
from casehub.access.deciding import CaseErased, NotFound, case_ref, item_ref
from casehub.access.filing import Receiving
from casehub.access.meeting_doors import MeetingDoors
from casehub.access.opening import Decided, NotOpened, named
from casehub.access.policies import Decision
from casehub.access.reading import Content, FileReading, Reading
from casehub.access.resources import (
    ApprovalResource,
    CaseResource,
    EmployeeResource,
    ForumResource,
    PostResource,
    Resource,
    ReviewResource,
)
from casehub.access.reviewing import TEXTS, ReviewReading, ReviewRows, load_review, text_place, text_ref
from casehub.access.rows import (
    CaseRows,
    ItemRows,
    Listing,
    case_resources,
    item_resource,
    load_case,
    load_listing,
)
from casehub.access.scope import case_scope
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef, stamping
from casehub.model import (
    Approval,
    Case,
    Draft,
    Review,
)
from casehub.vault.sealing import Place

__all__ = ["CaseErased", "Content", "FileReading", "Gate", "NotFound", "NotOpened", "Reading"]


@dataclass(slots=True)
class Gate(MeetingDoors):
    """One actor's way in, for one unit of work. `session` holds one connection and is committed here alone."""

    def read_case(
        self,
        *,
        case_id: UUID,
        event: Event,
        wanted: Callable[[CaseRows], Sequence[ItemRows]] | None = None,
        action: Action = Action.CASE_READ,
        on: Callable[[CaseRows], Resource | None] = CaseRows.resource,
        there: Callable[[CaseRows], bool] = lambda _: True,
    ) -> Reading:
        """Read a case and open its items (all that may be read, or those `wanted` of them). NotFound if refused,
        CaseErased if the actor's authority erased it.

        `action`: what the actor must be allowed, to what `on` names (None: it is not there). `there`: whether what was
        asked for in the case exists.
        """
        found = load_case(self.session, case_id, now=self.now)
        target = on(found) if found and there(found) else None
        rows = found if target else None
        resource = rows.resource() if rows else CaseResource.unknown(case_id)
        decision = self._require(action, target or resource, event, case_ref(case_id))
        if rows is None:  # a policy that permits the unknown would be a defect: refuse all the same
            raise self._refusal(event, decision, case_ref(case_id))
        items = self._readable(resource, wanted(rows) if wanted else rows.items)
        refs = (case_ref(case_id), *(item_ref(item) for item in items))
        self._record(event, decision, refs)
        if erasure := rows.erased_by(self.actor.authority):
            raise CaseErased(rows.case, erasure)
        return self._opened(Decided(rows, resource, items))

    def read_file(self, *, case_id: UUID, item_id: UUID) -> FileReading:
        """Read one file of a case. NotFound if it is not there for the actor, NotOpened if it does not open."""
        found = load_case(self.session, case_id, now=self.now)
        file = found.item(item_id, "file") if found else None
        resource = item_resource(found.resource(), file) if found and file else CaseResource.unknown(case_id)
        decision = self._require(Action.ITEM_READ, resource, Event.FILE_READ, case_ref(case_id))
        if found is None or file is None:
            raise self._refusal(Event.FILE_READ, decision, case_ref(case_id))
        self._record(Event.FILE_READ, decision, (case_ref(case_id), item_ref(file)))
        compartment = found.compartment_of(self.actor.authority)
        content = self._open_each((file,), compartment).get(file.item.id)
        if content is None:  # it was given by a grant that nobody signed, which is on record
            raise NotFound
        return FileReading(content, self._open_chunks(file, compartment, content))

    def list_cases(
        self,
        *,
        action: Action,
        event: Event,
        ids: Sequence[UUID] | None = None,
        detail: Mapping[str, str] = MappingProxyType({}),
    ) -> Listing:
        """The cases in the actor's scope (of `ids`, if given), each decided again; the entry names every one."""
        decision = self._require(action, self._own, event)
        statement = select(Case).where(self.bound(action)).order_by(Case.opened_at.desc())
        if ids is not None:
            statement = statement.where(Case.id.in_(ids))
        cases = tuple(self.session.scalars(statement))
        resources, participants, exclusions = case_resources(self.session, cases)
        decisions = self.policies.decide_each(self.actor, action, resources)
        allowed = tuple(case for case, decided in zip(cases, decisions, strict=True) if decided.allowed)
        listing = load_listing(self.session, allowed, participants, exclusions)
        self._record(event, decision, tuple(case_ref(case.id) for case in allowed), detail)
        return listing

    def bound(self, action: Action) -> ColumnElement[bool]:
        """A condition on `Case` that bounds what the actor may list: for counts, and where more than cases is listed."""
        return case_scope(self.policies.remaining(self.actor, action))

    def find_cases(self, *, networks: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> Listing:
        """Exact search over the actor's own authority's blind index; only cases the actor may see.

        `wanted`: normalised values by field; what is found has them all. The entry says which fields, and no value.
        """
        return self.list_cases(
            action=Action.CASE_SEARCH,
            event=Event.CASE_SEARCHED,
            ids=self._indexed(networks, wanted),
            detail={"fields": ",".join(sorted(wanted))},
        )

    @contextmanager
    def break_glass(
        self, *, citizen: str, networks: Sequence[str]
    ) -> Iterator[tuple[Writing, tuple[Case, ...]]]:
        """Open the own authority's cases of `citizen` (a normalised CPR number) that the actor may break into and not read.

        Yields them for the block to write down; without any it is not entered, and NotFound is raised: by the same statements
        whether there is none, or one that may not be broken. The entry names what was found, and never the citizen.
        """
        decision = self._require(Action.GLASS_BREAK, self._own, Event.GLASS_BROKEN)
        found = (
            select(Case).where(Case.id.in_(self._indexed(networks, {"cpr": (citizen,)}))).order_by(Case.id)
        )
        cases = tuple(self.session.scalars(found))
        resources, *_ = case_resources(self.session, cases)
        may = self.policies.decide_each(self.actor, Action.GLASS_BREAK, resources)
        reads = self.policies.decide_each(self.actor, Action.CASE_READ, resources)
        closed = tuple(
            case
            for case, can, does in zip(cases, may, reads, strict=True)
            if can.allowed and not does.allowed
        )
        if not closed:
            refs = tuple(case_ref(case.id) for case in cases)
            raise self._refusal(Event.GLASS_BROKEN, decision, *refs or (self._own_ref(),))
        for writing in self._writing(decision, Event.GLASS_BROKEN, None, self._own):
            for case in closed:
                writing.name_case(case.id)
            yield writing, closed

    def read_citizen(
        self,
        *,
        citizen: str,
        networks: Sequence[str],
        event: Event,
        wanted: Callable[[CaseRows], Sequence[ItemRows]],
    ) -> tuple[Reading, ...]:
        """The actor's cases of `citizen` (a normalised CPR number), oldest first, with the items `wanted` of each opened.

        Found in the own blind index; one entry names every case and item, and never the citizen.
        """
        decision = self._require(Action.CASE_SEARCH, self._own, event)
        found = self._may_read(self._indexed(networks, {"cpr": (citizen,)}), wanted)
        self._record(event, decision, named(found) or (self._own_ref(),))
        return tuple(self._opened(each) for each in found)

    def read_approved(
        self,
        *,
        action: Action,
        event: Event,
        approval_id: UUID,
        use: Callable[[Writing, Approval], Sequence[UUID]],
        wanted: Callable[[CaseRows], Sequence[ItemRows]],
    ) -> tuple[Reading, ...]:
        """Open what two people agreed on: items `wanted` of the cases `use` names, as far as the actor may read them.

        Oldest case first. `use` says, under the lock, whether the approval can be used. One entry names everything.
        """
        with self.write_approval(action=action, approval_id=approval_id, event=event) as (writing, approval):
            found = self._may_read(use(writing, approval), wanted)
            writing.objects += [ref for ref in named(found) if ref not in writing.objects]
        return tuple(self._opened(each) for each in found)

    @contextmanager
    def create(
        self,
        *,
        action: Action,
        event: Event,
        on: ApprovalResource | ReviewResource | ForumResource | PostResource | EmployeeResource | None = None,
    ) -> Iterator[Writing]:
        """Write something new for the actor's own authority: entry and rows are committed together.

        `on`: what is decided about, if it is not the authority itself.
        """
        resource = on or self._own
        decision = self._require(action, resource, event)
        yield from self._writing(decision, event, None, resource)

    @contextmanager
    def write_case(
        self,
        *,
        action: Action,
        case_id: UUID,
        event: Event,
        on: Callable[[CaseRows], Resource | None] = CaseRows.resource,
        received: Receiving | None = None,
    ) -> Iterator[Writing]:
        """Change a case. `on` names what is acted on (None: it is not there). The case row is locked meanwhile.

        Entry and change are one transaction, committed when the block ends; an exception leaves nothing behind.
        `received`: a file taken in before, to be written with it.
        """
        rows = load_case(self.session, case_id, now=self.now, lock=True)
        resource = (on(rows) if rows else None) or CaseResource.unknown(case_id)
        decision = self._require(action, resource, event, case_ref(case_id))
        if rows is None:
            raise self._refusal(event, decision, case_ref(case_id))
        yield from self._writing(decision, event, rows, resource, received)

    @contextmanager
    def receive_file(self, *, case_id: UUID) -> Iterator[Receiving]:
        """Take a file in for a case, decided before its first byte and holding no lock, so that nobody waits for it.

        To be written with `write_case`, which decides again, before the block ends; an exception leaves nothing behind.
        """
        rows = load_case(self.session, case_id, now=self.now)
        resource = rows.resource() if rows else CaseResource.unknown(case_id)
        decision = self._require(Action.ITEM_WRITE, resource, Event.FILE_WRITTEN, case_ref(case_id))
        if rows is None:
            raise self._refusal(Event.FILE_WRITTEN, decision, case_ref(case_id))
        receiving = Receiving(self.session, rows, self.actor.authority)
        with stamping(self.session, receiving.entry_id):
            yield receiving
            self.session.rollback()  # what was taken in and not written is nothing

    def refuse_file(self, *, case_id: UUID) -> None:
        """Record that a file was refused for what is in it; nothing of it is kept."""
        decision = Decision(allowed=False, policies=(), version=self.policies.version)
        self._refusal(Event.FILE_REFUSED, decision, case_ref(case_id))

    def read_approvals(self, *, wanted: ColumnElement[bool]) -> tuple[OpenedApproval, ...]:
        """The approvals of the actor's authority among `wanted` that the actor may see, reasons opened; newest first."""
        decision = self._require(Action.APPROVAL_READ, self._own, Event.APPROVAL_READ)
        found = load_approvals(self.session, wanted)
        resources = [rows.resource() for rows in found]
        decisions = self.policies.decide_each(self.actor, Action.APPROVAL_READ, resources)
        allowed = [
            pair
            for pair, each in zip(zip(found, resources, strict=True), decisions, strict=True)
            if each.allowed
        ]
        self._record(Event.APPROVAL_READ, decision, tuple(approval_ref(rows.approval) for rows, _ in allowed))
        return tuple(
            OpenedApproval(rows, resource, self._reason(rows.approval)) for rows, resource in allowed
        )

    @contextmanager
    def write_approval(
        self, *, action: Action, approval_id: UUID, event: Event
    ) -> Iterator[tuple[Writing, Approval]]:
        """Answer an approval. It and the case it is about are locked meanwhile; `writing.case` is that case."""
        approval, rows = lock_approval(self.session, approval_id, now=self.now)
        resource = ApprovalResource.unknown(approval_id)
        ref = ObjectRef("approval", str(approval_id))
        if approval is not None:
            resource = approval_resource(approval, rows.resource() if rows else None)
        decision = self._require(action, resource, event, ref)
        if approval is None:
            raise self._refusal(event, decision, ref)
        for writing in self._writing(decision, event, rows, resource):
            writing.objects.append(approval_ref(approval))
            yield writing, approval

    def read_review(
        self, *, action: Action, review_id: UUID, event: Event, kinds: Collection[str] = TEXTS
    ) -> ReviewReading:
        """Read a review and open its texts of these `kinds`. NotFound if refused."""
        rows, ref, decision = self._review(action, review_id, event)
        texts = tuple(text for text in rows.texts if text.kind in kinds)
        self._record(event, decision, (ref, *map(text_ref, texts)))
        words = {
            text.id: str(self._open_own(text_place(text), text.key_version, text.sealed, ref)["text"])
            for text in texts
        }
        return ReviewReading(rows.review, rows.resource(), texts, words)

    @contextmanager
    def write_review(
        self, *, action: Action, review_id: UUID, event: Event
    ) -> Iterator[tuple[Writing, Review]]:
        """Go on with a review; it is locked meanwhile."""
        rows, ref, decision = self._review(action, review_id, event, lock=True)
        for writing in self._writing(decision, event, None, rows.resource()):
            writing.objects.append(ref)
            yield writing, rows.review

    def _review(
        self, action: Action, review_id: UUID, event: Event, *, lock: bool = False
    ) -> tuple[ReviewRows, ObjectRef, Decision]:
        rows = load_review(self.session, review_id, lock=lock)
        resource = rows.resource() if rows else ReviewResource.unknown(review_id)
        ref = ObjectRef("review", str(review_id), None, self.actor.authority if rows else None)
        decision = self._require(action, resource, event, ref)
        if rows is None:
            raise self._refusal(event, decision, ref)
        return rows, ref, decision

    def read_draft(self, *, path: str) -> Content | None:
        """Open and remove the actor's own unfinished text for this page; None if there is none."""
        decision = self._require(Action.DRAFT_READ, self._own, Event.DRAFT_READ)
        draft = self.session.scalar(
            select(Draft).where(
                Draft.staff_id == self.actor.staff_id, Draft.path == path, Draft.expires_at > self.now
            )
        )
        if draft is None:
            self.session.commit()
            return None
        ref = ObjectRef("draft", str(draft.id), None, self.actor.authority)
        for writing in self._writing(decision, Event.DRAFT_READ, None, self._own):
            self.session.delete(draft)
            writing.objects.append(ref)
        place = Place(self.actor.authority, "draft", "sealed", draft.id, 1)
        return self._open_own(place, draft.key_version, draft.sealed, ref)
