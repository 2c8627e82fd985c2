"""The forums' meetings that a person has a seat in, and minutes that wait for their approval: for Min dag, the wheel and the feed.

Times and places; reads of these leave no entry of their own: who shows them leaves one.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.model import ForumApproval, ForumMeeting
from casehub.services.context import Context
from casehub.services.forum_views import SeatLine
from casehub.services.forums import meeting_resource


def seats_of(ctx: Context, *, since: datetime, until: datetime) -> tuple[SeatLine, ...]:
    """The meetings from `since` to `until` of the forums where the actor has a seat or is a guest, the next first."""
    wanted = select(ForumMeeting).where(ForumMeeting.starts_at >= since, ForumMeeting.starts_at < until)
    found = ctx.session.scalars(wanted.order_by(ForumMeeting.starts_at, ForumMeeting.id))
    return tuple(
        _line(ctx, row)
        for row in found
        if ctx.gate.may(Action.FORUM_READ, meeting_resource(ctx, row.forum, row))
    )


def waiting_for_approval(ctx: Context) -> tuple[SeatLine, ...]:
    """Minutes in draft that the actor's seat is to approve and has not."""
    return tuple(_line(ctx, row) for row in _to_approve(ctx))


def _to_approve(ctx: Context) -> Iterator[ForumMeeting]:
    approved = (
        select(ForumApproval.id)
        .where(
            ForumApproval.meeting_id == ForumMeeting.id,
            ForumApproval.version == ForumMeeting.version,
            ForumApproval.unit_id == ctx.actor.unit,
        )
        .exists()
    )
    wanted = select(ForumMeeting).where(ForumMeeting.version > 0, ForumMeeting.sent_at.is_(None), ~approved)
    for row in ctx.session.scalars(wanted.order_by(ForumMeeting.starts_at)):
        if ctx.gate.may(Action.FORUM_APPROVE, meeting_resource(ctx, row.forum, row)):
            yield row


def _line(ctx: Context, row: ForumMeeting) -> SeatLine:
    forum = ctx.catalogue.forum(row.forum)
    return SeatLine(row.id, row.forum, forum.name if forum else row.forum, row.starts_at, row.place)
