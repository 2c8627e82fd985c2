"""Reviews (kontrolsager): opened from a line, a sample or a signal; asked about, concluded by one and closed by another.

What people write is sealed for the authority. The reviewer sees lines of the log and no case content. Nobody reviews
themselves, and nobody closes what they concluded: Cedar says so, and the database.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from casehub.access.actions import Action
from casehub.access.actor import Role
from casehub.access.resources import ReviewResource
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.model import AuditContent, AuditObject, BreakGlass, LogSample, LogSignal, Review, Staff, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.desk_views import NewReviewView, ReviewLine, ReviewView
from casehub.services.errors import Conflict
from casehub.services.log_lines import lines_of
from casehub.services.review_lines import outcome_text, review_line, show_texts
from casehub.services.views import Choice
from casehub.workflow.calendar import end_of_day

LONGEST = 5_000
MOST_LISTED = 200
OVERTAKEN = (
    "En anden kontrollant var hurtigere: kontrolsagen er i mellemtiden afgjort, sendt tilbage eller lukket."
)


@dataclass(frozen=True, slots=True)
class About:
    """What a review is to be about: an entry of the log, perhaps as drawn in a sample, or a signal."""

    entry: UUID | None = None
    sample: UUID | None = None
    signal: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Subject:
    """Who did it, and the entries that say so."""

    staff_id: UUID
    entries: tuple[UUID, ...]
    sample: UUID | None
    signal: UUID | None


def read_new_review(ctx: Context, *, about: About) -> NewReviewView:
    """What the form to open a review shows. NotFound: also what nobody of the own authority did, or the reviewer did."""
    subject = _subject(ctx, about)
    ctx.gate.visit(action=Action.REVIEW_OPEN, event=Event.LOG_READ, on=_resource(ctx, new_id(), subject))
    if subject is None:  # a policy that permits the unknown would be a defect
        raise LookupError("a review of nothing was permitted")
    control = ctx.catalogue.current.control
    return NewReviewView(
        subject=ctx.session.get_one(Staff, subject.staff_id).name,
        lines=lines_of(ctx, subject.entries),
        question=control.question,
        answer_by=ctx.catalogue.working_days.add_working_days(ctx.today, control.answer_working_days),
    )


def open_review(ctx: Context, *, about: About, question: str = "", answer_by: str = "") -> UUID:
    """Open a review; with a `question` the employee is asked at once, to answer by a day. FormRefused, Conflict, NotFound."""
    subject, review_id = _subject(ctx, about), new_id()
    resource = _resource(ctx, review_id, subject)
    with ctx.gate.create(action=Action.REVIEW_OPEN, event=Event.REVIEW_OPENED, on=resource) as writing:
        if subject is None:
            raise LookupError("a review of nothing was permitted")
        if subject.signal is not None:
            _take(ctx, subject.signal)
        review = Review(
            id=review_id,
            authority_id=ctx.actor.authority,
            subject=subject.staff_id,
            sample_id=subject.sample,
            signal_id=subject.signal,
            entries=list(subject.entries),
            opened_by=ctx.actor.staff_id,
            opened_at=ctx.now,
            due_at=_in_working_days(ctx, ctx.catalogue.current.control.review_working_days),
        )
        writing.add(review)
        if question.strip():
            _ask(ctx, writing, review, question, answer_by)
        writing.objects.append(ObjectRef("review", str(review_id), None, ctx.actor.authority))
        writing.objects.append(ObjectRef("staff", str(subject.staff_id), None, ctx.actor.authority))
        writing.objects.extend(ObjectRef("entry", str(entry)) for entry in subject.entries)
    return review_id


def list_reviews(ctx: Context) -> tuple[ReviewLine, ...]:
    """The authority's reviews, those that are not closed first. NotFound for all but reviewers."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.REVIEW_READ)
    newest = (
        select(Review).order_by(Review.closed_at.is_not(None), Review.opened_at.desc()).limit(MOST_LISTED)
    )
    return tuple(review_line(ctx, row) for row in ctx.session.scalars(newest))


