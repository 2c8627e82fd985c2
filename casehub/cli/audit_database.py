"""The part of `casehub audit` that knows the database: as the auditor, who sees all and writes nothing, as the eraser, or
as the node.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import Connection, NullPool, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from casehub.audit import Event, ObjectRef
from casehub.audit.checking import check_log
from casehub.audit.erasing import RETENTION_YEARS, Old, count_old, erase, years_before
from casehub.audit.exporting import export_contents, export_tree, finish_export, start_export
from casehub.audit.lines import Format
from casehub.audit.reading import prove_consistency, read_checkpoint, read_successions
from casehub.audit.witnessing import cosigned_size, prove_entry
from casehub.cli.commands import Refused
from casehub.cli.database import DATABASE
from casehub.config import Config
from casehub.connecting import read_clock
from casehub.embedded import EmbeddedError, EmbeddedServer
from casehub.model import LogKey
from casehub.model.bootstrap import NODE
from casehub.runtime import Runtime
from casehub.services.log_export import export_to
from casehub.transparency.asking import Outcome, ask
from casehub.transparency.entry_proofs import EntryProof
from casehub.transparency.exports import ExportRefused
from casehub.transparency.findings import Finding, Report
from casehub.transparency.notes import VerifierKey
from casehub.transparency.succession import followed
from casehub.transparency.trust import Trust, Witness
from casehub.vault.keystores import open_keystore
from casehub.vault.log_key import is_pinned
from casehub.workflow.calendar import COPENHAGEN

Progress = Callable[[int, int], None]
LOOKS = 5  # at a log that grows between one and the next


def verify(
    config: Config,
    url: str | None,
    *,
    keys: tuple[VerifierKey, ...],
    witnessed: Sequence[tuple[str, str]],
    trust: Trust,
    asking: bool,
    progress: Progress,
) -> Report:
    """Check the log in the database, in one snapshot; with `asking`, then ask the witnesses what they have cosigned."""
    with _reached(config, url) as (auditor_url, _):
        with _auditing(auditor_url) as connection:
            with Session(connection) as session:
                successions = read_successions(session)
            trusted = followed(keys or _pinned(config, connection), successions)
            report = check_log(connection, keys=trusted, witnessed=witnessed, trust=trust, progress=progress)
        if not asking:
            return report
        asked = [_ask(auditor_url, witness) for witness in trust.witnesses if witness.url]
    if not asked:
        raise Refused("no witness is named with a URL: name them with --witnesses or CASEHUB_WITNESSES")
    return replace(report, findings=(*report.findings, *(finding for finding in asked if finding)))


def _ask(auditor_url: str, witness: Witness) -> Finding | None:
    """What a witness holds against the log as it is now; None if it cosigns. The log may grow between two looks."""
    size, told = -1, ""
    for _ in range(LOOKS):
        with _auditing(auditor_url) as connection, Session(connection) as session:
            newest = read_checkpoint(session)
            if newest is None:
                return None
            prove = partial(prove_consistency, session, new=newest.size)
            answer = ask(witness, note=newest.note, known=cosigned_size(session, witness.key), prove=prove)
        if answer.outcome == Outcome.COSIGNED:
            return None
        if answer.outcome != Outcome.AHEAD or newest.size == size:
            return Finding(f"witness {witness.label}", answer.told)
        size, told = newest.size, answer.told
    return Finding(f"witness {witness.label}", told)


def prove(config: Config, entry: str, *, trust: Trust) -> EntryProof:
    """The proof of an entry by its id."""
    try:
        wanted = UUID(entry)
    except ValueError:
        raise Refused(f"{entry} is no id of an entry; a position needs --export") from None
    with _reached(config, None) as (_, node_url):
        runtime = Runtime.open(replace(config, database_url=node_url))
        try:
            with runtime.read_tree() as session:
                return prove_entry(session, wanted, trust)
        finally:
            runtime.close()


def export(
    config: Config,
    directory: Path,
    *,
    authorities: Sequence[str],
    everything: bool,
    url: str | None,
    progress: Progress,
) -> str:
    """Write an export; what to tell about it. Handing out contents is an entry before it is done."""
    with _reached(config, url) as (auditor_url, node_url):
        runtime = Runtime.open(replace(config, database_url=node_url))
        try:
            if unknown := sorted(set(authorities) - runtime.authorities):
                raise ExportRefused(
                    f"this node does not hold the keys of {', '.join(unknown)}: export on theirs"
                )
            with runtime.read_tree() as session:
                newest = start_export(session, directory)
                export_tree(session, directory, newest.size, progress=progress)
            if everything or authorities:
                _record(runtime, sorted(authorities or runtime.authorities))
            written = 0
            if everything:
                with _auditing(auditor_url) as connection, Session(connection) as session:
                    written = export_contents(session, directory, newest.size, progress=progress)
            elif authorities:
                written = _export_for(runtime, authorities, directory, newest.size, progress)
            with runtime.read_tree() as session:
                kind = "all" if everything else ",".join(sorted(authorities)) or "none"
                finish_export(session, directory, newest, contents=kind)
        finally:
            runtime.close()
    return f"{newest.size} entries and {written} contents written to {directory}"


def export_lines(
    config: Config,
    path: Path,
    *,
    form: str,
    authority: str,
    after: int | None,
    since: datetime | None,
    progress: Progress,
) -> str:
    """Write an authority's entries as lines; what to tell about it. `since`: a Danish day."""
    first = 0 if after is None else after + 1
    midnight = since.replace(tzinfo=COPENHAGEN) if since else None
    with _reached(config, None) as (_, node_url):
        runtime = Runtime.open(replace(config, database_url=node_url))
        try:
            if authority not in runtime.authorities:
                raise ExportRefused(f"this node does not hold the keys of {authority}: export on theirs")
            with runtime.exporting(authority, Format(form), progress) as exporting:
                count = export_to(exporting, path, first=first, since=midnight)
        finally:
            runtime.close()
    return f"{count} entries written to {path}"


