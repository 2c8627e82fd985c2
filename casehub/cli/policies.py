"""`casehub policies check`: whether definitions and access policies hold, every error at once with file and line."""

import os

import click

from casehub.access.policies import Policies
from casehub.config import read_config
from casehub.definitions.loading import load_definitions


@click.group("policies")
def command() -> None:
    """Definitions and access policies."""


@command.command("check")
def check() -> None:
    """Tell every error in CASEHUB_POLICIES; exit 1 when there is one."""
    directory = read_config(os.environ).policies
    definitions = load_definitions(directory)
    policies = Policies(directory / "access")
    click.echo(
        f"{directory}: {len(definitions.files)} definition files and {len(policies.why)} access policies hold"
        f" (set {policies.version[:12]})"
    )
