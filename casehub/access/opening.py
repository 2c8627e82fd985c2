"""Opening what was decided on and recorded: the second half of every door of the gate, which alone calls it.

Here is the one place where a person is given plaintext. What does not open is on record before anybody is told.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.approving import approval_ref, reason_place
from casehub.access.deciding import Deciding, case_ref, item_ref
from casehub.access.filing import stored_chunks
from casehub.access.reading import Content, Reading
from casehub.access.resources import CaseResource
from casehub.access.rows import CaseRows, ItemRows, item_resource, load_case
from casehub.access.vaulting import chunks_place, reading_key, version_place, wrapped_compartment
from casehub.audit import ObjectRef
from casehub.model import Approval, Compartment, Sealed
from casehub.vault.opening import (
    GrantNotGood,
    OpenCompartment,
    OpeningError,
    open_for_authority,
    open_item,
    open_stream,
    opened,
)
from casehub.vault.sealing import Place


class NotOpened(Exception):
    """A sealed item would not open: wrong key, or changed bytes. Recorded before it is raised."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A case that may be read, and those of its items that may be; nothing is opened yet."""

    rows: CaseRows
    resource: CaseResource
    items: tuple[ItemRows, ...]


@dataclass(slots=True)
class Opening(Deciding):
    """What the gate opens with."""

    def _may_read(
        self,
        case_ids: Sequence[UUID],
        wanted: Callable[[CaseRows], Sequence[ItemRows]],
        *,
        lock: bool = False,
    ) -> tuple[Decided, ...]:
        """Those of the cases that the actor may read, oldest first, with those of the items that may be, too."""
        found = [
            rows
            for rows in (load_case(self.session, case_id, now=self.now, lock=lock) for case_id in case_ids)
            if rows and not rows.erased_by(self.actor.authority)
        ]
        resources = [rows.resource() for rows in found]
        decisions = self.policies.decide_each(self.actor, Action.CASE_READ, resources)
        allowed = [
            Decided(rows, resource, self._readable(resource, wanted(rows)))
            for rows, resource, decision in zip(found, resources, decisions, strict=True)
            if decision.allowed
        ]
        return tuple(sorted(allowed, key=lambda each: (each.rows.case.opened_at, each.rows.case.id)))

    def _opened(self, decided: Decided) -> Reading:
        """What was decided on and recorded, opened."""
        rows = decided.rows
        content = self._open_each(decided.items, rows.compartment_of(self.actor.authority))
        items = tuple(item for item in decided.items if item.item.id in content)
        return Reading(rows, decided.resource, items, content)

    def _reason(self, approval: Approval) -> str | None:
        if approval.reason is None or approval.key_version is None:
            return None
        place, ref = reason_place(approval), approval_ref(approval)
        text: str = self._open_own(place, approval.key_version, approval.reason, ref)["text"]
        return text

    def _open_own(self, place: Place, key_version: int, sealed: Sealed, ref: ObjectRef) -> Content:
        """Open what the authority sealed for itself, outside its compartments. NotOpened is recorded first."""
        try:
            plaintext = open_for_authority(
                self.ring, place=place, key_version=key_version, sealed=sealed.ciphertext
            )
        except OpeningError as failure:
            self._record_failure(ref)
            raise NotOpened(f"{place.table} {place.row_id} did not open") from failure
        return _parse(plaintext)

    def _readable(self, case: CaseResource, items: Sequence[ItemRows]) -> tuple[ItemRows, ...]:
        resources = [item_resource(case, item) for item in items]
        decisions = self.policies.decide_each(self.actor, Action.ITEM_READ, resources)
        return tuple(item for item, decision in zip(items, decisions, strict=True) if decision.allowed)

    def _open_each(self, items: Sequence[ItemRows], compartment: Compartment | None) -> dict[UUID, Content]:
        """What opens; a grant that nobody signed stands in no other item's way. NotOpened for all other failures."""
        content: dict[UUID, Content] = {}
        with opened(self.ring, wrapped_compartment(compartment)) if compartment else nullcontext() as own:
            for item in items:
                try:
                    content[item.item.id] = self._open(item, own)
                except OpeningError as failure:
                    if not isinstance(failure, GrantNotGood):
                        self._record_failure(item_ref(item))
                        raise NotOpened(f"item {item.item.id} did not open") from failure
        if ungranted := [item_ref(item) for item in items if item.item.id not in content]:
            self._record_failure(*ungranted)
        return content

    def _open(self, rows: ItemRows, own: OpenCompartment | None) -> Content:
        version = rows.version
        plaintext = open_item(
            self.ring,
            place=version_place(version),
            sealed=version.sealed.ciphertext,
            sha256=version.sha256,
            key=reading_key(rows, self.actor.authority, own),
        )
        return _parse(plaintext)

    def _open_chunks(
        self, file: ItemRows, compartment: Compartment | None, content: Content
    ) -> Iterator[bytes]:
        try:
            with opened(self.ring, wrapped_compartment(compartment)) if compartment else nullcontext() as own:
                opener = open_stream(
                    self.ring,
                    place=chunks_place(file.version),
                    key=reading_key(file, self.actor.authority, own),
                )
            yield from stored_chunks(
                self.session, opener, file.version, chunks=content["chunks"], digest=content["sha256"]
            )
        except OpeningError as failure:
            self._record_failure(item_ref(file))
            raise NotOpened(f"file {file.item.id} did not open") from failure


def _parse(plaintext: bytes) -> Content:
    content: Content = json.loads(plaintext)
    return content


def named(found: Sequence[Decided]) -> tuple[ObjectRef, ...]:
    """How an entry names these cases and their items."""
    return tuple(
        ref
        for each in found
        for ref in (case_ref(each.rows.case.id), *(item_ref(item) for item in each.items))
    )