def read_review(ctx: Context, *, review_id: UUID) -> ReviewView:
    """A review with its lines, what was asked, answered and concluded. NotFound: also one about the reviewer themself."""
    reading = ctx.gate.read_review(action=Action.REVIEW_READ, review_id=review_id, event=Event.REVIEW_READ)
    review = reading.review
    return ReviewView(
        line=review_line(ctx, review),
        outcome=outcome_text(ctx, review),
        concluded_by=_name(ctx, review.concluded_by),
        closed_by=_name(ctx, review.closed_by),
        closed_at=review.closed_at,
        signal_id=review.signal_id,
        sample_id=review.sample_id,
        lines=lines_of(ctx, (*review.entries, *_read_under_glass(ctx, review))),
        texts=show_texts(ctx, reading),
        outcomes=tuple(Choice(each.id, each.text) for each in ctx.catalogue.current.control.outcomes),
        may_ask=review.state == "open" and ctx.gate.may(Action.REVIEW_ASK, reading.resource),
        may_conclude=review.state == "open" and ctx.gate.may(Action.REVIEW_CONCLUDE, reading.resource),
        may_close=review.state == "concluded" and ctx.gate.may(Action.REVIEW_CLOSE, reading.resource),
        own_conclusion=review.concluded_by == ctx.actor.staff_id,
        closers=_closers(ctx, review),
    )


def ask_explanation(ctx: Context, *, review_id: UUID, question: str, answer_by: str = "") -> None:
    """Ask the employee (again), to answer by a day. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_review(action=Action.REVIEW_ASK, review_id=review_id, event=Event.REVIEW_ASKED) as (
        writing,
        review,
    ):
        _require_state(review, "open")
        _ask(ctx, writing, review, question, answer_by)


def conclude_review(ctx: Context, *, review_id: UUID, outcome: str, reason: str) -> None:
    """Decide what came of it; another reviewer closes it. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_review(
        action=Action.REVIEW_CONCLUDE, review_id=review_id, event=Event.REVIEW_CONCLUDED
    ) as (writing, review):
        _require_state(review, "open")
        check = Checking()
        known = {each.id for each in ctx.catalogue.current.control.outcomes}
        check.choice("outcome", outcome, known, "Vælg, hvad der er kommet ud af kontrollen.")
        written = check.text("reason", reason, longest=LONGEST)
        check.done()
        review.outcome, review.concluded_by, review.concluded_at = outcome, ctx.actor.staff_id, ctx.now
        writing.write_in_review(review, "conclusion", written)
        writing.detail["outcome"] = outcome


def close_review(ctx: Context, *, review_id: UUID) -> None:
    """Agree with what another concluded: the review is closed for good. Conflict, NotFound."""
    with ctx.gate.write_review(
        action=Action.REVIEW_CLOSE, review_id=review_id, event=Event.REVIEW_CLOSED
    ) as (writing, review):
        _require_state(review, "concluded")
        review.closed_by, review.closed_at = ctx.actor.staff_id, ctx.now
        writing.detail["outcome"] = review.outcome or ""


def return_review(ctx: Context, *, review_id: UUID, reason: str) -> None:
    """Send back what another concluded, with the reason; it is open again. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_review(
        action=Action.REVIEW_CLOSE, review_id=review_id, event=Event.REVIEW_RETURNED
    ) as (writing, review):
        _require_state(review, "concluded")
        check = Checking()
        written = check.text("reason", reason, longest=LONGEST)
        check.done()
        review.outcome = review.concluded_by = review.concluded_at = None
        writing.write_in_review(review, "return", written)


def _read_under_glass(ctx: Context, review: Review) -> tuple[UUID, ...]:
    """What the subject did in the cases that the review's break-glass had opened, while it was open."""
    done = (
        select(AuditContent.entry_id)
        .join(AuditObject, AuditObject.entry_id == AuditContent.entry_id)
        .join(BreakGlass, BreakGlass.case_id == AuditObject.case_id)
        .where(
            BreakGlass.review_id == review.id,
            AuditContent.actor_id == review.subject,
            AuditContent.at >= BreakGlass.opened_at,
            AuditContent.at < BreakGlass.ends_at,
            AuditContent.entry_id.not_in(review.entries),
        )
        .distinct()
    )
    return tuple(ctx.session.scalars(done))


