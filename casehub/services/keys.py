"""Keys of an authority as its operator sees them: what each version protects, rotating, retiring. Opens nothing.

`rotate` takes a way to begin units of work and not one of them: each batch is a transaction of its own.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from casehub.access import rotating
from casehub.access.actions import Action
from casehub.access.protecting import Version, protected_by
from casehub.access.rotating import PURPOSES, KeysRefused
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef, Outcome
from casehub.model import AuditContent, AuthorityKey, Compartment, IndexToken
from casehub.services.approvals import Kind, use_confirmed
from casehub.services.context import Context
from casehub.vault.keystore import KeyStore
from casehub.vault.recovery import Backup, split_kek

__all__ = [
    "PURPOSES",
    "KeyLine",
    "KeysRefused",
    "Progress",
    "back_up_kek",
    "read_keys",
    "record_shares_destroyed",
    "retire_key",
    "rotate",
    "shares_held",
]

Work = Callable[[], AbstractContextManager[Context]]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One version of one key. `state`: in use, older or retired. `protects`: (number, of what).

    `made_at` is None for what is not known any more. `rotated_at`: when this purpose was last rotated, None if never.
    """

    authority: str
    purpose: str
    version: int
    state: str
    made_at: datetime | None
    rotated_at: datetime | None
    protects: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rotation is: rows put under `version` so far of `total`, and those that would not open."""

    version: int
    taken_up: bool
    done: int
    total: int
    damaged: int


def read_keys(ctx: Context, keystore: KeyStore) -> tuple[KeyLine, ...]:
    """Every version of the actor's authority's keys, the KEK first. Recorded."""
    ctx.gate.visit(action=Action.KEYS_READ, event=Event.KEYS_READ)
    authority = ctx.actor.authority
    rows = list(
        ctx.session.scalars(
            select(AuthorityKey)
            .where(AuthorityKey.authority_id == authority)
            .order_by(AuthorityKey.purpose, AuthorityKey.version)
        )
    )
    protected = protected_by(ctx.session, ctx.gate.ring, authority)
    begun = {version: entry.at for version, entry in rotating.kek_begun(ctx.gate).items()}
    made: dict[Version, datetime | None] = {
        Version("kek", version): min((row.created_at for row in rows), default=None)
        if version == 1
        else begun.get(version)
        for version in keystore.versions(authority)
    }
    made |= {Version(row.purpose, row.version): row.created_at for row in rows}
    retired = {Version(row.purpose, row.version) for row in rows if row.retired_at}
    newest = {each.purpose: each.version for each in sorted(made, key=lambda each: each.version)}

    def line(each: Version) -> KeyLine:
        latest = Version(each.purpose, newest[each.purpose])
        state = "retired" if each in retired else "in use" if each == latest else "older"
        counted = protected.get(each, Counter())
        return KeyLine(
            authority=authority,
            purpose=each.purpose,
            version=each.version,
            state=state,
            made_at=made[each],
            rotated_at=made[latest] if latest.version > 1 else None,
            protects=tuple((number, kind) for kind, number in sorted(counted.items())),
        )

    return tuple(line(each) for each in made)


def rotate(work: Work, keystore: KeyStore, *, purpose: str) -> Iterator[Progress]:
    """Rotate one key of the authority that `work` acts for, telling after each batch; KeysRefused if it cannot be.

    Stopped at any point, it goes on where it was when it is run again. Passes go on until one finds nothing.
    """
    with work() as ctx:
        version, taken_up = rotating.begin(ctx.gate, keystore, purpose, agreed=_agreed_to_reindex)
    with work() as ctx:
        total = _waiting(ctx, purpose, version)
    progress = Progress(version, taken_up, 0, total, 0)
    yield progress
    found = True
    while found:
        found, damaged = False, 0
        for batch in _pass(work, keystore, purpose, version):
            found, damaged = found or batch.done > 0, damaged + batch.damaged
            done = progress.done + batch.done
            progress = Progress(version, taken_up, done, max(total, done + damaged), damaged)
            yield progress


def retire_key(ctx: Context, keystore: KeyStore, *, purpose: str, version: int) -> None:
    """Take an older version out of use; KeysRefused while anything needs it. A KEK version is destroyed."""
    rotating.retire(ctx.gate, keystore, purpose, version)


def back_up_kek(ctx: Context, keystore: KeyStore, *, needed: int, shares: int) -> Backup:
    """Split the authority's KEK among custodians; recorded before it is done. KeystoreError if it cannot be."""
    authority = ctx.actor.authority
    with ctx.gate.create(action=Action.KEYS_BACKUP, event=Event.KEYS_BACKED_UP) as writing:
        version = keystore.current_version(authority)
        protected = protected_by(ctx.session, ctx.gate.ring, authority)
        if any(each.purpose == "kek" and each.version < version for each in protected):
            raise KeysRefused(
                f"{authority}'s keys are not all under KEK version {version} yet, and shares are of that one alone; "
                f"run `casehub keys rotate {authority} --purpose kek` first"
            )
        writing.objects.append(ObjectRef("key", f"{authority}/kek/{version}", None, authority))
        writing.detail.update(needed=str(needed), shares=str(shares))
    return split_kek(keystore, authority, needed=needed, shares=shares)


