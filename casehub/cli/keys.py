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
from itertools import chain
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from casehub.access.actor import Actor, system_actor
from casehub.cli import pins
from casehub.cli.commands import Refused
from casehub.cli.database import reach
from casehub.config import read_config
from casehub.connecting import StartRefused
from casehub.preparing import record_restored_keys
from casehub.runtime import Runtime
from casehub.services import keys, log_keys
from casehub.services.final_erasure import Outlook, finish_erasures, read_outlook
from casehub.services.keys import KeyLine
from casehub.services.unlocking import record_failure
from casehub.vault.errors import KeystoreError
from casehub.vault.keystores import read_passphrase
from casehub.vault.log_key import LOG
from casehub.vault.recovery import restore_kek

COLUMNS = ("Authority", "Key", "Version", "State", "Age", "Last rotated", "Protects")


@click.group("keys")
def command() -> None:
    """Keys of the authorities this node holds."""


command.add_command(pins.command)


@command.command("status")
@click.argument("authority", nargs=-1)
def status(authority: tuple[str, ...]) -> None:
    """Show every version of every key: its age, and what it still protects. `log` is the log's."""
    with _runtime() as runtime:
        lines: list[KeyLine] = []
        outlooks: dict[str, Outlook] = {}
        for name in authority or (*sorted(runtime.authorities), LOG):
            if name == LOG:
                with runtime.work_as_operator() as operator:
                    lines += log_keys.read_log_keys(operator)
                continue
            with runtime.work(_system(runtime, name)) as ctx:
                lines += keys.read_keys(ctx, runtime.keys.keystore)
                outlooks[name] = read_outlook(ctx, runtime.keys.keystore)
        now = runtime.clock()
    table = Table(*COLUMNS, header_style="bold")
    for line in lines:
        table.add_row(
            *_cells(line, now),
            end_section=line is lines[-1] or _next(lines, line).authority != line.authority,
        )
    _console().print(table)
    for name, outlook in outlooks.items():
        for told in _to_do(name, outlook):
            click.echo(told)


@command.command("rotate")
@click.argument("authority")
@click.option(
    "--purpose", type=click.Choice(keys.PURPOSES), default="working", show_default=True, help="Which key."
)
def rotate(authority: str, purpose: str) -> None:
    """Make the next version of a key and put everything under it; run it again if it was stopped.

    AUTHORITY may be `log`: the key that signs the log hands over to the next one.
    """
    with _runtime() as runtime:
        if authority == LOG:
            _rotate_log_key(runtime)
            return
        work = partial(runtime.work, _system(runtime, authority))
        began = time.monotonic()
        rotation = keys.rotate(work, runtime.keys.keystore, purpose=purpose)
        progress = next(rotation)  # what cannot be rotated is refused here, before there is a bar
        with _bar() as bar:
            task = bar.add_task(f"{authority} {purpose}", total=None, rate="")
            for progress in chain([progress], rotation):  # noqa: B020 (the last one is told of below)
                rate = progress.done / max(time.monotonic() - began, 1e-9)
                bar.update(task, completed=progress.done, total=progress.total, rate=f"{rate:,.0f}/s")
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
@click.option("--purpose", type=click.Choice(keys.PURPOSES), required=True, help="Which key.")
@click.option("--version", type=click.IntRange(1), required=True, help="Which version of it.")
def retire(authority: str, purpose: str, version: int) -> None:
    """Take an older version out of use; refused while anything needs it. A KEK version is destroyed."""
    with _runtime() as runtime, runtime.work(_system(runtime, authority)) as ctx:
        keys.retire_key(ctx, runtime.keys.keystore, purpose=purpose, version=version)
    click.echo(
        f"{authority}: {purpose} key version {version} is {'destroyed' if purpose == 'kek' else 'retired'}"
    )


@command.command("shares-destroyed")
@click.argument("authority")
@click.option("--version", type=click.IntRange(1), required=True, help="Of which KEK version.")
def shares_destroyed(authority: str, version: int) -> None:
    """Write down that the custodians destroyed their shares of an old KEK version, when `status` asks for it."""
    with _runtime() as runtime:
        work = partial(runtime.work, _system(runtime, authority))
        with work() as ctx:
            keys.record_shares_destroyed(ctx, runtime.keys.keystore, version=version)
        outlook = finish_erasures(work, runtime.keys.keystore)
    click.echo(f"{authority}: it is on record that the shares of KEK version {version} are destroyed")
    for line in _to_do(authority, outlook):
        click.echo(line)


