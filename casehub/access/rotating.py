"""The key jobs of rotation: a new version, everything put under it in batches, the old version retired. Opens nothing.

Each batch is one transaction with one entry, so that a killed rotation goes on where it was. Runs as the system actor.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, text

from casehub.access.actions import Action
from casehub.access.gate import Gate
from casehub.access.protecting import Version, protected_by
from casehub.access.receiving import accept_grants
from casehub.access.reindexing import next_indexed, reindex
from casehub.access.vaulting import wrapped_compartment, wrapped_key
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.model import (
    Approval,
    AuditContent,
    Authority,
    AuthorityKey,
    Compartment,
    Draft,
    ReviewText,
    Sealed,
)
from casehub.vault.authority_keys import create_next_key, rewrap_key
from casehub.vault.errors import OpeningError
from casehub.vault.keystore import KeyStore
from casehub.vault.rewrapping import reseal_for_authority, rewrap_compartment
from casehub.vault.sealing import Place

PURPOSES = ("working", "receiving", "signing", "index", "kek")
BATCH = 500
# what an authority seals for itself, outside any case
OwnRow = TypeVar("OwnRow", Draft, Approval, ReviewText)


class KeysRefused(Exception):
    """A key cannot be rotated or retired now; one line: why, and what to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did. `last`: where the next one begins, None when there is no more. `damaged` would not open."""

    done: int
    damaged: int
    last: UUID | None


def begin(
    gate: Gate, keystore: KeyStore, purpose: str, *, agreed: Callable[[Writing], bool]
) -> tuple[int, bool]:
    """Make the next version, or take up a rotation that was stopped: (version in use from now on, taken up).

    New writes of every node use the version from their next transaction on. `agreed`: uses up what two people agreed
    on; asked for a new index key alone, whose tokens must be made again from plaintext.
    """
    authority = gate.actor.authority
    with gate.create(action=Action.KEYS_ROTATE, event=Event.KEYS_ROTATION_BEGUN) as writing:
        keystore.reload()
        # two who begin at the same time follow each other, and the second takes up what the first began
        gate.session.execute(select(Authority.id).where(Authority.id == authority).with_for_update())
        version = _newest(gate, keystore, purpose)
        taken_up = _is_unfinished(gate, purpose, version)
        if not taken_up:
            if purpose == "index" and not agreed(writing):
                raise KeysRefused(
                    f"the index key of {authority} is renewed from plaintext, so two of its administrators must agree first:"
                    " one asks on the page Administration, another confirms on the page Til godkendelse"
                )
            version = _make_next(writing, keystore, purpose)
        writing.objects.append(_ref(authority, purpose, version))
        writing.detail.update(purpose=purpose, version=str(version), taken_up=str(taken_up).lower())
    return version, taken_up


def rotate_batch(gate: Gate, keystore: KeyStore, purpose: str, version: int, *, after: UUID | None) -> Batch:
    """Put the next rows after `after` under `version`; one transaction, one entry, none if there was nothing."""
    if purpose == "working":
        return _rewrap_compartments(gate, version, after)
    if purpose == "receiving":
        return Batch(accept_grants(gate), 0, None)
    if purpose == "index":
        return _reindex(gate, version, after)
    return Batch(_rewrap_keys(gate, keystore, version) if purpose == "kek" else 0, 0, None)


def reseal_own(gate: Gate, version: int) -> int:
    """Seal what the authority sealed for itself, drafts, reasons of approvals and texts of reviews, anew under `version`; the number."""
    return sum(
        _reseal(gate, version, *each)
        for each in ((Draft, "sealed"), (Approval, "reason"), (ReviewText, "sealed"))
    )


def _reseal(gate: Gate, version: int, table: type[OwnRow], column: str) -> int:
    rows = gate.session.scalars(
        select(table).where(table.key_version < version).limit(BATCH).with_for_update(skip_locked=True)
    ).all()
    if not rows:
        gate.session.commit()
        return 0
    with _rotating(gate, "working", version) as writing:
        for row in rows:
            place = Place(row.authority_id, table.__tablename__, column, row.id, 1)
            old = row.key_version or 0  # never None: it was found by it
            row.key_version, sealed = reseal_for_authority(
                gate.ring, place=place, key_version=old, sealed=getattr(row, column).ciphertext
            )
            setattr(row, column, Sealed(sealed))
        writing.detail.update({f"{table.__tablename__}s": str(len(rows))})
    return len(rows)


def retire(gate: Gate, keystore: KeyStore, purpose: str, version: int) -> None:
    """Take an older version out of use; KeysRefused while anything needs it. A KEK version is destroyed."""
    authority, now = gate.actor.authority, gate.now
    keystore.reload()
    with gate.create(action=Action.KEYS_RETIRE, event=Event.KEYS_RETIRED) as writing:
        gate.session.execute(select(Authority.id).where(Authority.id == authority).with_for_update())
        if version >= _newest(gate, keystore, purpose):
            raise KeysRefused(
                f"version {version} of {authority}'s {purpose} key is the one in use; rotate it first"
            )
        row = None
        if purpose != "kek":
            # waits for whoever writes under it just now; who comes later is refused by the database
            row = gate.session.get(AuthorityKey, (authority, purpose, version), with_for_update=True)
            if row is None or row.retired_at is not None:
                raise KeysRefused(f"{authority} has no {purpose} key of version {version} to retire")
        needed = protected_by(gate.session, gate.ring, authority).get(Version(purpose, version))
        if needed:
            told = ", ".join(f"{number} {kind}" for kind, number in sorted(needed.items()))
            raise KeysRefused(
                f"version {version} of {authority}'s {purpose} key still protects {told}; "
                f"run `casehub keys rotate {authority} --purpose {purpose}` first"
            )
        if row is None:
            _require_no_backups(gate, version)
        else:
            row.retired_at = now
        writing.objects.append(_ref(authority, purpose, version))
        writing.detail.update(purpose=purpose, version=str(version))
    if purpose == "kek":
        keystore.drop_version(authority, version)


def kek_begun(gate: Gate) -> dict[int, AuditContent]:
    """The entries that say when the authority's KEK versions, but the first, came into use."""
    entries = gate.session.scalars(
        select(AuditContent)
        .where(
            AuditContent.authority_id == gate.actor.authority,
            AuditContent.event == Event.KEYS_ROTATION_BEGUN.value,
        )
        .order_by(AuditContent.at.desc())
    )
    found: dict[int, AuditContent] = {}
    for entry in entries:
        detail = json.loads(entry.content)["detail"]
        if detail.get("purpose") == "kek":
            found[int(detail["version"])] = entry
    return found


