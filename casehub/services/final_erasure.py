"""What was erased must not come back from a backup: the keys a backup needs are replaced, and the KEK above them destroyed.

A backup holds the wraps that were destroyed here. They open with the working and receiving keys of their time, and those
with the KEK of their time. So both keys are replaced and retired, then the KEK, and when the last backup that needs the
old KEK is gone, it is destroyed, and the custodians' shares of it. The clock does all but two things, which are people's:
replacing the KEK, as its new shares must be made the same day, and destroying shares. Opens nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from casehub.access import rotating
from casehub.access.actions import Action
from casehub.access.protecting import Version, protected_by
from casehub.access.rotating import KeysRefused
from casehub.audit import Event, ObjectRef
from casehub.model import AuthorityKey, CaseErasure
from casehub.services.context import Context
from casehub.services.keys import Work, retire_key, rotate, shares_held
from casehub.vault.errors import KeystoreError
from casehub.vault.keystore import KeyStore
from casehub.workflow.calendar import danish_day


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far an authority is with what it erased. `waiting`: erased cases that are not final. `rotate_kek`: the operator is
    to replace the KEK, and to make shares of the new one. `destroyable_on`: when the old KEK can be destroyed. `shares`:
    KEK versions that are destroyed here, and of which custodians still hold shares. `problem`: why the clock cannot go on.
    """

    waiting: int
    rotate_kek: bool
    destroyable_on: date | None
    shares: tuple[int, ...]
    problem: str | None = None


def finish_erasures(work: Work, keystore: KeyStore) -> Outlook:
    """Do what can be done now for what the actor's authority erased. Run it each night: it goes on where it was."""
    problem = None
    try:
        keystore.reload()  # the operator rotates the KEK from another process
        for purpose in ("working", "receiving"):
            _replace(work, keystore, purpose)
        _destroy_keks(work, keystore)
    except (KeysRefused, KeystoreError) as refused:
        problem = str(refused)
    with work() as ctx:
        _settle(ctx, keystore)
    with work() as ctx:
        return replace(read_outlook(ctx, keystore), problem=problem)


def read_outlook(ctx: Context, keystore: KeyStore) -> Outlook:
    """What waits for what, from the rows, the keystore and the log."""
    needed = [_kek_needed(ctx, row) for row in _pending(ctx)]
    settled = [version for version in needed if version is not None]
    authority = ctx.actor.authority
    here = keystore.versions(authority)
    free = [
        rotating.destroyable_from(ctx.gate, version)
        for version in here
        if version <= max(settled, default=0) and version < max(here)
    ]
    known = [moment for moment in free if moment is not None]
    return Outlook(
        waiting=len(needed),
        rotate_kek=any(version >= max(here) for version in settled),
        destroyable_on=danish_day(max(known)) if known else None,
        shares=tuple(version for version in shares_held(ctx) if version not in here),
    )


def _pending(ctx: Context) -> list[CaseErasure]:
    wanted = select(CaseErasure).where(
        CaseErasure.authority_id == ctx.actor.authority, CaseErasure.final_at.is_(None)
    )
    return list(ctx.session.scalars(wanted.order_by(CaseErasure.id)))


def _keys(ctx: Context, purpose: str) -> list[AuthorityKey]:
    own = (AuthorityKey.authority_id == ctx.actor.authority) & (AuthorityKey.purpose == purpose)
    return list(ctx.session.scalars(select(AuthorityKey).where(own).order_by(AuthorityKey.version)))


def _kek_needed(ctx: Context, erasure: CaseErasure) -> int | None:
    """The newest KEK version that ever wrapped a key a backup needs for this case; None while such a key is in use."""
    keys = [
        *(key for key in _keys(ctx, "working") if key.version <= erasure.working_version),
        *(key for key in _keys(ctx, "receiving") if key.version <= erasure.receiving_version),
    ]
    return None if any(key.retired_at is None for key in keys) else max(key.kek_version for key in keys)


def _replace(work: Work, keystore: KeyStore, purpose: str) -> None:
    """Replace the keys that were in use when something was erased, and retire them."""
    with work() as ctx:
        marks = [
            row.working_version if purpose == "working" else row.receiving_version for row in _pending(ctx)
        ]
        keys = _keys(ctx, purpose)
        old = [key.version for key in keys if key.retired_at is None and key.version <= max(marks, default=0)]
        newest = max(key.version for key in keys)
        protected = protected_by(ctx.session, ctx.gate.ring, ctx.actor.authority)
        ctx.session.commit()
    if newest in old or any(protected.get(Version(purpose, version)) for version in old):
        for _ in rotate(work, keystore, purpose=purpose):
            pass
    for version in old:
        with work() as ctx:
            retire_key(ctx, keystore, purpose=purpose, version=version)


def _destroy_keks(work: Work, keystore: KeyStore) -> None:
    """Destroy the KEKs that no backup needs any more."""
    with work() as ctx:
        here = keystore.versions(ctx.actor.authority)
        needed = max((_kek_needed(ctx, row) or 0 for row in _pending(ctx)), default=0)
        due = [
            version
            for version in here
            if version <= needed
            and version < max(here)
            and _is_past(rotating.destroyable_from(ctx.gate, version), ctx.now)
        ]
        ctx.session.commit()
    for version in due:
        with work() as ctx:
            retire_key(ctx, keystore, purpose="kek", version=version)


def _settle(ctx: Context, keystore: KeyStore) -> None:
    """Write down what became final, and the day it will be where that is known by now."""
    held, here = shares_held(ctx), keystore.versions(ctx.actor.authority)
    final, dated = [], []
    for erasure in _pending(ctx):
        needed = _kek_needed(ctx, erasure)
        if needed is None:
            continue
        if not any(version <= needed for version in (*held, *here)):
            final.append(erasure)
        elif (free := rotating.destroyable_from(ctx.gate, needed)) and danish_day(free) != erasure.final_on:
            dated.append((erasure, danish_day(free)))
    ctx.session.commit()
    if dated:
        with ctx.gate.create(action=Action.ERASURE_FINISH, event=Event.ERASURE_DATED) as writing:
            for erasure, day in dated:
                erasure.final_on = day
            writing.objects.extend(_refs(erasure for erasure, _ in dated))
    if final:
        with ctx.gate.create(action=Action.ERASURE_FINISH, event=Event.ERASURE_FINISHED) as writing:
            for erasure in final:
                erasure.final_at = ctx.now
            writing.objects.extend(_refs(final))


def _refs(erasures: Iterable[CaseErasure]) -> Iterable[ObjectRef]:
    return (ObjectRef("case", str(row.case_id), row.case_id, row.authority_id) for row in erasures)


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
