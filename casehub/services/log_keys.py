"""The key that signs the log, as its operator and the running process have it: made, rotated, split, counted, followed.

It is the installation's and no authority's, so the operator handles it, on record. Only the node whose keystore holds it signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casehub.audit import Event, ObjectRef
from casehub.audit.checkpoints import LogBroken
from casehub.audit.reading import count_signed_by
from casehub.model import LogKey, Sealed
from casehub.services.keys import KeyLine
from casehub.services.operator import OperatorContext
from casehub.transparency.notes import VerifierKey
from casehub.vault.errors import KeystoreError
from casehub.vault.keystore import KeyStore
from casehub.vault.log_key import (
    LOG,
    LogSigner,
    WrappedLogKey,
    create_log_key,
    create_next_log_key,
    pin_log_successors,
    unlock_log_key,
)
from casehub.vault.recovery import Backup, split_kek


@dataclass(slots=True)
class FollowedLogKey:
    """The log's unlocked key, None where the keystore does not hold it; another process may rotate it meanwhile."""

    keystore: KeyStore
    signer: LogSigner | None

    def follow(self, session: Session) -> LogSigner | None:
        """The newest key as this transaction sees it. LogBroken if it is not one that followed from ours."""
        if self.signer is None or session.scalar(select(func.max(LogKey.version))) == self.signer.version:
            return self.signer
        try:
            self.keystore.reload()
            self.signer = unlock_newest(session, self.keystore)
        except KeystoreError as error:
            raise LogBroken(str(error)) from None
        return self.signer


def unlock_newest(session: Session, keystore: KeyStore) -> LogSigner | None:
    """The newest key, unlocked; what follows from a pinned one is pinned. KeystoreError if it was swapped."""
    keys = _load(session)
    pin_log_successors(keystore, keys)
    return unlock_log_key(keystore, keys)


def create_missing_log_key(ctx: OperatorContext, keystore: KeyStore) -> tuple[str, ...]:
    """Make the key that signs the log, if there is none; the node that makes it is the one that signs. One line."""
    there = ctx.session.scalar(select(LogKey.version).limit(1))
    ctx.session.commit()
    if there is not None:
        return ()
    with ctx.record(Event.KEYS_CREATED) as recording:
        key = create_log_key(keystore)
        ctx.session.add(_row(ctx, key))
        recording.objects.append(_ref(key.version))
    return ("key log: created",)


def rotate_log_key(ctx: OperatorContext, keystore: KeyStore) -> VerifierKey:
    """Make the next version, to which the present one hands over; what was signed stays signed by the older ones.

    Signing goes on with it from the next checkpoint. KeystoreError if this node does not hold the log's key.
    """
    keystore.reload()
    with ctx.record(Event.LOG_KEY_ROTATED) as recording:
        key = create_next_log_key(keystore, _load(ctx.session))
        ctx.session.add(_row(ctx, key))
        recording.objects.append(_ref(key.version))
    return VerifierKey(key.origin, key.public)


def back_up_log_kek(ctx: OperatorContext, keystore: KeyStore, *, needed: int, shares: int) -> Backup:
    """Split the KEK that wraps the log's key among custodians; recorded before it is done. KeystoreError if it cannot be."""
    version = keystore.current_version(LOG)
    with ctx.record(Event.KEYS_BACKED_UP) as recording:
        recording.objects.append(ObjectRef("key", f"{LOG}/kek/{version}"))
        recording.detail.update(needed=str(needed), shares=str(shares))
    return split_kek(keystore, LOG, needed=needed, shares=shares)


def read_log_keys(ctx: OperatorContext) -> tuple[KeyLine, ...]:
    """Every version of the log's key; each protects the checkpoints it signed. Recorded."""
    with ctx.record(Event.KEYS_READ) as recording:
        recording.objects.append(ObjectRef("key", LOG))
    rows = ctx.session.scalars(select(LogKey).order_by(LogKey.version)).all()
    signed = [count_signed_by(ctx.session, VerifierKey(row.origin, row.public)) for row in rows]
    ctx.session.commit()
    rotated_at = rows[-1].created_at if len(rows) > 1 else None
    return tuple(
        KeyLine(
            authority=LOG,
            purpose="signing",
            version=row.version,
            state="in use" if row is rows[-1] else "older",
            made_at=row.created_at,
            rotated_at=rotated_at,
            protects=((number, "checkpoints"),) if number else (),
        )
        for row, number in zip(rows, signed, strict=True)
    )


def _load(session: Session) -> Sequence[WrappedLogKey]:
    return [
        WrappedLogKey(
            row.version, row.origin, row.kek_version, row.wrapped.ciphertext, row.public, row.succession
        )
        for row in session.scalars(select(LogKey).order_by(LogKey.version))
    ]


def _row(ctx: OperatorContext, key: WrappedLogKey) -> LogKey:
    return LogKey(
        version=key.version,
        origin=key.origin,
        kek_version=key.kek_version,
        wrapped=Sealed(key.wrapped),
        public=key.public,
        succession=key.succession,
        created_at=ctx.now,
    )


def _ref(version: int) -> ObjectRef:
    return ObjectRef("key", f"{LOG}/signing/{version}")
