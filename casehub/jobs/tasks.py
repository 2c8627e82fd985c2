"""The tasks by their names, and which of them the clock starts.

Names and queues are what services defer to (`ctx.defer`); they stay in the database across releases.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from procrastinate import App, RetryStrategy
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from procrastinate.tasks import Task

from casehub.access.actor import Actor, system_actor
from casehub.audit.checkpoints import LogBroken
from casehub.audit.lines import Format
from casehub.outbound.mail import StaffMail, compose, connected
from casehub.runtime import PRIORITIES, Runtime
from casehub.services import (
    acute,
    approvals,
    coverage,
    deadlines,
    final_erasure,
    glass,
    grants,
    mails,
    messages,
    news,
    queues,
    signals,
    task_deadlines,
    wheel,
)
from casehub.services.context import Context
from casehub.services.log_export import export_next
from casehub.services.mails import Sent

_LOGGER = logging.getLogger(__name__)
NODE_QUEUE = "node"
LOG_QUEUE = "log"
EACH_MINUTE = "* * * * *"
EACH_FIFTH_MINUTE = "*/5 * * * *"
EACH_HOUR = "17 * * * *"
EACH_NIGHT = "37 3 * * *"
EACH_QUARTER = "*/15 * * * *"
EACH_THIRD_SECOND = "* * * * * */3"
# twice the worker's heartbeat and more: a worker that missed that many is gone
SECONDS_UNTIL_STALLED = 30
# whoever looks for what failed has this long
DAYS_KEPT = 30
# again after 2, 4, 8 ... seconds, the last time about an hour after the first
AGAIN = RetryStrategy(max_attempts=11, exponential_wait=2)

Service = Callable[[Context], object]
# what the clock starts for each authority: the task's name, its service, and when
CLOCKED: Mapping[str, tuple[Service, str]] = {
    "mark_run": (queues.mark_run, EACH_MINUTE),
    "watch_deadlines": (deadlines.watch_deadlines, EACH_MINUTE),
    "watch_tasks": (task_deadlines.watch_tasks, EACH_MINUTE),
    "tell_acute_again": (acute.tell_acute, EACH_MINUTE),
    "tell_news": (news.tell_news, EACH_MINUTE),
    "tell_deletions": (news.tell_deletions, EACH_HOUR),
    "tell_agreements": (news.tell_agreements, EACH_HOUR),
    "tell_gaps": (coverage.tell_gaps, EACH_HOUR),
    "remind_of_reviews": (glass.remind_of_reviews, EACH_HOUR),
    "expire_approvals": (approvals.expire_approvals, EACH_HOUR),
    "find_signals": (signals.find_signals, EACH_QUARTER),
    "make_wheel": (wheel.make_tasks, EACH_QUARTER),
}


def queue_of(authority: str) -> str:
    """The queue that only nodes with this authority's keys work off."""
    return f"authority.{authority}"


def register(app: App, runtime: Runtime) -> None:
    """Give `app` the tasks, and the clock's for each authority whose keys `runtime` holds."""

    @app.task(name="accept_grants", retry=AGAIN)
    def accept_grants(authority: str, case: str) -> None:
        """Re-wrap what was disclosed to the authority in a case into its own compartment."""
        with runtime.work(_system(runtime, authority)) as ctx:
            grants.accept_grants(ctx, UUID(case))

    @app.task(name="tell_acute", retry=AGAIN)
    def tell_acute(authority: str) -> None:
        """Tell the authority's people at once that there is an acute case."""
        with runtime.work(_system(runtime, authority)) as ctx:
            acute.tell_acute(ctx)

    @app.task(name="sequence_log", queue=LOG_QUEUE)
    def sequence_log(timestamp: int) -> None:  # noqa: ARG001 (the second)
        """Number and sign what was committed since; for the node with the log's key. The next run tries again.

        A broken log is told and not raised: a failed job each third second would only fill the queue's table.
        """
        try:
            runtime.keep_log()
        except LogBroken as broken:
            _LOGGER.error("the log is not signed any more: %s; run `casehub audit verify`", broken)  # noqa: TRY400 (the line says it)

    registry = app.periodic_registry
    if runtime.log_signer is not None:
        registry.register_task(
            sequence_log, EACH_THIRD_SECOND, "", {"queueing_lock": "sequence_log", "priority": 1}
        )
    for name, (service, when) in CLOCKED.items():
        _for_each_authority(app, runtime, _clocked(app, runtime, name, service), when)
    _register_erasing(app, runtime)
    _register_pruning(app, runtime)
    _register_export(app, runtime)
    _register_mail(app, runtime)
    _keep_queues(app)


