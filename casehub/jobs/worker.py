"""The worker process: listens to the queues of the node's authorities until it is asked to stop."""

import asyncio
import logging
import signal
from threading import Event

from procrastinate import App
from procrastinate.exceptions import ConnectorException

from casehub.jobs.tasks import LOG_QUEUE, NODE_QUEUE, mark_all_run, queue_of, register
from casehub.jobs.witnesses import ask_witnesses
from casehub.runtime import Runtime

# the job in hand may finish; one that does not is done again by the next worker
SECONDS_TO_FINISH = 5.0
HEARTBEAT_SECONDS = 5.0
# a mail server that hangs, or a long export, holds up itself and not the deadlines
JOBS_AT_ONCE = 4


def run(runtime: Runtime) -> bool:
    """Work until SIGINT or SIGTERM; False when it ended by itself, as it does when the database is lost."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = runtime.make_job_app()
    register(app, runtime)
    queues = [NODE_QUEUE, *(queue_of(authority) for authority in sorted(runtime.authorities))]
    if runtime.log_signer is not None:
        queues.append(LOG_QUEUE)
    mark_all_run(runtime)
    stopping = Event()
    ask_witnesses(runtime, stopping)
    try:
        return asyncio.run(_work(app, queues))
    except ConnectorException as lost:
        logging.getLogger(__name__).warning(
            "the database went away: %s", type(lost.__cause__ or lost).__name__
        )
        return False
    finally:
        stopping.set()


async def _work(app: App, queues: list[str]) -> bool:
    asked = asyncio.Event()
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=queues,
                concurrency=JOBS_AT_ONCE,
                install_signal_handlers=False,
                delete_jobs="successful",
                shutdown_graceful_timeout=SECONDS_TO_FINISH,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
            )
        )

        def stop() -> None:
            asked.set()
            worker.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        try:
            await worker
        except asyncio.CancelledError:
            if not asked.is_set():
                raise
    return asked.is_set()