def destroyable_from(gate: Gate, version: int) -> datetime | None:
    """From when no backup needs this KEK version: the next one came into use that long ago. None while there is no next.

    What a backup holds must open with a KEK of its time.
    """
    begun = kek_begun(gate).get(version + 1)
    return begun.at + gate.backups_kept if begun else None


def _require_no_backups(gate: Gate, version: int) -> None:
    free = destroyable_from(gate, version)
    if free is not None and gate.now < free:
        raise KeysRefused(
            f"backups of the last {gate.backups_kept.days} days need version {version} of {gate.actor.authority}'s kek; it can "
            f"be destroyed from {free.date()}"
        )


def _newest(gate: Gate, keystore: KeyStore, purpose: str) -> int:
    if purpose == "kek":
        return keystore.current_version(gate.actor.authority)
    return max(row.version for row in _keys(gate) if row.purpose == purpose)


def _is_unfinished(gate: Gate, purpose: str, version: int) -> bool:
    """Whether anything is still under an older version. A signing key leaves nothing behind that we could renew."""
    protected = protected_by(gate.session, gate.ring, gate.actor.authority)
    return purpose != "signing" and any(
        each.purpose == purpose and each.version < version
        for each, number in protected.items()
        if number.total()
    )


def _make_next(writing: Writing, keystore: KeyStore, purpose: str) -> int:
    authority = writing.actor.authority
    if purpose == "kek":
        return keystore.add_version(authority)
    own = select(AuthorityKey).where(AuthorityKey.authority_id == authority)
    keys = [wrapped_key(row) for row in writing.session.scalars(own)]
    made = create_next_key(keystore, authority=authority, purpose=purpose, keys=keys)
    writing.add(
        AuthorityKey(
            authority_id=authority,
            purpose=purpose,
            version=made.version,
            kek_version=made.kek_version,
            wrapped=Sealed(made.wrapped),
            public=made.public,
            public_signature=made.public_signature,
            created_at=writing.now,
        )
    )
    return made.version


