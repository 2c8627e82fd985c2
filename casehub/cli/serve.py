"""`casehub serve`: the web on granian. The application is named, not imported: it is made in each worker process."""

import os
import signal
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import click
from granian.constants import Interfaces
from granian.server import Server

from casehub.cli.commands import Refused
from casehub.config import Config, read_config
from casehub.runtime import Runtime

APPLICATION = "casehub.app:create_app"
THREADS = 8
SECONDS_TO_STOP = (
    5  # a worker that was asked to stop while it started would otherwise be waited for without end
)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--workers", type=click.IntRange(1, 8), default=1, show_default=True, help="Processes to serve from."
)
def command(host: str, workers: int) -> None:
    """Serve the pages on CASEHUB_PORT, from the database of CASEHUB_DATABASE_URL."""
    config = require_database(read_config(os.environ))
    Runtime.open(config).close()  # so that a database or keystore that is not ready is told here, in one line
    serve(config, host=host, workers=workers)


def serve(config: Config, *, host: str = "127.0.0.1", workers: int = 1) -> None:
    """Serve until SIGINT or SIGTERM."""
    Server(
        APPLICATION,
        address=host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=4 * THREADS,
        websockets=False,
        log_access=False,  # a calendar's address opens it for whoever reads the log
        workers_kill_timeout=SECONDS_TO_STOP,
    ).serve(target_loader=partial(_application, config), wrap_loader=False)


def application_factory() -> Callable[[Config], Any]:
    """`create_app`: the layer above, found by its name."""
    module, _, factory = APPLICATION.partition(":")
    create: Callable[[Config], Any] = getattr(import_module(module), factory)
    return create


def _application(config: Config) -> Any:
    """The WSGI application; called in each process that serves."""
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # granian's own come later: one that arrives before would be lost
        signal.signal(number, signal.SIG_DFL)
    return application_factory()(config)


def require_database(config: Config) -> Config:
    """Refuse the embedded database: a service for others needs one that is backed up and watched."""
    if config.database_url is None:
        raise Refused(
            "CASEHUB_DATABASE_URL is not set: name a PostgreSQL (>= 15) of your own, made ready with `casehub db init`;"
            " the embedded one is for `casehub demo`"
        )
    return config
