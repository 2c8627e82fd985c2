"""`casehub audit proof` and `casehub audit verify-proof`: one entry shown to be in the log, by a file that stands alone.

The file is a C2SP tlog-proof. Verifying needs no database and no export, only the log's key and the witnesses'.
"""

import os
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import click

from casehub.cli.audit_trust import key_option, read_given_keys, read_witnesses, witnesses_option
from casehub.cli.commands import Refused
from casehub.config import read_config
from casehub.transparency.contents import check_content
from casehub.transparency.cosignatures import Cosignature, cosigners_of, signatures_of
from casehub.transparency.entry_proofs import EntryProof
from casehub.transparency.exports import read_contents
from casehub.transparency.notes import NoteRefused, split_note
from casehub.transparency.proving import prove_from_export
from casehub.transparency.trust import Trust
from casehub.transparency.witnessed import check_cosignature


@click.command("proof")
@click.argument("entry", metavar="ENTRY")
@click.option(
    "--export", "directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Make it from an export, without any database. ENTRY may be a position there.",
)  # fmt: skip
@witnesses_option
def proof(*, entry: str, directory: Path | None, witnesses: Path | None) -> None:
    """Print a proof (c2sp.org/tlog-proof) that the entry with this id is in the log."""
    config = read_config(os.environ)
    trust = read_witnesses(config, witnesses)
    if directory is not None:
        made = prove_from_export(directory, entry, trust=trust)
    else:
        made = import_module("casehub.cli.audit_database").prove(config, entry, trust=trust)
    if trust.quorum and not trust.is_witnessed(cosigners_of(made.note, trust.witness_keys)):
        click.echo("casehub: the entry is signed for, and not witnessed yet", err=True)
    click.echo(made.encode(), nl=False)


@click.command("verify-proof")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@key_option
@witnesses_option
@click.option(
    "--contents", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of contents from an export: the entry's must be there, and be what the log committed to.",
)  # fmt: skip
def verify_proof(
    *, path: Path, given: tuple[str, ...], witnesses: Path | None, contents: Path | None
) -> None:
    """Check a proof of an entry, without any database. Exit code 1 where it does not hold."""
    trust = read_witnesses(read_config(os.environ), witnesses)
    keys = read_given_keys(given, trust)
    if not keys:
        raise click.UsageError("the log's key is needed: --key, or a line `log` in the witnesses' file")
    found = EntryProof.parse(path.read_text(encoding="utf-8", errors="replace"))
    tree = found.check(keys)
    cosigned = _cosigned(found.note, trust)
    click.echo(f"entry {found.index} of {tree.origin}, commitment {found.entry.hex()}")
    click.echo(f"is in the tree of {tree.size} entries that the log has signed")
    for each in cosigned:
        click.echo(f"cosigned by {each.key.name} at {each.at:%Y-%m-%d %H:%M:%S} UTC")
    if contents is not None:
        click.echo(f"its content is that of entry {_content_in(contents, found)}")


def _cosigned(note: str, trust: Trust) -> list[Cosignature]:
    """The witnesses' cosignatures; Refused where one is wrong or they are too few."""
    found = signatures_of(note, trust.witness_keys)
    try:
        for each in found:
            check_cosignature(each, split_note(note)[0], datetime.now(UTC))
    except NoteRefused as refused:
        raise Refused(str(refused)) from None
    if trust.quorum and not trust.is_witnessed([each.key for each in found]):
        raise Refused(f"its checkpoint was cosigned by {len(found)} of the witnesses, which is not enough")
    return found


def _content_in(contents: Path, proof: EntryProof) -> str:
    """The id of the content that was committed to; Refused if it is not there or another."""
    for position, entry, nonce, content in read_contents(contents):
        if position == proof.index:
            _, wrong = check_content(
                position=position, entry=entry, commitment=proof.entry, nonce=nonce, content=content
            )
            if wrong:
                raise Refused(str(wrong))
            return entry
    raise Refused(f"{contents}: has no content of entry {proof.index}")
