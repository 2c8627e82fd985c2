"""`casehub keys pins`: introducing nodes to one another. A document of public keys goes over, people compare fingerprints.

Nothing is believed because it stands in the database or the document: the first keys of an authority only when somebody
says here that its custodians read out the same fingerprint.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import click

from casehub.cli.commands import Refused
from casehub.config import read_config
from casehub.preparing import join
from casehub.runtime import Runtime
from casehub.services.unlocking import load_keys
from casehub.vault.keystores import keystore_is_there, open_keystore
from casehub.vault.pins import PinDocument, fingerprints, read_pins, write_pins


@click.group("pins")
def command() -> None:
    """Public keys of the authorities, as this node and the others know them."""


@command.command("list")
def show() -> None:
    """Show each authority's fingerprint: the same on every node, or one of them is deceived."""
    _show(fingerprints(open_keystore(read_config(os.environ))))


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write the public keys of this node's own authorities to FILE, for the other nodes. Nothing in it is secret."""
    runtime = Runtime.open(read_config(os.environ))
    try:
        with runtime.work_as_operator() as ctx:
            text = write_pins(runtime.keys.keystore, load_keys(ctx.session.connection()))
    finally:
        runtime.close()
    file.write_text(text)
    _show(read_pins(text).fingerprints())


@command.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def take_in(files: tuple[Path, ...]) -> None:
    """Pin the public keys in FILES, of other nodes, when their fingerprints were compared; make this node's own keys.

    A node that joins gets its keystore by this, of the same installation, and the keys of CASEHUB_AUTHORITIES.
    """
    config = read_config(os.environ)
    documents = [_read(file) for file in files]
    if config.authorities is None:
        raise Refused(
            "CASEHUB_AUTHORITIES is not set: say whose keys this node holds before it meets the others"
        )
    told = {name: digits for document in documents for name, digits in document.fingerprints().items()}
    here = fingerprints(open_keystore(config)) if keystore_is_there(config) else {}
    if strangers := {name: digits for name, digits in told.items() if name not in here}:
        _show(strangers)
        if not click.confirm(
            "Did a custodian of each of them read out exactly this, by another way than the file came?"
        ):
            raise Refused("nothing was pinned: compare the fingerprints with the custodians first")
    if isinstance(config.keystore, Path):
        config.keystore.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for change in join(config, documents):
        click.echo(change)


def _read(file: Path) -> PinDocument:
    return read_pins(file.read_text(errors="replace"))


def _show(found: Mapping[str, str]) -> None:
    for authority, digits in found.items():
        click.echo(f"{authority}\n  {digits}")
