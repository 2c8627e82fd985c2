"""`casehub serve`: the web on granian. The application is named, not imported: it is made in each worker process."""

import os
import signal
import threading
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
@click.option("--attached", is_flag=True, hidden=True, help="Stop when standard input ends: for the demo.")
def command(host: str, workers: int, attached: bool) -> None:
    """Serve the pages on CASEHUB_PORT, from the database of CASEHUB_DATABASE_URL."""
    config = require_database(read_config(os.environ))
    if attached:
        stop_at_end_of_input()
    else:
        Runtime.open(
            config
        ).close()  # so that a database or keystore that is not ready is told here, in one line
    Server(
        APPLICATION,
        address=host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=4 * THREADS,
        websockets=False,
        workers_kill_timeout=SECONDS_TO_STOP,
    ).serve(target_loader=partial(_application, config), wrap_loader=False)


def _application(config: Config) -> Any:
    """The WSGI application; called in each process that serves. The layer above is found by its name."""
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # granian's own come later: one that arrives before would be lost
        signal.signal(number, signal.SIG_DFL)
    module, _, factory = APPLICATION.partition(":")
    return getattr(import_module(module), factory)(config)


def require_database(config: Config) -> Config:
    """Refuse the embedded database: a service for others needs one that is backed up and watched."""
    if config.database_url is None:
        raise Refused(
            "CASEHUB_DATABASE_URL is not set: name a PostgreSQL (>= 15) of your own, made ready with `casehub db init`;"
            " the embedded one is for `casehub demo`"
        )
    return config


def stop_at_end_of_input() -> None:
    """Stop this process when its parent is gone: its end of our standard input closes then, however it went."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="attached", daemon=True).start()