@command.command("backup")
@click.argument("authority")
@click.option(
    "--to", type=click.Path(path_type=Path), required=True, help="Directory for the sealed document."
)
@click.option("--shares", type=int, default=3, show_default=True, help="How many custodians get a share.")
@click.option("--needed", type=int, default=2, show_default=True, help="How many of them can restore it.")
@click.option(
    "--shares-to",
    type=click.Path(path_type=Path),
    help="Directory to write the shares to, a file each, instead of showing each custodian their own.",
)
def backup(*, authority: str, to: Path, shares: int, needed: int, shares_to: Path | None) -> None:
    """Split an authority's KEK among custodians, none of whom can restore it alone. AUTHORITY may be `log`."""
    with _runtime() as runtime:
        keystore = runtime.keys.keystore
        if authority == LOG:
            with runtime.work_as_operator() as operator:
                made = log_keys.back_up_log_kek(operator, keystore, needed=needed, shares=shares)
        else:
            with runtime.work(_system(runtime, authority)) as ctx:
                made = keys.back_up_kek(ctx, keystore, needed=needed, shares=shares)
    name = f"{authority}.kek-{made.kek_version}"
    _write(to / f"{name}.json", made.document)
    for number, share in enumerate(made.shares, start=1):
        if shares_to is not None:
            _write(shares_to / f"{name}.share-{number}-of-{shares}.txt", share + "\n")
            continue
        click.pause(f"Custodian {number} of {shares}: come to the screen alone and press a key")
        click.echo(f"\n{name}, share {number}; {needed} of {shares} are needed. Write it down:\n\n{share}\n")
        click.pause("Press a key when it is written down: it is shown once")
        click.clear()
    click.echo(
        f"{authority}: KEK version {made.kek_version} is split, {needed} of {shares} restore it; {to / name}.json is needed too"
    )


@command.command("restore")
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--share",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with a custodian's share; without any, each is asked for.",
)
@click.option("--needed", type=int, default=2, show_default=True, help="How many shares to ask for.")
def restore(document: Path, files: tuple[Path, ...], needed: int) -> None:
    """Put a KEK that was split back into the keyset of CASEHUB_KEYSTORE, made if it is not there."""
    config = read_config(os.environ)
    keystore = config.keystore
    if not isinstance(keystore, Path):
        raise Refused("CASEHUB_KEYSTORE names a token; a KEK is restored into a keyset file")
    shares = [file.read_text() for file in files] or [
        click.prompt(f"Share {number} of {needed}", hide_input=True) for number in range(1, needed + 1)
    ]
    keystore.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    restored = restore_kek(
        keystore, document=document.read_text(), shares=shares, passphrase=read_passphrase(config)
    )
    click.echo(f"{keystore} holds the KEKs of {', '.join(sorted(restored.authorities()))}")
    try:
        record_restored_keys(config)
    except StartRefused:
        click.echo("The log gets its entry of this at the next start: its database is not reached from here")


def _rotate_log_key(runtime: Runtime) -> None:
    with runtime.work_as_operator() as ctx:
        key = log_keys.rotate_log_key(ctx, runtime.keys.keystore)
    click.echo(f"{LOG}: the next checkpoint is signed with\n{key}")
    click.echo(
        "Publish that line beside the older ones, and give it to the witnesses: they know it by nothing else"
    )


def _to_do(authority: str, outlook: Outlook) -> Iterator[str]:
    """What people must do so that what was erased cannot come back, a line each."""
    erased = f"{outlook.waiting} erased case{'s' if outlook.waiting != 1 else ''}"
    if outlook.rotate_kek:
        yield (
            f"{authority}: {erased} can still be brought back from a backup: run `casehub keys rotate {authority} --purpose"
            f" kek`, then `casehub keys backup {authority} --to DIRECTORY` the same day"
        )
    if outlook.destroyable_on is not None:
        yield f"{authority}: {erased}: the old KEK is destroyed by itself from {outlook.destroyable_on} on"
    for version in outlook.shares:
        yield (
            f"{authority}: KEK version {version} is destroyed here: have its custodians destroy their shares and documents,"
            f" then run `casehub keys shares-destroyed {authority} --version {version}`"
        )


def _write(path: Path, text: str) -> None:
    """Write a new private file; never over another."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{path} is there already: move it away, or name another directory") from None
    with os.fdopen(handle, "w") as file:
        file.write(text)


@contextmanager
def _runtime() -> Iterator[Runtime]:
    """A keystore that fails while a command is at work is on record, as one that does not open is."""
    runtime = Runtime.open(reach(read_config(os.environ)))
    try:
        yield runtime
    except KeystoreError as error:
        with runtime.work_as_operator() as operator:
            record_failure(operator, str(error))
        raise
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
