"""Signals: what the rules find in the log of late. Found by a job, once each; a reviewer looks, sets aside or opens a review.

A signal is no suspicion. What it says is why it is shown and what could be a harmless reason, from the definitions.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.resources import ReviewResource
from casehub.audit import Event, ObjectRef, Outcome
from casehub.model import AuditContent, Authority, LogSignal, new_id
from casehub.services.context import Context
from casehub.services.desk_views import SignalView
from casehub.services.errors import Conflict, NotFound
from casehub.services.look_ups import Act, find_look_ups
from casehub.services.signal_lines import is_reviewed, show_signals
from casehub.services.signal_rules import Facts, apply_rule
from casehub.workflow.calendar import COPENHAGEN

MOST_SHOWN = 100
Key = tuple[str, UUID, date]


def find_signals(ctx: Context) -> int:
    """Find what is new of the last days; the number of signals found or grown. No entry when there is nothing new."""
    ctx.gate.require(action=Action.SIGNAL_FIND, event=Event.SIGNAL_FOUND)
    control = ctx.catalogue.current.control
    first = ctx.today - timedelta(days=control.signal_days)
    facts = _facts(ctx, datetime.combine(first, time(), COPENHAGEN))
    found: dict[Key, tuple[UUID, ...]] = {
        (each.id, *key): entries
        for each in control.signals
        for key, entries in apply_rule(each, facts).items()
    }
    if not _news(found, _known(ctx, first)):
        return 0
    with ctx.gate.create(action=Action.SIGNAL_FIND, event=Event.SIGNAL_FOUND) as writing:
        # two workers follow each other, and the second finds what the first has written
        ctx.session.execute(select(Authority.id).where(Authority.id == ctx.actor.authority).with_for_update())
        known = _known(ctx, first)
        news = _news(found, known)
        for key in news:
            signal = known.get(key)
            if signal is None:
                rule, actor, day = key
                signal = LogSignal(
                    id=new_id(), authority_id=ctx.actor.authority, rule=rule, actor_id=actor, day=day,
                    entries=list(found[key]), found_at=ctx.now,
                )  # fmt: skip
                writing.add(signal)
            else:
                signal.entries = list(found[key])
            writing.objects.append(ObjectRef("signal", str(signal.id), None, ctx.actor.authority))
    return len(news)


def list_signals(ctx: Context) -> tuple[SignalView, ...]:
    """The newest signals, those that wait first. NotFound for all but reviewers."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.SIGNAL_READ)
    newest = select(LogSignal).order_by(LogSignal.found_at.desc(), LogSignal.id.desc()).limit(MOST_SHOWN)
    views = show_signals(ctx, ctx.session.scalars(newest).all())
    return tuple(sorted(views, key=lambda view: view.state != "new"))


def read_signal(ctx: Context, *, signal_id: UUID) -> SignalView:
    """One signal with its lines. NotFound."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.SIGNAL_READ)
    signal = ctx.session.get(LogSignal, signal_id)
    if signal is None:
        raise NotFound
    return show_signals(ctx, [signal], with_lines=True)[0]


def set_aside(ctx: Context, *, signal_id: UUID) -> None:
    """Say that there is nothing to follow up. Conflict, NotFound; nobody sets aside what is about themselves."""
    signal = ctx.session.get(LogSignal, signal_id)
    resource = ReviewResource.unknown(signal_id)
    if signal is not None:
        resource = ReviewResource(signal_id, signal.authority_id, signal.actor_id)
    with ctx.gate.create(action=Action.REVIEW_OPEN, event=Event.SIGNAL_SET_ASIDE, on=resource) as writing:
        signal = ctx.session.get_one(LogSignal, signal_id, with_for_update=True, populate_existing=True)
        if signal.set_aside_at is not None or is_reviewed(ctx, signal_id):
            raise Conflict("Signalet er allerede lagt til side, eller der er åbnet en kontrolsag om det.")
        signal.set_aside_by, signal.set_aside_at = ctx.actor.staff_id, ctx.now
        writing.objects.append(ObjectRef("signal", str(signal_id), None, ctx.actor.authority))


def _facts(ctx: Context, since: datetime) -> Facts:
    refused = (
        select(AuditContent.entry_id, AuditContent.actor_id, AuditContent.at, AuditContent.authority_id)
        .where(
            AuditContent.outcome == Outcome.REFUSED.value,
            AuditContent.at >= since,
            AuditContent.at <= ctx.now,
        )
        .order_by(AuditContent.at, AuditContent.entry_id)
    )
    acts = [
        (Act(entry_id, actor_id, at), authority == ctx.actor.authority)
        for entry_id, actor_id, at, authority in ctx.session.execute(refused)
        if actor_id is not None
    ]
    return Facts(
        look_ups=find_look_ups(ctx, since=since, until=ctx.now),
        refusals=[act for act, own in acts if own],
        foreign=[act for act, own in acts if not own],
        calendar=ctx.catalogue.working_days,
    )


def _known(ctx: Context, first: date) -> dict[Key, LogSignal]:
    rows = ctx.session.scalars(select(LogSignal).where(LogSignal.day >= first))
    return {(row.rule, row.actor_id, row.day): row for row in rows}


def _news(found: dict[Key, tuple[UUID, ...]], known: dict[Key, LogSignal]) -> list[Key]:
    """What is new, or has grown since it was found."""
    return [
        key for key, entries in found.items() if key not in known or len(entries) > len(known[key].entries)
    ]
