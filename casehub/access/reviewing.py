"""Loading reviews and turning them into what Cedar sees. Nothing is decided and nothing is opened here. For the gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casehub.access.resources import ReviewResource
from casehub.audit import ObjectRef
from casehub.model import Review, ReviewText
from casehub.vault.sealing import Place

TEXTS = frozenset({"question", "answer", "conclusion", "return", "break_glass"})


@dataclass(frozen=True, slots=True)
class ReviewRows:
    """A review and its texts, oldest first."""

    review: Review
    texts: tuple[ReviewText, ...]

    def resource(self) -> ReviewResource:
        """The review as Cedar sees it."""
        return review_resource(self.review)


@dataclass(frozen=True, slots=True)
class ReviewReading:
    """A review as decided and opened: `texts` in the order they were written, `words` what each says, by its id."""

    review: Review
    resource: ReviewResource
    texts: tuple[ReviewText, ...]
    words: Mapping[UUID, str]


def review_resource(review: Review) -> ReviewResource:
    """The attributes Cedar decides on."""
    return ReviewResource(review.id, review.authority_id, review.subject, review.concluded_by)


def text_ref(text: ReviewText) -> ObjectRef:
    """How an entry names a text of a review."""
    return ObjectRef("review_text", str(text.id), None, text.authority_id)


def text_place(text: ReviewText) -> Place:
    """Where a text of a review is sealed to."""
    return Place(text.authority_id, "review_text", "sealed", text.id, 1)


def load_review(session: Session, review_id: UUID, *, lock: bool = False) -> ReviewRows | None:
    """A review with its texts; None if it is not there. The statements run either way. `lock`: for a write."""
    wanted = select(Review).where(Review.id == review_id).execution_options(populate_existing=True)
    review = session.scalar(wanted.with_for_update() if lock else wanted)
    texts = session.scalars(
        select(ReviewText).where(ReviewText.review_id == review_id).order_by(ReviewText.at, ReviewText.id)
    ).all()
    return ReviewRows(review, tuple(texts)) if review is not None else None
