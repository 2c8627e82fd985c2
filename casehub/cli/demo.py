"""`casehub demo`: everything on one machine, with invented people."""

import os

import click

from casehub.cli.serve import application_factory, serve
from casehub.cli.worker import work
from casehub.config import read_config
from casehub.demo.running import run


@click.command("demo")
def command() -> None:
    """Run the service with invented people on http://127.0.0.1:CASEHUB_PORT, until Ctrl-C."""
    config = read_config(os.environ)
    application_factory()  # imported before the processes are forked, so that none of them has to do it
    run(config, web=serve, worker=work)
