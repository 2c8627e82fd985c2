"""`casehub audit verify` and `casehub audit export`: showing others, and oneself, that the log is whole.

Verifying an export imports neither a database driver nor the web; what needs the database is in `audit_database`. The
proof of one entry is in `audit_proof`, being a witness in `audit_witness`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from casehub.cli.audit_proof import proof, verify_proof
from casehub.cli.audit_trust import key_option, read_given_keys, read_witnesses, witnesses_option
from casehub.cli.audit_witness import witness
from casehub.cli.commands import Refused
from casehub.config import Config, read_config
from casehub.transparency.exports import About
from casehub.transparency.findings import Report
from casehub.transparency.notes import NoteRefused, VerifierKey
from casehub.transparency.succession import followed
from casehub.transparency.verifying import Progress as Told
from casehub.transparency.verifying import verify_export
from casehub.vault.keystores import open_keystore
from casehub.vault.log_key import is_pinned_anywhere

UNTRUSTED = (
    "the log's key was taken from the export itself: compare it with the one the log's keeper has published, "
    "or give that one with --key"
)


@click.group("audit")
def command() -> None:
    """The log: checking it, handing it out, and being a witness of others' logs."""


command.add_command(witness)
command.add_command(proof)
command.add_command(verify_proof)


@command.command("verify")
@click.option(
    "--export", "directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Check an export, without any database.",
)  # fmt: skip
@click.option(
    "--witnessed", metavar="FILE", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that somebody else holds: the log must continue it. May be given again.",
)  # fmt: skip
@key_option
@witnesses_option
@click.option(
    "--ask", "asking", is_flag=True, help="Ask the witnesses too: what they have cosigned must be in the log."
)
@click.option(
    "--database", metavar="URL",
    help="A login that is a member of casehub_auditor. Default: the embedded database of CASEHUB_HOME.",
)  # fmt: skip
def verify(
    *, directory: Path | None, witnessed: tuple[Path, ...], given: tuple[str, ...], witnesses: Path | None,
    asking: bool, database: str | None,
) -> None:  # fmt: skip
    """Check the whole log, and name everything that is wrong with it. Exit code 1 where anything is."""
    if asking and directory is not None:
        raise click.UsageError(
            "witnesses have seen more than an export holds: give their checkpoints with --witnessed"
        )
    held = [(str(path), path.read_text(encoding="utf-8", errors="replace")) for path in witnessed]
    config = read_config(os.environ)
    trust = read_witnesses(config, witnesses)
    keys = read_given_keys(given, trust)
    with _bar("entries") as progress:
        if directory is not None:
            about = About.read(directory)
            keys = followed(keys or _keys_of_export(config, about), about.successions)
            report = verify_export(directory, keys=keys, witnessed=held, trust=trust, progress=progress)
        else:
            report = _database().verify(
                config, database, keys=keys, witnessed=held, trust=trust, asking=asking, progress=progress
            )
    _tell(report, len(held))


@command.command("export")
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["tlog", "ocsf", "csv"]), default="tlog",
    help="tlog (default): a directory that `verify` checks. ocsf, csv: a file with the entries of one authority.",
)  # fmt: skip
@click.option(
    "--authority", "authorities", metavar="ID", multiple=True,
    help="Include the contents of entries by or about this authority, for its reviewer.",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Include every content; needs the auditor's rights.")
@click.option("--database", metavar="URL", help="With --all: a login that is a member of casehub_auditor.")
@click.option(
    "--after",
    metavar="POSITION",
    type=click.IntRange(0),
    help="ocsf, csv: entries after this position alone.",
)
@click.option(
    "--since",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    help="ocsf, csv: of this Danish day or later.",
)
def export(
    *, path: Path, form: str, authorities: tuple[str, ...], everything: bool, database: str | None, after: int | None,
    since: datetime | None,
) -> None:  # fmt: skip
    """Write the log to PATH. tlog: the tree and its checkpoints, and contents if asked for. ocsf, csv: entries as lines
    for a SIEM or a spreadsheet. Contents handed out are recorded.
    """
    if everything and authorities:
        raise click.UsageError("--all includes every authority: leave out --authority")
    config = read_config(os.environ)
    if form != "tlog":
        if everything or database or len(authorities) != 1:
            raise click.UsageError(f"--format {form} is for one authority: name it with --authority")
        with _bar("positions") as progress:
            told = _database().export_lines(
                config, path, form=form, authority=authorities[0], after=after, since=since, progress=progress
            )
        click.echo(told)
        return
    if after is not None or since is not None:
        raise click.UsageError(
            "--after and --since are for --format ocsf or csv: what is verified is the whole log"
        )
    with _bar("written") as progress:
        told = _database().export(
            config, path, authorities=authorities, everything=everything, url=database, progress=progress
        )
    click.echo(told)


@command.command("erase")
@click.option(
    "--older-than", "years", metavar="YEARS", type=click.IntRange(1), default=5, show_default=True,
    help="How old a content must be; not less than five years.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option(
    "--database", metavar="URL",
    help="A login that is a member of casehub_eraser. Default: the embedded database of CASEHUB_HOME.",
)  # fmt: skip
def erase(*, years: int, yes: bool, database: str | None) -> None:
    """Erase what the log's old entries say. That they were there stays, and what was erased is itself in the log."""
    with _database().erasing(read_config(os.environ), database, years=years) as work:
        if not work.old:
            click.echo(f"nothing is older than {years} years")
            return
        for old in work.old:
            click.echo(
                f"{old.count} of {old.authority or 'no authority'} are from before {work.before.date()}"
            )
        if not yes:
            click.confirm("erase them for good?", abort=True)
        with _bar("erased") as progress:
            told = work.erase(progress)
    click.echo(told)


def _database() -> Any:
    """The part that knows the database, imported when it is needed."""
    return import_module("casehub.cli.audit_database")


def _keys_of_export(config: Config, about: About) -> tuple[VerifierKey, ...]:
    """The export's keys that this node's keystore has pinned; without a keystore its own, with a warning."""
    try:
        keys = tuple(VerifierKey.parse(text) for text in about.keys)
    except NoteRefused as refused:
        raise Refused(f"export.json names something else than keys: {refused}") from None
    if isinstance(config.keystore, Path) and not config.keystore.exists():
        click.echo(f"casehub: {UNTRUSTED}: {', '.join(about.keys)}", err=True)
        return keys
    keystore = open_keystore(config)
    own = f"casehub/{keystore.installation}"
    return tuple(key for key in keys if key.name == own and is_pinned_anywhere(keystore, key.public))


def _tell(report: Report, witnessed: int) -> None:
    for finding in report.findings:
        click.echo(str(finding))
    counted = f"{report.entries} entries, {report.contents} contents, {report.checkpoints} checkpoints"
    if witnessed:
        counted += f", {witnessed} held by others"
    if report.witnessed is not None:
        counted += f", {report.witnessed} entries witnessed"
    if report.waiting:
        counted += f"; {report.waiting} entries wait for their checkpoint"
    if report.findings:
        click.echo(f"{counted}: {len(report.findings)} findings, the log is broken", err=True)
        raise SystemExit(1)
    click.echo(f"{counted}: all holds")


@contextmanager
def _bar(what: str) -> Iterator[Told]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