def shares_held(ctx: Context) -> tuple[int, ...]:
    """KEK versions of which custodians hold shares, as the log tells, lowest first."""
    events = (Event.KEYS_BACKED_UP.value, Event.KEYS_SHARES_DESTROYED.value)
    entries = ctx.session.scalars(
        select(AuditContent).where(
            AuditContent.authority_id == ctx.actor.authority,
            AuditContent.event.in_(events),
            AuditContent.outcome == Outcome.ALLOWED.value,
        )
    )
    of: dict[str, set[int]] = {event: set() for event in events}
    for entry in entries:
        [named] = json.loads(entry.content)["objects"]
        of[entry.event].add(int(named["id"].rpartition("/")[2]))
    made, destroyed = (of[event] for event in events)
    return tuple(sorted(made - destroyed))


def record_shares_destroyed(ctx: Context, keystore: KeyStore, *, version: int) -> None:
    """Write down that the custodians destroyed their shares of a KEK version; KeysRefused while it is still needed."""
    authority = ctx.actor.authority
    with ctx.gate.create(action=Action.KEYS_RETIRE, event=Event.KEYS_SHARES_DESTROYED) as writing:
        if version in keystore.versions(authority):
            raise KeysRefused(
                f"KEK version {version} of {authority} is still needed; its shares are destroyed after it is"
            )
        if version not in shares_held(ctx):
            raise KeysRefused(f"the log knows of no shares of KEK version {version} of {authority}")
        writing.objects.append(ObjectRef("key", f"{authority}/kek/{version}", None, authority))


def _agreed_to_reindex(writing: Writing) -> bool:
    return use_confirmed(writing, kind=Kind.REKEY_INDEX, subject={})


def _pass(work: Work, keystore: KeyStore, purpose: str, version: int) -> Iterator[rotating.Batch]:
    """Everything there is now, once, in the order of ids."""
    after: UUID | None = None
    while True:
        with work() as ctx:
            batch = rotating.rotate_batch(ctx.gate, keystore, purpose, version, after=after)
        yield batch
        if batch.last is None:
            break
        after = batch.last
    while purpose == "working":
        with work() as ctx:
            resealed = rotating.reseal_own(ctx.gate, version)
        if not resealed:
            return
        yield rotating.Batch(resealed, 0, None)


def _waiting(ctx: Context, purpose: str, version: int) -> int:
    if purpose == "working":
        older = select(func.count()).where(
            Compartment.authority_id == ctx.actor.authority,
            Compartment.key_version < version,
            Compartment.destroyed_at.is_(None),
        )
        counted = ctx.session.scalar(older) or 0
    elif purpose == "index":
        older = select(func.count(IndexToken.item_id.distinct())).where(
            IndexToken.authority_id == ctx.actor.authority, IndexToken.key_version < version
        )
        counted = ctx.session.scalar(older) or 0
    else:
        protected = protected_by(ctx.session, ctx.gate.ring, ctx.actor.authority)
        older_of = [
            n.total() for each, n in protected.items() if each.purpose == purpose and each.version < version
        ]
        counted = sum(older_of) if purpose != "signing" else 0  # those are for their recipients to take in
    ctx.session.commit()
    return counted
