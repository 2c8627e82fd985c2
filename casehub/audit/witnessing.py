"""The log's witnesses: what each is to be asked next, keeping what it answered, and how far the log is witnessed.

Asking is `casehub.transparency.asking`, with no transaction open. A cosignature is kept when it was verified, and is
verified again whenever something rests on it: who writes the database could have written it there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casehub.audit.reading import count_uncovered, prove_inclusion, read_checkpoint, with_cosignatures
from casehub.model import AuditCheckpoint, AuditCommitment, AuditCosignature, AuditLeaf, AuditWitness
from casehub.transparency.asking import Answer, Outcome
from casehub.transparency.cosignatures import WitnessKey, cosigners_of
from casehub.transparency.entry_proofs import EntryProof
from casehub.transparency.proofs import ProofRefused
from casehub.transparency.trust import Trust, Witness

MOST_LOOKED_AT = 10  # checkpoints that seem witnessed and are not: each was planted


@dataclass(frozen=True, slots=True)
class Question:
    """The newest checkpoint, and the size the witness cosigned last as far as we know."""

    note: str
    size: int
    known: int


@dataclass(frozen=True, slots=True)
class WitnessStanding:
    """`outcome`: how it answered last, and `since` when so; None where it was never asked."""

    label: str
    outcome: Outcome | None
    since: datetime | None

    @property
    def is_broken(self) -> bool:
        """Whether it has seen what the log no longer shows."""
        return self.outcome in {Outcome.AHEAD, Outcome.FORKED}

    @property
    def is_missing(self) -> bool:
        """Whether it does not cosign, for a reason that says nothing of the log."""
        return not self.is_broken and self.outcome != Outcome.COSIGNED


@dataclass(frozen=True, slots=True)
class LogStanding:
    """How far the log is held: entries that no checkpoint covers, and that no witnessed one does."""

    unsigned: int
    unwitnessed: int
    witnesses: tuple[WitnessStanding, ...]


def next_question(session: Session, witness: Witness) -> Question | None:
    """What to ask this witness; None if there is nothing new."""
    newest = read_checkpoint(session)
    if newest is None:
        return None
    known = cosigned_size(session, witness.key)
    return Question(newest.note, newest.size, known) if known < newest.size else None


def cosigned_size(session: Session, key: WitnessKey) -> int:
    """The size this witness cosigned last, as the database has it; 0 for none."""
    of_it = AuditCosignature.witness == key.name, AuditCosignature.key_id == key.id
    return session.scalar(select(func.coalesce(func.max(AuditCosignature.size), 0)).where(*of_it)) or 0


def keep_answer(session: Session, witness: Witness, *, size: int, answer: Answer, now: datetime) -> None:
    """Keep how a witness answered, and its cosignature if it gave one."""
    who = {"witness": witness.key.name, "key_id": witness.key.id}
    if answer.cosignature is not None:
        row = insert(AuditCosignature).values(size=size, signature=answer.cosignature.signature, **who)
        session.execute(row.on_conflict_do_nothing())
    row = insert(AuditWitness).values(outcome=answer.outcome, since=now, **who)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[AuditWitness.witness, AuditWitness.key_id],
            set_={"outcome": row.excluded.outcome, "since": row.excluded.since},
            where=AuditWitness.outcome != row.excluded.outcome,
        )
    )


def read_witnessed(session: Session, trust: Trust) -> AuditCheckpoint | None:
    """The newest checkpoint that enough witnesses have cosigned, their signatures verified."""
    for checkpoint in _perhaps_witnessed(session, trust):
        if trust.is_witnessed(cosigners_of(with_cosignatures(session, checkpoint), trust.witness_keys)):
            return checkpoint
    return None


def prove_entry(session: Session, entry: UUID, trust: Trust) -> EntryProof:
    """A proof that the log has an entry, by the newest witnessed checkpoint if that has it. ProofRefused if none has."""
    placed = session.execute(
        select(AuditLeaf.position, AuditCommitment.leaf)
        .join(AuditCommitment, AuditCommitment.id == AuditLeaf.commitment_id)
        .where(AuditLeaf.commitment_id == entry)
    ).one_or_none()
    if placed is None:
        raise ProofRefused(f"the log has no entry {entry} that was given its place")
    for checkpoint in (read_witnessed(session, trust), read_checkpoint(session)):
        if checkpoint is not None and checkpoint.size > placed.position:
            path = tuple(prove_inclusion(session, placed.position, checkpoint.size))
            return EntryProof(placed.leaf, placed.position, path, with_cosignatures(session, checkpoint))
    raise ProofRefused(f"entry {entry} waits for its checkpoint: try again in some seconds")


def read_standing(session: Session, trust: Trust) -> LogStanding:
    """How far the log is signed and witnessed, and how each witness answers."""
    newest, witnessed = read_checkpoint(session), read_witnessed(session, trust)
    unsigned = count_uncovered(session)
    signed = newest.size if newest else 0
    answers = {(row.witness, row.key_id): row for row in session.scalars(select(AuditWitness))}
    return LogStanding(
        unsigned,
        unsigned + signed - (witnessed.size if witnessed else 0),
        tuple(
            _standing(witness, answers.get((witness.key.name, witness.key.id))) for witness in trust.witnesses
        ),
    )


def _standing(witness: Witness, row: AuditWitness | None) -> WitnessStanding:
    if row is None:
        return WitnessStanding(witness.label, None, None)
    return WitnessStanding(witness.label, Outcome(row.outcome), row.since)


def _perhaps_witnessed(session: Session, trust: Trust) -> Iterator[AuditCheckpoint]:
    """Checkpoints with as many cosignatures as it takes, newest first."""
    if not trust.fewest:
        return
    keys = [(key.name, key.id) for key in trust.witness_keys]
    sizes = (
        select(AuditCosignature.size)
        .where(tuple_(AuditCosignature.witness, AuditCosignature.key_id).in_(keys))
        .group_by(AuditCosignature.size)
        .having(func.count() >= trust.fewest)
        .order_by(AuditCosignature.size.desc())
        .limit(MOST_LOOKED_AT)
    )
    for size in session.scalars(sizes).all():
        yield session.scalars(select(AuditCheckpoint).where(AuditCheckpoint.size == size)).one()