def _export_for(
    runtime: Runtime, authorities: Sequence[str], directory: Path, size: int, progress: Progress
) -> int:
    if len(authorities) > 1:  # entries that concern two would be written twice
        raise ExportRefused(
            "export the contents of one authority at a time: each reviewer gets an export of their own"
        )
    with runtime.read_tree(authorities[0]) as session:
        return export_contents(session, directory, size, progress=progress)


def _record(runtime: Runtime, authorities: Sequence[str]) -> None:
    with runtime.work_as_operator() as ctx, ctx.record(Event.LOG_EXPORTED) as recording:
        recording.objects += [ObjectRef("log", "contents", None, authority) for authority in authorities]


@contextmanager
def _reached(config: Config, url: str | None) -> Iterator[tuple[str, str]]:
    """(the auditor's URL, the node's): as given, or both of the embedded database, started if nobody runs it."""
    if config.database_url is not None:
        yield url or config.database_url, config.database_url
        return
    if url is not None:
        yield url, url
        return
    if not (config.home / "database" / "data" / "PG_VERSION").exists():
        raise Refused(f"there is no database in {config.home}: set CASEHUB_HOME, or name one with --database")
    try:
        server = EmbeddedServer.attach(config.home)
    except EmbeddedError:
        server = EmbeddedServer.start(config.home)
    try:
        yield server.superuser_url(DATABASE), server.url(NODE, DATABASE)
    finally:
        server.stop()


@contextmanager
def _auditing(url: str) -> Iterator[Connection]:
    """A snapshot of everything, seen as casehub_auditor."""
    refused = (
        "this login may not see the whole log: name one with --database that was given it by "
        "GRANT casehub_auditor TO ...; a node's login sees its own authorities' entries alone"
    )
    with _connected(url, "casehub_auditor", refused) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield connection


@contextmanager
def _connected(url: str, role: str, refused: str) -> Iterator[Connection]:
    """A connection that acts as `role` alone, whatever else its login may."""
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1).replace(
        "postgres://", "postgresql+psycopg://", 1
    )
    engine = create_engine(driver, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        try:
            connection.execute(text(f"SET ROLE {role}"))
            connection.commit()
        except DBAPIError:
            raise Refused(refused) from None
        yield connection


@dataclass(frozen=True, slots=True)
class Erasing:
    """What an eraser is about to erase: contents from `before`."""

    connection: Connection
    before: datetime
    now: datetime
    old: tuple[Old, ...]

    def erase(self, progress: Progress) -> str:
        """Erase it; what to tell about it. Stopped halfway, it goes on when it is run again."""
        done, total = 0, sum(old.count for old in self.old)
        for old in self.old:
            for erased in erase(self.connection, old.authority, before=self.before, now=self.now):
                done += erased
                progress(done, total)
        return f"the contents of {done} entries are erased, and the log says which"


@contextmanager
def erasing(config: Config, url: str | None, *, years: int) -> Iterator[Erasing]:
    """Reach the log as casehub_eraser, and count what is older."""
    if years < RETENTION_YEARS:
        raise click.UsageError(f"the log is kept for {RETENTION_YEARS} years at least")
    refused = (
        "this login may not erase: name one with --database that was given it by GRANT casehub_eraser TO ..."
    )
    now = read_clock()
    before = years_before(now, years)
    with (
        _reached(config, url) as (eraser_url, _),
        _connected(eraser_url, "casehub_eraser", refused) as connection,
    ):
        old = count_old(connection, before)
        connection.commit()
        yield Erasing(connection, before, now, old)


def _pinned(config: Config, connection: Connection) -> tuple[VerifierKey, ...]:
    """The log's keys as this node's keystore knows them, whatever the database says."""
    keystore = open_keystore(config)
    rows = connection.execute(select(LogKey.version, LogKey.public)).all()
    origin = f"casehub/{keystore.installation}"
    return tuple(
        VerifierKey(origin, public) for version, public in rows if is_pinned(keystore, version, public)
    )
