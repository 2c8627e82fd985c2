"""The command group: loads a subcommand's module only when it is called, and tells expected errors in one line."""

import resource
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

SUBCOMMANDS: Mapping[str, str] = {
    "audit": "casehub.cli.audit",
    "db": "casehub.cli.database",
    "demo": "casehub.cli.demo",
    "keys": "casehub.cli.keys",
    "policies": "casehub.cli.policies",
    "serve": "casehub.cli.serve",
    "user": "casehub.cli.user",
    "worker": "casehub.cli.worker",
}

# By name, so that `casehub policies check` need not import a database driver to know its errors.
EXPECTED: Mapping[str, int] = {
    "casehub.access.policy_files.PoliciesInvalid": 1,
    "casehub.access.rotating.KeysRefused": 1,
    "casehub.cli.commands.Refused": 1,
    "casehub.config.ConfigError": 2,
    "casehub.definitions.errors.DefinitionsInvalid": 1,
    "casehub.demo.children.ChildEnded": 1,
    "casehub.demo.running.DemoRefused": 1,
    "casehub.embedded.errors.EmbeddedError": 1,
    "casehub.model.bootstrap.LoginRefused": 1,
    "casehub.connecting.StartRefused": 1,
    "casehub.services.errors.Conflict": 1,
    "casehub.services.errors.FormRefused": 2,
    "casehub.transparency.exports.ExportRefused": 1,
    "casehub.transparency.proofs.ProofRefused": 1,
    "casehub.transparency.trust.TrustRefused": 2,
    "casehub.vault.errors.KeystoreError": 1,
    "casehub.witness.home.WitnessRefused": 1,
    "psycopg.OperationalError": 1,
    "sqlalchemy.exc.OperationalError": 1,
}


class Refused(Exception):
    """A command cannot do what it was asked; the message says what and how to mend it."""


class Commands(click.Group):
    """`casehub`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        if cmd_name not in SUBCOMMANDS:
            return None
        command = import_module(SUBCOMMANDS[cmd_name]).command
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; an expected error becomes its lines on standard error and its exit code.

        Whatever it starts leaves no memory on disk when it crashes: keys and what is opened stand in it.
        """
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            return super().invoke(ctx)
        except Exception as error:
            code = expected_code(error)
            if code is None:
                raise
            for line in told(error):
                click.echo(f"casehub: {line}", err=True)
            sys.exit(code)


def expected_code(error: Exception) -> int | None:
    """The exit code of an error that a person can mend; None for a fault of ours."""
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    return next((EXPECTED[name] for name in names if name in EXPECTED), None)


def told(error: Exception) -> list[str]:
    """The lines to tell: the error's own, but one for a database that did not answer."""
    origin = (
        getattr(error, "orig", None) or error
    )  # SQLAlchemy wraps the driver's error and adds the statement
    if type(origin).__module__.startswith("psycopg"):
        first = (str(origin).strip().splitlines() or ["no reason given"])[0]
        return [f"the database is not reached ({first}): is it running, and is its URL right?"]
    refused = getattr(error, "errors", None)
    if isinstance(refused, Mapping):  # a form's fields, here the command's options
        return [f"{field}: {message}" for field, message in refused.items()]
    return str(error).splitlines() or [type(error).__name__]
