"""`casehub policies check`: whether definitions and access policies hold, every error at once with file and line.
`casehub policies diff`: which decisions change from one set of access policies to another.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from casehub.access.comparing import Change, compare
from casehub.access.policies import Policies
from casehub.access.policy_files import PoliciesInvalid, PolicyFiles, check_policy_files, read_policy_files
from casehub.cli.commands import Refused
from casehub.config import read_config
from casehub.connecting import make_engine, url_of
from casehub.definitions.errors import DefinitionsInvalid
from casehub.definitions.loading import ACCESS, load_definitions
from casehub.services.kept_policies import read_kept_policies


@click.group("policies")
def command() -> None:
    """Definitions and access policies."""


@command.command("check")
def check() -> None:
    """Tell every error in CASEHUB_POLICIES; exit 1 when there is one."""
    directory = read_config(os.environ).policies
    errors: list[str] = []
    try:
        definitions = load_definitions(directory)
    except DefinitionsInvalid as invalid:
        errors += map(str, invalid.errors)
    try:
        policies = Policies(directory / ACCESS)
    except PoliciesInvalid as invalid:
        errors += invalid.errors
    if errors:
        raise Refused("\n".join(errors))
    click.echo(
        f"{directory}: {len(definitions.files)} definition files and {len(policies.why)} access policies hold"
        f" (set {policies.version[:12]})"
    )


@command.command("diff")
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """Tell which decisions change from OLD to NEW; exit 1 when one does.

    Each is a folder of definitions or of access policies, or the hash of a set that the database has kept.
    """
    sides = _read(old), _read(new)
    found = compare(*sides)
    for word, names, files in (
        ("removed", found.removed, sides[0]),
        ("added", found.added, sides[1]),
        ("changed", found.changed, sides[1]),
    ):
        for name in names:
            click.echo(f"{word} {name}: {files.why[name]}")
    for line in _lines(found.changes):
        click.echo(line)
    if found.changes:
        sys.exit(1)
    click.echo(f"No decision changes ({found.asked} situations tried)")


def _read(name: str) -> PolicyFiles:
    """One side; Refused or PoliciesInvalid."""
    path = Path(name)
    if path.is_dir():
        return read_policy_files(path / ACCESS if (path / ACCESS).is_dir() else path, in_force=False)
    kept = _kept(name) if all(letter in "0123456789abcdef" for letter in name.lower()) else None
    if kept is None:
        raise Refused(
            f"{name}: neither a folder nor the hash (8 letters or more) of a set that the database has kept"
        )
    return kept


def _kept(version: str) -> PolicyFiles | None:
    engine = make_engine(url_of(read_config(os.environ)))
    try:
        with Session(engine) as session:
            kept = read_kept_policies(session, version)
    finally:
        engine.dispose()
    return check_policy_files(kept, in_force=False) if kept else None


def _lines(changes: Iterable[Change]) -> Iterator[str]:
    """Each action once, with the situations in which it is decided otherwise."""
    before = None
    for change in changes:
        head = (change.action, change.entity, change.allowed)
        if head != before:
            yield f"{change.action} on {change.entity}: {'now allowed' if change.allowed else 'no longer allowed'}"
        before = head
        where = "; ".join(f"{fact}: {' or '.join(values)}" for fact, values in change.where)
        yield f"  {where or 'always'}"
