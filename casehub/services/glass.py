"""Break-glass (nødadgang): a CPR number, a reason, and a case in which one has no duty is open to be read for some hours.

Those who follow the case and the reviewers are told in the same transaction; a review of who did it begins by itself, with the
reason as its first text and a deadline. A citizen of whom there is nothing to open is answered as one whose case one is barred from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Role
from casehub.audit import Event, ObjectRef
from casehub.model import Assignment, BreakGlass, Case, Participant, Review, Staff, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import FormRefused
from casehub.services.recipients import load_duties
from casehub.services.telling import MessageKind, Tiding, tell
from casehub.services.views import Choice
from casehub.values import Cpr
from casehub.workflow.calendar import end_of_day

LONGEST_REASON = 2_000
REMINDED_WORKING_DAYS = 1


@dataclass(frozen=True, slots=True)
class OpenGlass:
    """A case that is open to the actor by break-glass."""

    case_id: UUID
    case_number: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class GlassPage:
    """What the page of break-glass says: for how long, by when it is reviewed, why one can, and what is open now."""

    own_authority: str
    hours: int
    review_by: datetime
    kinds: tuple[Choice, ...]
    open: tuple[OpenGlass, ...]


def read_glass_page(ctx: Context) -> GlassPage:
    """What break-glass means, and what is open to the actor by it. NotFound for all but staff."""
    ctx.gate.visit(action=Action.GLASS_BREAK, event=Event.GLASS_READ)
    control = ctx.catalogue.current.control
    numbers = {
        case.id: case.number
        for case in ctx.session.scalars(
            select(Case).where(Case.id.in_([glass.case_id for glass in ctx.actor.broken]))
        )
    }
    return GlassPage(
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        hours=control.glass_hours,
        review_by=_review_by(ctx),
        kinds=tuple(Choice(kind.id, kind.text) for kind in control.glass_kinds),
        open=tuple(
            OpenGlass(glass.case_id, numbers[glass.case_id], glass.ends_at)
            for glass in sorted(ctx.actor.broken, key=lambda glass: glass.ends_at)
            if glass.case_id in numbers
        ),
    )


def check_glass(ctx: Context, *, cpr: str, kind: str, reason: str) -> None:
    """Check the form, before anything is asked. FormRefused."""
    _check(ctx, cpr, kind, reason)


def break_glass(ctx: Context, *, cpr: str, kind: str, reason: str) -> None:
    """Open the citizen's cases in the own authority for some hours. FormRefused; NotFound where there is nothing to open."""
    number, written = _check(ctx, cpr, kind, reason)
    networks = sorted(ctx.catalogue.current.networks)
    with ctx.gate.break_glass(citizen=number.normalised, networks=networks) as (writing, cases):
        review = Review(
            id=new_id(),
            authority_id=ctx.actor.authority,
            subject=ctx.actor.staff_id,
            entries=[writing.entry_id],
            opened_at=ctx.now,
            due_at=_review_by(ctx),
        )
        writing.add(review)
        writing.write_in_review(review, "break_glass", written)
        glasses = [_glass(ctx, case, kind, review) for case in cases]
        writing.add(*glasses)
        writing.objects.append(ObjectRef("review", str(review.id), None, ctx.actor.authority))
        writing.detail["break_glass"] = ",".join(str(glass.id) for glass in glasses)
        writing.detail["kind"] = kind
        _tell(ctx, review, glasses)


def remind_of_reviews(ctx: Context) -> None:
    """Tell the reviewers, once, of a break-glass that is not concluded when its deadline is near."""
    ctx.gate.require(action=Action.MESSAGE_TELL, event=Event.MESSAGES_TOLD)
    near = end_of_day(ctx.catalogue.working_days.add_working_days(ctx.today, REMINDED_WORKING_DAYS))
    waiting = select(Review).where(
        Review.id.in_(select(BreakGlass.review_id)), Review.concluded_at.is_(None), Review.due_at <= near
    )
    tell(
        ctx,
        [
            Tiding(MessageKind.REVIEW, review.id, None, _reviewers(ctx, review.subject))
            for review in ctx.session.scalars(waiting)
        ],
    )


def _check(ctx: Context, cpr: str, kind: str, reason: str) -> tuple[Cpr, str]:
    check = Checking()
    number = check.value("cpr", cpr, lambda text: Cpr.parse(text, today=ctx.today))
    kinds = {each.id for each in ctx.catalogue.current.control.glass_kinds}
    check.choice("kind", kind, kinds, "Vælg, hvorfor du har brug for nødadgang.")
    written = check.text("reason", reason, longest=LONGEST_REASON)
    check.done()
    if number is None:
        raise FormRefused({"cpr": "Feltet skal udfyldes."})
    return number, written


def _glass(ctx: Context, case: Case, kind: str, review: Review) -> BreakGlass:
    hours = ctx.catalogue.current.control.glass_hours
    return BreakGlass(
        id=new_id(),
        case_id=case.id,
        authority_id=ctx.actor.authority,
        staff_id=ctx.actor.staff_id,
        kind=kind,
        opened_at=ctx.now,
        ends_at=ctx.now + timedelta(hours=hours),
        review_id=review.id,
    )


def _tell(ctx: Context, review: Review, glasses: Iterable[BreakGlass]) -> None:
    """In this transaction: who follows each case in the own authority, and its reviewers."""
    tidings = [Tiding(MessageKind.GLASS, review.id, None, _reviewers(ctx, review.subject))]
    duties = load_duties(ctx)
    for glass in glasses:
        case = ctx.session.get_one(Case, glass.case_id)
        units = select(Participant.unit_id).where(
            Participant.case_id == case.id, Participant.authority_id == ctx.actor.authority
        )
        assigned = select(Assignment.staff_id).where(Assignment.case_id == case.id)
        followers = duties.not_barred(
            case.id,
            (*duties.all_of(case.network, ctx.session.scalars(units)), *ctx.session.scalars(assigned)),
        )
        others = tuple(staff for staff in followers if staff != ctx.actor.staff_id)
        tidings.append(Tiding(MessageKind.GLASS, glass.id, case.id, others))
    tell(ctx, tidings)


def _reviewers(ctx: Context, subject: UUID) -> tuple[UUID, ...]:
    own = select(Staff.id).where(
        Staff.authority_id == ctx.actor.authority,
        Staff.role == Role.REVIEWER.value,
        Staff.retired_at.is_(None),
        Staff.id != subject,
    )
    return tuple(ctx.session.scalars(own))


def _review_by(ctx: Context) -> datetime:
    days = ctx.catalogue.current.control.glass_review_working_days
    return end_of_day(ctx.catalogue.working_days.add_working_days(ctx.today, days))
