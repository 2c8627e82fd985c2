"""What explanations a member of staff is asked for: shown where their day begins. Ids and deadlines, no text."""

from sqlalchemy import select

from casehub.model import Review
from casehub.services.context import Context
from casehub.services.day_views import RequestLine


def asked_of(ctx: Context) -> tuple[RequestLine, ...]:
    """Requests that wait for the actor's own explanation, the most urgent first."""
    waiting = (
        select(Review)
        .where(
            Review.subject == ctx.actor.staff_id,
            Review.asked_at.is_not(None),
            Review.answered_at.is_(None),
            Review.concluded_at.is_(None),
        )
        .order_by(Review.answer_due_at)
    )
    return tuple(
        RequestLine(row.id, row.asked_at, row.answer_due_at, row.answer_due_at < ctx.now)
        for row in ctx.session.scalars(waiting)
        if row.asked_at and row.answer_due_at
    )
