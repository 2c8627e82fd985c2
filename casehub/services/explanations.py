"""The employee's side of a review: what they did themselves, what is asked, and their explanation. Nothing else of it."""

from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.model import AuditContent, Review
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.desk_views import OwnAct, RequestView
from casehub.services.errors import Conflict
from casehub.services.log_lines import show_lines
from casehub.services.review_lines import answer_is_late, show_texts
from casehub.services.reviews import LONGEST

SHOWN = frozenset({"question", "answer"})
TOO_LATE = "Kontrolsagen er afgjort, så forklaringen kan ikke tilføjes. Ring til myndighedens kontrollant."


def read_request(ctx: Context, *, review_id: UUID) -> RequestView:
    """What the reader is asked to explain. NotFound for all but the one who is asked."""
    reading = ctx.gate.read_review(
        action=Action.REVIEW_EXPLAIN, review_id=review_id, event=Event.REVIEW_READ, kinds=SHOWN
    )
    review = reading.review
    own = select(AuditContent).where(
        AuditContent.entry_id.in_(review.entries), AuditContent.actor_id == ctx.actor.staff_id
    )
    lines = show_lines(ctx, list(ctx.session.scalars(own.order_by(AuditContent.at))))
    return RequestView(
        review_id=review.id,
        due_at=review.answer_due_at,
        overdue=answer_is_late(ctx, review),
        acts=tuple(
            OwnAct(
                line.at,
                ("Forsøg: " if line.outcome == "refused" else "") + line.event_text,
                tuple(case.text for case in line.cases),
                line.outcome_text,
            )
            for line in lines
        ),
        texts=show_texts(ctx, reading),
        may_answer=_may_answer(review),
    )


def explain(ctx: Context, *, review_id: UUID, text: str) -> None:
    """Explain; more can be added until the review is concluded. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_review(
        action=Action.REVIEW_EXPLAIN, review_id=review_id, event=Event.REVIEW_ANSWERED
    ) as (writing, review):
        if not _may_answer(review):
            raise Conflict(TOO_LATE)
        check = Checking()
        written = check.text("text", text, longest=LONGEST)
        check.done()
        review.answered_at = ctx.now
        writing.write_in_review(review, "answer", written)


def _may_answer(review: Review) -> bool:
    return review.asked_at is not None and review.state == "open"
