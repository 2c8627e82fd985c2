"""`casehub demo`: everything on one machine, with invented people."""

import os

import click

from casehub.config import read_config
from casehub.demo.running import run


@click.command("demo")
def command() -> None:
    """Run the service with invented people on http://127.0.0.1:CASEHUB_PORT, until Ctrl-C."""
    run(read_config(os.environ))
