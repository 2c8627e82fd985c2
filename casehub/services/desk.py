"""The reviewer's front page: what waits for them, what is overdue, and what is new. No text is opened."""

from sqlalchemy import func, select

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.model import LogSample, Review
from casehub.services.asked import asked_of
from casehub.services.context import Context
from casehub.services.desk_views import DeskView
from casehub.services.review_lines import review_line
from casehub.services.signal_lines import show_signals, waiting_signals

MOST_SIGNALS = 5


def read_desk(ctx: Context) -> DeskView:
    """What waits. NotFound for all but reviewers."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.DESK_READ)
    me = ctx.actor.staff_id
    mine = select(Review).where(Review.closed_at.is_(None), Review.subject != me).order_by(Review.due_at)
    running = [(row, review_line(ctx, row)) for row in ctx.session.scalars(mine)]
    number, newest = waiting_signals(ctx, most=MOST_SIGNALS)
    return DeskView(
        answered=tuple(line for row, line in running if row.state == "open" and row.answered_at),
        to_close=tuple(line for row, line in running if row.state == "concluded" and row.concluded_by != me),
        overdue=tuple(line for _, line in running if line.overdue),
        waiting=tuple(
            line
            for row, line in running
            if not line.overdue and not (row.state == "open" and row.answered_at) and row.state == "open"
        ),
        signals=show_signals(ctx, newest),
        new_signals=number,
        last_sample=ctx.session.scalar(select(func.max(LogSample.drawn_at))),
        asked=asked_of(ctx),
    )
