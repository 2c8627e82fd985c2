"""`casehub keys`: what each key still protects, rotating and retiring them while the service runs, and shares of a KEK.

Every command acts as the system, on one authority's keys at a time, and is on record. No key is ever printed; a share is.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from casehub.access.actor import Actor, system_actor
from casehub.cli.commands import Refused
from casehub.config import read_config
from casehub.runtime import Runtime
from casehub.services import keys
from casehub.services.keys import KeyLine

PURPOSES = ("working", "receiving", "signing", "kek")
COLUMNS = ("Authority", "Key", "Version", "State", "Age", "Last rotated", "Protects")


@click.group("keys")
def command() -> None:
    """Keys of the authorities this node holds."""


@command.command("status")
@click.argument("authority", nargs=-1)
def status(authority: tuple[str, ...]) -> None:
    """Show every version of every key: its age, and what it still protects."""
    with _runtime() as runtime:
        lines: list[KeyLine] = []
        for name in authority or sorted(runtime.authorities):
            with runtime.work(_system(runtime, name)) as ctx:
                lines += keys.read_keys(ctx, runtime.keys.keystore)
        now = runtime.clock()
    table = Table(*COLUMNS, header_style="bold")
    for line in lines:
        table.add_row(
            *_cells(line, now),
            end_section=line is lines[-1] or _next(lines, line).authority != line.authority,
        )
    _console().print(table)


@command.command("rotate")
@click.argument("authority")
@click.option(
    "--purpose", type=click.Choice(PURPOSES), default="working", show_default=True, help="Which key."
)
def rotate(authority: str, purpose: str) -> None:
    """Make the next version of a key and put everything under it; run it again if it was stopped."""
    with _runtime() as runtime:
        work = partial(runtime.work, _system(runtime, authority))
        began, progress = time.monotonic(), None
        with _bar() as bar:
            task = bar.add_task(f"{authority} {purpose}", total=None, rate="")
            for progress in keys.rotate(work, runtime.keys.keystore, purpose=purpose):
                rate = progress.done / max(time.monotonic() - began, 1e-9)
                bar.update(task, completed=progress.done, total=progress.total, rate=f"{rate:,.0f}/s")
    if progress is None:
        raise Refused(f"{authority}: nothing was rotated")
    seconds = time.monotonic() - began
    begun = "taken up and done" if progress.taken_up else "done"
    click.echo(
        f"{authority}: {purpose} key version {progress.version} {begun}: {progress.done} put under it in {seconds:.1f} s"
        f" ({progress.done / max(seconds, 1e-9):,.0f}/s)"
    )
    if progress.damaged:
        raise Refused(
            f"{authority}: {progress.damaged} would not open and stay under their version; the log names them"
        )


@command.command("retire")
@click.argument("authority")
@click.option("--purpose", type=click.Choice(PURPOSES), required=True, help="Which key.")
@click.option("--version", type=click.IntRange(1), required=True, help="Which version of it.")
def retire(authority: str, purpose: str, version: int) -> None:
    """Take an older version out of use; refused while anything needs it. A KEK version is destroyed."""
    with _runtime() as runtime, runtime.work(_system(runtime, authority)) as ctx:
        keys.retire_key(ctx, runtime.keys.keystore, purpose=purpose, version=version)
    click.echo(
        f"{authority}: {purpose} key version {version} is {'destroyed' if purpose == 'kek' else 'retired'}"
    )


@contextmanager
def _runtime() -> Iterator[Runtime]:
    runtime = Runtime.open(read_config(os.environ))
    try:
        yield runtime
    finally:
        runtime.close()


def _system(runtime: Runtime, authority: str) -> Actor:
    if authority not in runtime.authorities:
        raise Refused(
            f"this node does not hold the keys of {authority!r}; it holds {', '.join(sorted(runtime.authorities))}"
        )
    return system_actor(authority, runtime.catalogue.authority_kind(authority))


def _cells(line: KeyLine, now: datetime) -> tuple[str, ...]:
    protects = ", ".join(f"{number:,} {kind}" for number, kind in line.protects)
    return (
        line.authority,
        line.purpose,
        str(line.version),
        line.state,
        f"{(now - line.made_at).days} days" if line.made_at else "unknown",
        line.rotated_at.astimezone(UTC).date().isoformat() if line.rotated_at else "never",
        protects or "nothing",
    )


def _next(lines: list[KeyLine], line: KeyLine) -> KeyLine:
    return lines[lines.index(line) + 1]


def _console() -> Console:
    """A pipe is as wide as it needs to be."""
    return Console() if sys.stdout.isatty() else Console(width=160)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
