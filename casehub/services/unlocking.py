"""The unlocked keys of a running process, kept in step with the database: a rotation is followed at the next transaction.

Every transaction is told the generation of the authority keys (how many were made or retired) by the statement that says
for which authority it speaks; another number than last time means new keys. A failure keeps the keys there are.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Lock

import structlog
from sqlalchemy import Connection, func, select

from casehub.access.vaulting import wrapped_key
from casehub.audit import Event, ObjectRef, Outcome
from casehub.model import AuthorityKey
from casehub.services.operator import OperatorContext
from casehub.vault.authority_keys import KeyRing, WrappedKey, pin_successors, renew
from casehub.vault.errors import KeystoreError
from casehub.vault.keystore import KeyStore
from casehub.vault.log_key import LOG
from casehub.vault.recovery import forget_restored, restored_keks

SECONDS_BETWEEN_TRIES = 2.0
GENERATION = select(func.count() + func.count(AuthorityKey.retired_at)).select_from(AuthorityKey)
_KEYS = AuthorityKey.__table__

log = structlog.get_logger()
Operate = Callable[[], AbstractContextManager[OperatorContext]]


@dataclass(slots=True)
class UnlockedKeys:
    """The ring and what it was unlocked from. `operate` gives a unit of work of its own, to look and to record in."""

    keystore: KeyStore
    ring: KeyRing
    generation: int
    operate: Operate
    failing: str | None = None
    _tried_at: float = field(default=0.0)
    _one_at_a_time: Lock = field(default_factory=Lock)

    def follow(self, connection: Connection, generation: int) -> None:
        """Unlock again if the database's keys are of another generation than the ring's."""
        if generation == self.generation:
            return
        with self._one_at_a_time:
            if generation == self.generation or (self.failing and self._was_tried_just_now()):
                return
            self._renew(connection, generation)

    def look_again(self) -> None:
        """A key was met that the ring does not hold: perhaps it was made since this transaction began."""
        if self._was_tried_just_now():
            return
        with self._one_at_a_time, self.operate() as ctx:
            connection = ctx.session.connection()
            self._renew(connection, connection.execute(GENERATION).scalar_one())

    def _renew(self, connection: Connection, generation: int) -> None:
        self._tried_at = time.monotonic()
        try:
            keys = load_keys(connection)
            self.keystore.reload()
            pin_successors(self.keystore, keys)
            renew(self.ring, self.keystore, keys)
        except KeystoreError as error:
            self._fail(str(error))
            return
        self.generation, self.failing = generation, None

    def _fail(self, reason: str) -> None:
        """Go on with the keys there are; told and recorded once for each reason."""
        if reason == self.failing:
            return
        self.failing = reason
        log.error("keys.not_renewed", reason=reason)
        with self.operate() as ctx:
            record_failure(ctx, reason)

    def _was_tried_just_now(self) -> bool:
        return time.monotonic() - self._tried_at < SECONDS_BETWEEN_TRIES


def load_keys(connection: Connection) -> tuple[WrappedKey, ...]:
    """Every authority's keys as the transaction sees them."""
    return tuple(wrapped_key(row) for row in connection.execute(select(_KEYS)))  # type: ignore[arg-type]


def record_restored(ctx: OperatorContext, keystore: KeyStore) -> None:
    """Write down that KEKs were put back from custodians' shares, if some were and the log has it not yet.

    Killed between the entry and the keystore, it is written again.
    """
    if not (restored := restored_keks(keystore)):
        return
    with ctx.record(Event.KEYS_RESTORED) as recording:
        recording.objects += [
            ObjectRef("key", f"{name}/kek/{version}", None, name if name != LOG else None)
            for name, version in restored
        ]
    forget_restored(keystore)


@contextmanager
def recording_failure(ctx: OperatorContext) -> Iterator[None]:
    """A KeystoreError in this block is written down before it is told."""
    try:
        yield
    except KeystoreError as error:
        ctx.session.rollback()
        record_failure(ctx, str(error))
        raise


def record_failure(ctx: OperatorContext, reason: str) -> None:
    """Write down that keys could not be unlocked, and why; the reason names no key."""
    with ctx.record(Event.KEYSTORE_FAILED) as recording:
        recording.outcome = Outcome.FAILED
        recording.detail["reason"] = reason
