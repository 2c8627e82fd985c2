"""Reviews in Danish words: lines of lists, texts, outcomes. What use cases of the desk are built of; opens nothing."""

from casehub.access.reviewing import ReviewReading
from casehub.model import Review, Staff
from casehub.services.context import Context
from casehub.services.desk_views import ReviewLine, ReviewTextView

BY_ITSELF = "casehub, fordi der blev brugt nødadgang"
STATES = {"open": "Åben", "concluded": "Afgjort, venter på en anden", "closed": "Lukket"}
TEXTS = {
    "question": "Spørgsmål til medarbejderen",
    "answer": "Medarbejderens forklaring",
    "conclusion": "Afgørelse",
    "return": "Sendt tilbage",
    "break_glass": "Hvorfor medarbejderen brugte nødadgang",
}


def review_line(ctx: Context, review: Review) -> ReviewLine:
    """A review as a line: no text of it is opened."""
    state = review.state
    return ReviewLine(
        id=review.id,
        subject=ctx.session.get_one(Staff, review.subject).name,
        state=state,
        state_text=STATES[state],
        opened_at=review.opened_at,
        opened_by=ctx.session.get_one(Staff, review.opened_by).name if review.opened_by else BY_ITSELF,
        due_at=review.due_at,
        answer_due_at=review.answer_due_at,
        answered_at=review.answered_at,
        overdue=is_overdue(ctx, review),
        waits=_waits(ctx, review),
    )


def is_overdue(ctx: Context, review: Review) -> bool:
    """Whether a review that is not closed is past its own deadline, or the employee past theirs."""
    return review.closed_at is None and (review.due_at < ctx.now or answer_is_late(ctx, review))


def answer_is_late(ctx: Context, review: Review) -> bool:
    """Whether the employee was asked and has not answered in time."""
    due = review.answer_due_at
    return review.state == "open" and due is not None and review.answered_at is None and due < ctx.now


def outcome_text(ctx: Context, review: Review) -> str | None:
    """What came of it, in Danish; the id if it has left the file."""
    outcomes = ctx.catalogue.current.control.outcomes
    return next((each.text for each in outcomes if each.id == review.outcome), review.outcome)


def show_texts(ctx: Context, reading: ReviewReading) -> tuple[ReviewTextView, ...]:
    """What was written, as far as it was opened."""
    return tuple(
        ReviewTextView(
            TEXTS[text.kind], ctx.session.get_one(Staff, text.by_staff).name, text.at, reading.words[text.id]
        )
        for text in reading.texts
    )


def _waits(ctx: Context, review: Review) -> str:
    if review.closed_at is not None:
        return ""
    if review.concluded_at is not None:
        return "En anden kontrollant skal lukke den"
    if review.asked_at is None:
        return "Medarbejderen er ikke spurgt"
    if review.answered_at is not None:
        return "Medarbejderen har svaret"
    return (
        "Medarbejderen har ikke svaret i tide" if answer_is_late(ctx, review) else "Medarbejderen er spurgt"
    )
