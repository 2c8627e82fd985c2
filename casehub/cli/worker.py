"""`casehub worker`: the background jobs of the authorities whose keys this node holds."""

import os

import click

from casehub import jobs
from casehub.cli.commands import Refused
from casehub.cli.serve import require_database, stop_at_end_of_input
from casehub.config import read_config
from casehub.runtime import Runtime


@click.command("worker")
@click.option("--attached", is_flag=True, hidden=True, help="Stop when standard input ends: for the demo.")
def command(attached: bool) -> None:
    """Run the background jobs until stopped."""
    config = require_database(read_config(os.environ))
    if attached:
        stop_at_end_of_input()
    runtime = Runtime.open(config)
    try:
        asked = jobs.run(runtime)
    finally:
        runtime.close()
    if not asked:
        raise Refused("the worker lost its database and stopped: start it again when the database answers")