def _subject(ctx: Context, about: About) -> _Subject | None:
    """Whom it is about, if that is one of the own authority's staff."""
    if about.signal is not None:
        signal = ctx.session.get(LogSignal, about.signal)
        if signal is None:
            return None
        return _own(ctx, signal.actor_id, tuple(signal.entries), signal=signal.id)
    entry = ctx.session.get(AuditContent, about.entry) if about.entry else None
    if entry is None or entry.actor_id is None:
        return None
    sample = ctx.session.get(LogSample, about.sample) if about.sample else None
    drawn = sample.id if sample and entry.entry_id in sample.entries else None
    return _own(ctx, entry.actor_id, (entry.entry_id,), sample=drawn)


def _own(
    ctx: Context,
    staff_id: UUID,
    entries: tuple[UUID, ...],
    *,
    sample: UUID | None = None,
    signal: UUID | None = None,
) -> _Subject | None:
    person = ctx.session.get(Staff, staff_id)
    if person is None or person.authority_id != ctx.actor.authority:
        return None
    return _Subject(staff_id, entries, sample, signal)


def _resource(ctx: Context, review_id: UUID, subject: _Subject | None) -> ReviewResource:
    if subject is None:
        return ReviewResource.unknown(review_id)
    return ReviewResource(review_id, ctx.actor.authority, subject.staff_id)


def _take(ctx: Context, signal_id: UUID) -> None:
    """Hold the signal, so that two who open a review of it follow each other. Conflict if one is there."""
    signal = ctx.session.get_one(LogSignal, signal_id, with_for_update=True, populate_existing=True)
    there = ctx.session.scalar(select(Review.id).where(Review.signal_id == signal_id).limit(1))
    if signal.set_aside_at is not None or there is not None:
        raise Conflict("Signalet er allerede lagt til side, eller der er åbnet en kontrolsag om det.")


def _ask(ctx: Context, writing: Writing, review: Review, question: str, answer_by: str) -> None:
    check = Checking()
    written = check.text("question", question, longest=LONGEST)
    day = check.day("answer_by", answer_by, required=False)
    if day is not None and day < ctx.today:
        check.wrong("answer_by", "Fristen kan ikke ligge før i dag.")
    check.done()
    due = end_of_day(day) if day else _in_working_days(ctx, ctx.catalogue.current.control.answer_working_days)
    review.asked_at, review.answer_due_at, review.answered_at = ctx.now, due, None
    writing.write_in_review(review, "question", written)


def _in_working_days(ctx: Context, days: int) -> datetime:
    due: date = ctx.catalogue.working_days.add_working_days(ctx.today, days)
    return end_of_day(due)


def _require_state(review: Review, state: str) -> None:
    if review.state != state:
        raise Conflict(OVERTAKEN)


def _closers(ctx: Context, review: Review) -> int:
    """How many reviewers could close it after the one who reads it: none where the authority has one reviewer alone."""
    others = select(func.count()).where(
        Staff.authority_id == review.authority_id,
        Staff.role == Role.REVIEWER.value,
        Staff.retired_at.is_(None),
        Staff.id.not_in([ctx.actor.staff_id, review.subject]),
    )
    return ctx.session.scalar(others) or 0


def _name(ctx: Context, staff_id: UUID | None) -> str | None:
    return ctx.session.get_one(Staff, staff_id).name if staff_id else None
