"""`casehub worker`: the background jobs of the authorities whose keys this node holds."""

import os

import click

from casehub import jobs
from casehub.cli.commands import Refused
from casehub.cli.serve import require_database
from casehub.config import Config, read_config
from casehub.runtime import Runtime


@click.command("worker")
def command() -> None:
    """Run the background jobs until stopped."""
    work(require_database(read_config(os.environ)))


def work(config: Config) -> None:
    """Work until SIGINT or SIGTERM; Refused when the database was lost."""
    runtime = Runtime.open(config)
    try:
        asked = jobs.run(runtime)
    finally:
        runtime.close()
    if not asked:
        raise Refused("the worker lost its database and stopped: start it again when the database answers")
