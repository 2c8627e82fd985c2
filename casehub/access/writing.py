"""What a service holds while it writes: seals, discloses, adds rows; every row is stamped with the entry being made.

Made by the gate alone.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casehub.access.actions import Action
from casehub.access.actor import Actor
from casehub.access.approving import approval_ref, reason_place
from casehub.access.compartments import own_compartment
from casehub.access.disclosing import Ground, Unlawful, end_what_ran_out
from casehub.access.filing import Receiving
from casehub.access.granting import accept, grant_to, index_tokens
from casehub.access.policies import Decision
from casehub.access.resources import Resource
from casehub.access.reviewing import text_place, text_ref
from casehub.access.rows import CaseRows, ItemRows
from casehub.access.vaulting import wrapped_compartment
from casehub.audit import Event, ObjectRef
from casehub.model import (
    Approval,
    Base,
    Case,
    Compartment,
    Disclosure,
    Draft,
    IndexToken,
    Item,
    ItemGrant,
    ItemVersion,
    Recall,
    Review,
    ReviewText,
    Sealed,
    new_id,
)
from casehub.vault.authority_keys import KeyRing
from casehub.vault.sealing import OpenCompartment, Place, SealedItem, seal_for_authority, seal_item


class Defer(Protocol):
    """Defer a task for an authority, in the transaction at hand; with what it is told besides."""

    def __call__(self, task: str, authority: str, **told: str) -> None:
        """Queue it, if the transaction is committed."""


Sealing = Callable[..., SealedItem]
DRAFT_KEPT = timedelta(hours=24)


@dataclass(slots=True)
class Writing:
    """One write in progress. `rows` is the case as loaded and locked (None while it is being created)."""

    session: Session
    ring: KeyRing
    actor: Actor
    now: datetime
    event: Event
    resource: Resource
    rows: CaseRows | None
    defer: Defer
    decide: Callable[[Action, Resource], Decision]
    received: Receiving | None = None
    entry_id: UUID = field(default_factory=new_id)
    objects: list[ObjectRef] = field(default_factory=list)
    recipients: set[str] = field(default_factory=set)
    bases: list[str] = field(default_factory=list)
    justification: list[UUID] = field(default_factory=list)
    detail: dict[str, str] = field(default_factory=dict)
    purpose: str | None = None
    _granted: set[tuple[UUID, str]] = field(default_factory=set)
    _accepted: dict[UUID, ItemGrant] = field(default_factory=dict)
    _compartment: Compartment | None = None
    _opened: OpenCompartment | None = None

    def __post_init__(self) -> None:
        if self.received:
            self.entry_id = self.received.entry_id
        if self.rows:
            self.name_case(self.rows.case.id)
            self._compartment = self.rows.compartment_of(self.actor.authority)

    @property
    def case(self) -> CaseRows:
        """The case being changed; there is one in every write but the one that creates it."""
        if self.rows is None:
            raise LookupError("this write has no case yet")
        return self.rows

    def add(self, *rows: Base) -> None:
        """Add rows, in this order; those of one table that follow each other go over together. The stamp comes by itself."""
        for _, same in groupby(rows, key=type):
            self.session.add_all(same)
            self.session.flush()

    def name_case(self, case_id: UUID) -> None:
        """Name a case in the entry."""
        self.objects.append(ObjectRef("case", str(case_id), case_id))

    def seal(self, *, case: Case, kind: str, content: Mapping[str, Any]) -> ItemRows:
        """Seal a new item for the actor's own authority; only it holds a grant so far."""
        return self._seal(case, kind, content, new_id(), seal_item)

    def seal_file(self, *, case: Case, content: Mapping[str, Any]) -> ItemRows:
        """Seal the item of the file that was taken in: what `content` says of it, its size and what its chunks are."""
        file = self.received
        if file is None:
            raise LookupError("this write has taken no file in")
        self.detail.update(chunks=str(file.chunks), chunks_sha256=file.digest)
        about = {**content, "size": file.size, "chunks": file.chunks, "sha256": file.digest}
        return self._seal(case, "file", about, file.version_id, file.sealer.seal_item)

    def revise(self, *, case: Case, rows: ItemRows, content: Mapping[str, Any]) -> ItemRows:
        """Seal the next version of an own item, for the own authority alone; those before it are kept."""
        return self._seal_version(case, rows.item, rows.version.version + 1, content, new_id(), seal_item)

    def recall(self, *, case: Case, items: Sequence[ItemRows], reason: str) -> tuple[Recall, ...]:
        """Take own items back from all they were given to: their grants are ended, and none can be made again."""
        why = self.seal(case=case, kind="recall", content={"text": reason})
        recalls = tuple(
            Recall(
                id=new_id(),
                case_id=case.id,
                item_id=rows.item.id,
                kind=rows.item.kind,
                authority_id=self.actor.authority,
                by_staff=self.actor.staff_id,
                at=self.now,
                reason_item=why.item.id,
            )
            for rows in items
        )
        self.add(*recalls)  # the database lets an owner end grants of what stands recalled, and no others
        for rows in items:
            self.objects.append(ObjectRef(rows.item.kind, str(rows.item.id), case.id, rows.item.authority_id))
        given = select(ItemGrant).where(
            ItemGrant.item_id.in_([rows.item.id for rows in items]),
            ItemGrant.granted_to != self.actor.authority,
            ItemGrant.ended_at.is_(None),
        )
        for grant in self.session.scalars(given):
            grant.end(self.now)
            self.recipients.add(grant.granted_to)
        return recalls

    def _seal(
        self, case: Case, kind: str, content: Mapping[str, Any], version_id: UUID, seal: Sealing
    ) -> ItemRows:
        item = Item(
            id=new_id(),
            case_id=case.id,
            authority_id=self.actor.authority,
            kind=kind,
            created_by=self.actor.staff_id,
            created_at=self.now,
        )
        self.add(item)
        return self._seal_version(case, item, 1, content, version_id, seal)

    def _seal_version(  # noqa: PLR0917 (all of them say what is sealed where)
        self,
        case: Case,
        item: Item,
        number: int,
        content: Mapping[str, Any],
        version_id: UUID,
        seal: Sealing,
    ) -> ItemRows:
        compartment = self._own_compartment(case)
        sealed = seal(
            self._opened_for(compartment),
            place=Place(self.actor.authority, "item_version", "sealed", version_id, number),
            plaintext=json.dumps(content, ensure_ascii=False).encode(),
        )
        version = ItemVersion(
            id=version_id,
            item_id=item.id,
            case_id=case.id,
            authority_id=self.actor.authority,
            version=number,
            sealed=Sealed(sealed.sealed),
            sha256=sealed.sha256,
            created_at=self.now,
        )
        grant = ItemGrant(
            id=new_id(),
            case_id=case.id,
            item_id=item.id,
            item_version_id=version_id,
            granted_by=self.actor.authority,
            granted_to=self.actor.authority,
            form="compartment",
            compartment_id=compartment.id,
            wrapped=Sealed(sealed.owner_wrap),
            onward=False,
        )
        self.add(version, grant)
        self.objects.append(
            ObjectRef(item.kind, str(item.id), case.id, self.actor.authority, sealed.sha256.hex())
        )
        return ItemRows(item, version, (grant,))

    def index(self, *, rows: ItemRows, purpose: str, values: Mapping[str, Sequence[str]]) -> None:
        """Index normalised values of an item blindly, for exact search by the actor's own authority."""
        self.add(
            *index_tokens(
                self.ring,
                authority=self.actor.authority,
                purpose=purpose,
                item_id=rows.item.id,
                case_id=rows.item.case_id,
                values=values,
            )
        )

    def of_same_citizen(self) -> tuple[UUID, ...]:
        """The other cases of the same network in which the own authority indexed the same citizen, whoever may read them.

        Token against token: nothing is opened.
        """
        case = self.case.case
        own = (
            IndexToken.authority_id == self.actor.authority,
            IndexToken.purpose == case.network,
            IndexToken.field == "cpr",
        )
        here = select(IndexToken.token).where(*own, IndexToken.case_id == case.id)
        same = select(IndexToken.case_id).where(
            *own, IndexToken.token.in_(here), IndexToken.case_id != case.id
        )
        return tuple(self.session.scalars(same.distinct()))

    def disclose(
        self,
        *,
        case: Case,
        items: Sequence[ItemRows],
        ground: Ground,
        necessity: str,
        happened_at: datetime | None = None,
        oral: ItemRows | None = None,
        onward: bool = False,
    ) -> Disclosure:
        """Disclose items to an authority: a signed key grant each, on a ground that Cedar decides on, with a sealed necessity note.

        `oral`: what was said, already sealed; then `items` is empty and nothing but the necessity note is granted. Unlawful,
        which services do not let come so far.
        """
        asked, to = ground.asked, ground.asked.recipient.id
        if not self.decide(Action.DISCLOSURE_MAKE, asked.resource()).allowed:
            raise Unlawful
        if self.rows:
            self.objects += end_what_ran_out(self.session, self.rows.consents, self.now)
        reason = self.seal(case=case, kind="necessity", content={"text": necessity})
        disclosure = Disclosure(
            id=new_id(),
            case_id=case.id,
            from_authority=asked.giver.id,
            to_authority=to,
            form="oral" if oral else "written",
            basis=ground.basis.id,
            purpose=ground.purpose.id,
            consent_id=ground.consent.id if ground.consent else None,
            information=list(asked.information),
            prompted=asked.prompted or None,
            necessity_item=reason.item.id,
            content_item=oral.item.id if oral else None,
            happened_at=happened_at or self.now,
            recorded_at=self.now,
            by_staff=self.actor.staff_id,
        )
        self.add(disclosure)
        shared = [*items, reason, *([oral] if oral else [])]
        # two units of one authority, or a second disclosure: one grant is enough
        new = [
            rows for rows in shared if to not in rows.readers and (rows.version.id, to) not in self._granted
        ]
        self._grant(case, new, disclosure, onward=onward)
        self._granted.update((rows.version.id, to) for rows in new)
        if to not in self.recipients:
            self.defer("accept_grants", to, case=str(case.id))
        self.recipients.add(to)
        self.bases.append(ground.basis.id)
        self.justification.append(reason.item.id)
        self.purpose = ground.purpose.id
        return disclosure

    def ask(
        self, *, kind: str, reason: str, case_id: UUID | None, subject: Mapping[str, str], approval_id: UUID
    ) -> Approval:
        """Ask for what another of the actor's authority must confirm; the reason is sealed for the authority."""
        approval = Approval(
            id=approval_id,
            authority_id=self.actor.authority,
            kind=kind,
            case_id=case_id,
            subject=dict(subject),
            asked_by=self.actor.staff_id,
            asked_at=self.now,
            state="asked",
        )
        approval.key_version, approval.reason = self._seal_own(reason_place(approval), {"text": reason})
        self.add(approval)
        self.objects.append(approval_ref(approval))
        return approval

    def write_in_review(self, review: Review, kind: str, text: str) -> None:
        """Seal what someone wrote in a review, for the authority alone."""
        row = ReviewText(
            id=new_id(),
            review_id=review.id,
            authority_id=self.actor.authority,
            kind=kind,
            by_staff=self.actor.staff_id,
            at=self.now,
        )
        row.key_version, row.sealed = self._seal_own(text_place(row), {"text": text})
        self.add(row)
        self.objects.append(text_ref(row))

    def save_draft(self, *, path: str, fields: Mapping[str, Sequence[str]]) -> None:
        """Seal what was being typed, for the same person, for 24 hours."""
        draft_id = new_id()
        key_version, sealed = self._seal_own(
            Place(self.actor.authority, "draft", "sealed", draft_id, 1), fields
        )
        self.add(
            Draft(
                id=draft_id,
                authority_id=self.actor.authority,
                staff_id=self.actor.staff_id,
                path=path,
                sealed=sealed,
                key_version=key_version,
                expires_at=self.now + DRAFT_KEPT,
            )
        )
        self.objects.append(ObjectRef("draft", str(draft_id), None, self.actor.authority))

    def close(self) -> None:
        """Let go of the compartment's key: nothing is sealed by this any more. The gate calls it when the write is over."""
        if self._opened is not None:
            self._opened.end()

    def _seal_own(self, place: Place, content: Mapping[str, Any]) -> tuple[int, Sealed]:
        """Seal for the authority itself, outside its compartments."""
        plaintext = json.dumps(content, ensure_ascii=False).encode()
        version, sealed = seal_for_authority(self.ring, place=place, plaintext=plaintext)
        return version, Sealed(sealed)

    def _grant(self, case: Case, items: Iterable[ItemRows], disclosure: Disclosure, *, onward: bool) -> None:
        compartment = self._own_compartment(case)
        for rows in items:
            held = self._held(rows, compartment)
            grant = grant_to(
                self.ring, rows=rows, held=held, disclosure=disclosure, compartment=compartment, onward=onward
            )
            self.add(grant)
            self.objects.append(ObjectRef(rows.item.kind, str(rows.item.id), case.id, rows.item.authority_id))

    def _held(self, rows: ItemRows, compartment: Compartment) -> ItemGrant | None:
        """Our own grant in our own compartment; what was received and not yet re-wrapped is accepted here, once."""
        held = rows.grant_to(self.actor.authority)
        if held is None or held.form == "compartment":
            return held
        if held.id not in self._accepted:
            self._accepted[held.id] = accept(self.ring, grant=held, compartment=compartment)
            self.add(self._accepted[held.id])
        return self._accepted[held.id]

    def _opened_for(self, compartment: Compartment) -> OpenCompartment:
        if self._opened is None:
            self._opened = OpenCompartment(self.ring, wrapped_compartment(compartment))
        return self._opened

    def _own_compartment(self, case: Case) -> Compartment:
        if self._compartment is None:
            self._compartment = own_compartment(
                self.session,
                self.ring,
                case_id=case.id,
                authority=self.actor.authority,
                entry_id=self.entry_id,
            )
        return self._compartment
