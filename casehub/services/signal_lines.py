"""Signals in Danish words: why each is shown, and what could be a harmless reason. What use cases of the desk are built of."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, select

from casehub.definitions.control import SignalDefinition
from casehub.model import LogSignal, Review, Staff
from casehub.services.context import Context
from casehub.services.desk_views import SignalView
from casehub.services.log_lines import lines_of

MOST_LINES = 100


def show_signals(
    ctx: Context, signals: Sequence[LogSignal], *, with_lines: bool = False
) -> tuple[SignalView, ...]:
    """Signals in words; whoever calls has recorded that they are read."""
    people = _people(ctx, signals)
    reviews = _reviews(ctx, [signal.id for signal in signals])
    return tuple(
        _view(ctx, signal, people, reviews.get(signal.id), with_lines=with_lines) for signal in signals
    )


def waiting_signals(ctx: Context, *, most: int) -> tuple[int, tuple[LogSignal, ...]]:
    """How many signals nobody has followed up, and the newest of them."""
    reviewed = select(Review.id).where(Review.signal_id == LogSignal.id)
    waiting = LogSignal.set_aside_at.is_(None) & ~reviewed.exists()
    number = ctx.session.scalar(select(func.count()).select_from(LogSignal).where(waiting)) or 0
    newest = select(LogSignal).where(waiting).order_by(LogSignal.found_at.desc(), LogSignal.id.desc())
    return number, tuple(ctx.session.scalars(newest.limit(most)))


def _people(ctx: Context, signals: Iterable[LogSignal]) -> dict[UUID, Staff]:
    ids = {signal.actor_id for signal in signals} | {signal.set_aside_by for signal in signals}
    return {row.id: row for row in ctx.session.scalars(select(Staff).where(Staff.id.in_(ids - {None})))}


def is_reviewed(ctx: Context, signal_id: UUID) -> bool:
    """Whether a review was opened of it."""
    return signal_id in _reviews(ctx, [signal_id])


def _reviews(ctx: Context, signal_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    rows = ctx.session.execute(select(Review.signal_id, Review.id).where(Review.signal_id.in_(signal_ids)))
    return {signal_id: review_id for signal_id, review_id in rows if signal_id is not None}


def _view(
    ctx: Context, signal: LogSignal, people: dict[UUID, Staff], review: UUID | None, *, with_lines: bool
) -> SignalView:
    person = people[signal.actor_id]
    words: SignalDefinition | None = ctx.catalogue.current.control.signal(signal.rule)
    own = person.authority_id == ctx.actor.authority
    state = "in_review" if review else "set_aside" if signal.set_aside_at else "new"
    return SignalView(
        id=signal.id,
        title=words.title if words else signal.rule,
        why=words.why if words else "Reglen er ikke i brug længere.",
        harmless=words.harmless if words else "",
        actor=person.name,
        authority=ctx.catalogue.authority_name(person.authority_id),
        day=signal.day,
        count=len(signal.entries),
        found_at=signal.found_at,
        state=state,
        own=own,
        may_act=state == "new" and person.id != ctx.actor.staff_id,
        review_id=review,
        set_aside_by=people[signal.set_aside_by].name if signal.set_aside_by else None,
        lines=lines_of(ctx, signal.entries[:MOST_LINES]) if with_lines else (),
    )
