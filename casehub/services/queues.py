"""The authority's queue of background jobs: whether it is worked off, what waits and what failed. Jobs hold ids alone.

Every worker says each minute, for each authority whose queue it works off, that it did. Who looks is the administrator.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from casehub.access.actions import Action
from casehub.audit import Event, ObjectRef
from casehub.model import Mail, QueueRun
from casehub.services.context import Context

WORKER_SEEN = text("SELECT max(last_heartbeat) FROM procrastinate_workers")
IDLE_AFTER = timedelta(minutes=3)
_COUNT = text(
    "SELECT status::text, count(*) FROM procrastinate_jobs WHERE queue_name = :queue GROUP BY status"
)
# what the clock starts has a lock, and comes again by itself: that one run of it failed is only taken away
_AGAIN = text("""
    SELECT count(procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)::text) FROM procrastinate_jobs
    WHERE queue_name = :queue AND status = 'failed' AND queueing_lock IS NULL
""")
_AWAY = text(
    "DELETE FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'failed' AND queueing_lock IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class QueueView:
    """`ran_at`: when a worker last worked it off, None if never. `unsent`: mails the mail server did not take, `since` when."""

    ran_at: datetime | None
    idle: bool
    waiting: int
    failed: int
    unsent: int
    since: datetime | None


def mark_run(ctx: Context) -> None:
    """Say that the queue of the actor's authority is worked off now."""
    ctx.gate.require(action=Action.QUEUE_RUN, event=Event.JOBS_RETRIED)
    row = insert(QueueRun).values(authority_id=ctx.actor.authority, ran_at=ctx.now)
    ctx.session.execute(row.on_conflict_do_update(index_elements=["authority_id"], set_={"ran_at": ctx.now}))


def queue_of_own(ctx: Context) -> QueueView:
    """The own authority's queue; part of what the administrator's visit recorded."""
    counts: dict[str, int] = dict(ctx.session.execute(_COUNT, {"queue": _queue(ctx)}).all())
    ran_at = ctx.session.scalar(select(QueueRun.ran_at).where(QueueRun.authority_id == ctx.actor.authority))
    kept = select(func.count(), func.min(Mail.made_at)).where(
        Mail.authority_id == ctx.actor.authority, Mail.sent_at.is_(None), Mail.tries > 0
    )
    unsent, since = ctx.session.execute(kept).one()
    return QueueView(
        ran_at=ran_at,
        idle=ran_at is None or ctx.now - ran_at > IDLE_AFTER,
        waiting=counts.get("todo", 0) + counts.get("doing", 0),
        failed=counts.get("failed", 0),
        unsent=unsent,
        since=since,
    )


def retry_failed(ctx: Context) -> int:
    """Put what failed on the own authority's queue back; how many jobs are tried again."""
    with ctx.gate.create(action=Action.JOBS_RETRY, event=Event.JOBS_RETRIED) as writing:
        again = ctx.session.scalar(_AGAIN, {"queue": _queue(ctx)}) or 0
        ctx.session.execute(_AWAY, {"queue": _queue(ctx)})
        writing.detail["jobs"] = str(again)
        writing.objects.append(ObjectRef("authority", ctx.actor.authority, None, ctx.actor.authority))
    return again


def _queue(ctx: Context) -> str:
    return f"authority.{ctx.actor.authority}"