def _keep_queues(app: App) -> None:
    """The tasks that look after the queues themselves."""

    @app.task(name="take_up_stalled", queue=NODE_QUEUE)
    async def take_up_stalled(timestamp: int) -> None:  # noqa: ARG001 (the minute)
        """Give the jobs of workers that were killed back to their queues."""
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SECONDS_UNTIL_STALLED):
            try:
                await app.job_manager.retry_job(job)
            except UniqueViolation:  # the next one of its kind waits already
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)

    @app.task(name="prune_jobs", queue=NODE_QUEUE)
    async def prune_jobs(timestamp: int) -> None:  # noqa: ARG001 (the night)
        """Remove jobs that ended long ago. Those that did their work are removed at once; these failed."""
        await app.job_manager.delete_old_jobs(
            DAYS_KEPT * 24, include_failed=True, include_cancelled=True, include_aborted=True
        )

    registry = app.periodic_registry
    registry.register_task(take_up_stalled, EACH_MINUTE, "", {"queueing_lock": "take_up_stalled"})
    registry.register_task(prune_jobs, EACH_NIGHT, "", {"queueing_lock": "prune_jobs"})


def _register_export(app: App, runtime: Runtime) -> None:
    if runtime.config.log_export is None:
        return
    form, directory = runtime.config.log_export

    @app.task(name="export_log")
    def export_log(timestamp: int, authority: str) -> None:  # noqa: ARG001 (the minute)
        """Hand out what is new in the log for the authority, a file after the other; the next run goes on."""
        own = directory / authority
        own.mkdir(mode=0o750, exist_ok=True)
        more = True
        while more:
            with runtime.exporting(authority, Format(form)) as exporting:
                more = export_next(exporting, own) is not None

    _for_each_authority(app, runtime, export_log, EACH_FIFTH_MINUTE)


def _register_mail(app: App, runtime: Runtime) -> None:
    """The task of mails to staff, where there is a mail server."""
    settings = runtime.config.mail
    if settings is None:
        return

    def post(mail: StaffMail, address: str) -> None:
        with connected(settings) as server:
            server.send_message(compose(mail, to=address, settings=settings))

    @app.task(name="send_mails")
    def send_mails(timestamp: int, authority: str) -> None:  # noqa: ARG001 (the minute)
        """Send what waits, a mail in each unit of work, until none is left or no server is there."""
        system = _system(runtime, authority)
        with runtime.work(system) as ctx:
            mails.collect_mails(ctx)
        outcome = Sent.TAKEN
        while outcome not in {Sent.NONE_LEFT, Sent.NO_SERVER}:
            with runtime.work(system) as ctx:
                outcome = mails.send_next(ctx, post)

    _for_each_authority(app, runtime, send_mails, EACH_MINUTE)


def _register_pruning(app: App, runtime: Runtime) -> None:
    """The task that lets go of old messages."""
    kept = timedelta(days=runtime.config.message_days)
    prune = _clocked(app, runtime, "prune_messages", partial(messages.prune_messages, kept=kept))
    _for_each_authority(app, runtime, prune, EACH_NIGHT)


def _register_erasing(app: App, runtime: Runtime) -> None:
    """The task of what is erased for good."""

    @app.task(name="finish_erasures")
    def finish_erasures(timestamp: int, authority: str) -> None:  # noqa: ARG001 (the night)
        """See to it that what the authority erased cannot come back from a backup; the next night goes on."""
        outlook = final_erasure.finish_erasures(
            partial(runtime.work, _system(runtime, authority)), runtime.keys.keystore
        )
        if outlook.rotate_kek or outlook.shares or outlook.problem:
            _LOGGER.warning(
                "erased cases of %s can still be brought back from a backup: %s",
                authority,
                outlook.problem or "run `casehub keys status`",
            )

    _for_each_authority(app, runtime, finish_erasures, EACH_NIGHT)


def _clocked(app: App, runtime: Runtime, name: str, service: Service) -> Task[..., Any, Any]:
    """A service as a task that the clock starts; what failed is tried again the next time."""

    @app.task(name=name)
    def work(timestamp: int, authority: str) -> None:  # noqa: ARG001 (the minute: the service has its own now)
        with runtime.work(_system(runtime, authority)) as ctx:
            service(ctx)

    return work


def _for_each_authority(app: App, runtime: Runtime, task: Task[..., Any, Any], when: str) -> None:
    for authority in sorted(runtime.authorities):
        options = {
            "queue": queue_of(authority),
            "queueing_lock": f"{task.name}/{authority}",  # one waiting is enough, however long no worker ran
            "priority": PRIORITIES.get(task.name, 0),
            "task_kwargs": {"authority": authority},
        }
        app.periodic_registry.register_task(task, when, authority, options)  # type: ignore[arg-type]


def mark_all_run(runtime: Runtime) -> None:
    """Say of each queue of this node that it is worked off from now on."""
    for authority in sorted(runtime.authorities):
        with runtime.work(_system(runtime, authority)) as ctx:
            queues.mark_run(ctx)


def _system(runtime: Runtime, authority: str) -> Actor:
    return system_actor(authority, runtime.catalogue.authority_kind(authority))