_PUT_UNDER = text(
    "UPDATE compartment SET key_version = :version, wrapped = fresh.wrapped, entry_id = :entry_id"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:wraps AS bytea[])) AS fresh(id, wrapped)"
    " WHERE compartment.id = fresh.id"
)


def _rewrap_compartments(gate: Gate, version: int, after: UUID | None) -> Batch:
    mine = select(Compartment).where(
        Compartment.authority_id == gate.actor.authority,
        Compartment.key_version < version,
        Compartment.destroyed_at.is_(None),
    )
    if after is not None:
        mine = mine.where(Compartment.id > after)
    rows = gate.session.scalars(
        mine.order_by(Compartment.id).limit(BATCH).with_for_update(skip_locked=True)
    ).all()
    if not rows:
        gate.session.commit()
        return Batch(0, 0, None)
    fresh, damaged = [], []
    for row in rows:
        try:
            fresh.append(rewrap_compartment(gate.ring, wrapped_compartment(row)))
        except OpeningError:
            damaged.append(ObjectRef("compartment", str(row.id), row.case_id, row.authority_id))
    with _rotating(gate, "working", version) as writing:
        values = {
            "version": version,
            "entry_id": writing.entry_id,
            "ids": [each.id for each in fresh],
            "wraps": [each.wrapped for each in fresh],
        }
        gate.session.execute(_PUT_UNDER, values)
        writing.objects.extend(damaged)
        writing.detail.update(compartments=str(len(fresh)), damaged=str(len(damaged)))
    last = rows[-1].id
    gate.session.expunge_all()
    return Batch(len(fresh), len(damaged), last)


def _reindex(gate: Gate, version: int, after: UUID | None) -> Batch:
    found = next_indexed(gate.session, authority=gate.actor.authority, version=version, after=after)
    if not found:
        gate.session.commit()
        return Batch(0, 0, None)
    with _rotating(gate, "index", version) as writing:
        done, damaged = reindex(writing, version, found)
        writing.detail.update(identities=str(done), damaged=str(damaged))
    gate.session.expunge_all()
    return Batch(done, damaged, found[-1].item_id)


def _rewrap_keys(gate: Gate, keystore: KeyStore, version: int) -> int:
    """Put the authority's keys under the KEK version, one transaction each: others write under these keys meanwhile."""
    names = [
        (row.authority_id, row.purpose, row.version)
        for row in _keys(gate)
        if row.kek_version < version and row.retired_at is None
    ]
    gate.session.commit()
    for name in names:
        with _rotating(gate, "kek", version) as writing:
            row = gate.session.get_one(AuthorityKey, name, with_for_update=True, populate_existing=True)
            wrapped = rewrap_key(keystore, wrapped_key(row))
            row.kek_version, row.wrapped = wrapped.kek_version, Sealed(wrapped.wrapped)
            writing.objects.append(_ref(*name))
    return len(names)


@contextmanager
def _rotating(gate: Gate, purpose: str, version: int) -> Iterator[Writing]:
    with gate.create(action=Action.KEYS_ROTATE, event=Event.KEYS_ROTATED) as writing:
        writing.objects.append(_ref(gate.actor.authority, purpose, version))
        writing.detail.update(purpose=purpose, version=str(version))
        yield writing


def _keys(gate: Gate) -> tuple[AuthorityKey, ...]:
    return tuple(
        gate.session.scalars(select(AuthorityKey).where(AuthorityKey.authority_id == gate.actor.authority))
    )


def _ref(authority: str, purpose: str, version: int) -> ObjectRef:
    return ObjectRef("key", f"{authority}/{purpose}/{version}", None, authority)
