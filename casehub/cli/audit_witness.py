"""`casehub audit witness`: being a witness for others' logs. Needs no database, no settings and no keystore."""

import signal
from functools import partial
from pathlib import Path
from typing import Any

import click
from granian.constants import Interfaces
from granian.server import Server

from casehub.transparency.notes import parse_checkpoint, split_note
from casehub.witness.application import make_application
from casehub.witness.home import Home

THREADS = 4
SECONDS_TO_STOP = 5
_home = click.option(
    "--home", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="The witness's own directory: its key, the logs it knows, and what it cosigned.",
)  # fmt: skip


@click.group("witness")
def witness() -> None:
    """Being a witness: an authority that keeps watch over the others' logs."""


@witness.command("serve")
@_home
@click.option(
    "--name", metavar="NAME", help="Needed the first time: makes the key. Best a URL without its scheme."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8800, show_default=True)
def serve(*, home: Path, name: str | None, host: str, port: int) -> None:
    """Cosign the checkpoints of the logs in DIR/logs, a line of /log/key each, until stopped."""
    if name is not None:
        Home.create(home, name)
    opened = Home.open(home)
    click.echo(f"{opened.key}")
    click.echo(
        f"listening on http://{host}:{port}, for {', '.join(opened.logs) or 'no log yet: see DIR/logs'}",
        err=True,
    )
    Server(
        "casehub.witness.application:make_application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        websockets=False,
        workers_kill_timeout=SECONDS_TO_STOP,
    ).serve(target_loader=partial(_application, home), wrap_loader=False)


@witness.command("show")
@_home
def show(*, home: Path) -> None:
    """Print the witness's public key, the logs it knows, and where the newest checkpoint of each is kept."""
    opened = Home.open(home)
    click.echo(f"{opened.key}")
    for origin in opened.logs:
        kept = opened.checkpoint_of(origin)
        if kept.exists():
            size = parse_checkpoint(split_note(kept.read_text(encoding="utf-8"))[0]).size
            click.echo(f"{origin}: {size} entries, {kept}")
        else:
            click.echo(f"{origin}: nothing cosigned yet")


def _application(home: Path) -> Any:
    """Called in each process that serves."""
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # granian's own come later: one that arrives before would be lost
        signal.signal(number, signal.SIG_DFL)
    return make_application(Home.open(home))
