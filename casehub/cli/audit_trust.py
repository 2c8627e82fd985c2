"""What the commands of `casehub audit` that check something are given to trust: the log's keys, and its witnesses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from casehub.config import Config
from casehub.transparency.notes import NoteRefused, VerifierKey
from casehub.transparency.trust import NOBODY, Trust, read_trust

key_option: Callable[[Any], Any] = click.option(
    "--key", "given", metavar="KEY", multiple=True,
    help="The log's public key (name+id+key), or a file with such lines. What it handed over to is followed. Default: the "
    "logs of the witnesses' file, or those pinned in this node's keystore.",
)  # fmt: skip
witnesses_option: Callable[[Any], Any] = click.option(
    "--witnesses", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who the witnesses are, and how many are enough (c2sp.org/tlog-policy). Default: CASEHUB_WITNESSES.",
)  # fmt: skip


def read_witnesses(config: Config, path: Path | None) -> Trust:
    """The witnesses as given, or as configured; TrustRefused naming file and line."""
    path = path or config.witnesses
    return read_trust(path) if path else NOBODY


def read_given_keys(given: tuple[str, ...], trust: Trust) -> tuple[VerifierKey, ...]:
    """The log's keys as given, or as the witnesses' file names them; none if neither does."""
    return tuple(key for text in given for key in _keys(text)) or trust.logs


def _keys(text: str) -> tuple[VerifierKey, ...]:
    lines = Path(text).read_text() if Path(text).is_file() else text
    try:
        return tuple(VerifierKey.parse(line) for line in lines.strip().splitlines())
    except NoteRefused as refused:
        raise click.BadParameter(str(refused), param_hint="--key") from None
