"""Several processes that append entries at the same time, and the same processes writing the same bytes by the driver alone.

The floors go into copies of the three tables with the same columns and indexes, without triggers, foreign keys or row
security: as three INSERTs and a COMMIT, and as one statement and a COMMIT. All writers do the one thing, then all the
next, by turns. They share the processors with the server, as a node does.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from parts.cases import REFERRER
from psycopg import Connection, connect

from casehub.access.actor import Actor
from casehub.audit import Entry, Event, ObjectRef, Outcome, append_entry
from casehub.model import new_id
from tests.databases import Database
from tests.house import START, House, live_in

WRITERS = 8
ROUNDS = 7
SECONDS_A_TURN = 2.0
COPIES = """
    CREATE SCHEMA floor;
    GRANT USAGE ON SCHEMA floor TO casehub_app;
    CREATE TABLE floor.audit_commitment (LIKE public.audit_commitment INCLUDING ALL);
    CREATE TABLE floor.audit_content (LIKE public.audit_content INCLUDING ALL);
    CREATE TABLE floor.audit_object (LIKE public.audit_object INCLUDING ALL);
    GRANT INSERT ON ALL TABLES IN SCHEMA floor TO casehub_app;
"""
COMMITMENT = "INSERT INTO audit_commitment (id, leaf) VALUES (%(id)s, %(leaf)b)"
CONTENT = """
    INSERT INTO audit_content (entry_id, nonce, content, at, actor_id, authority_id, unit_id, event, outcome, concerned)
    VALUES (%(id)s, %(nonce)b, %(content)b, %(at)s, %(actor)s, %(authority)s, %(unit)s, %(event)s, %(outcome)s, %(concerned)s)
"""
OBJECTS = """
    INSERT INTO audit_object (entry_id, position, case_id, authority_id, kind, object_id)
    SELECT %(id)s, at - 1, case_id, owner, kind, id
    FROM unnest(%(cases)s::uuid[], %(owners)s::text[], %(kinds)s::text[], %(ids)s::text[])
        WITH ORDINALITY AS named (case_id, owner, kind, id, at)
"""
TOGETHER = f"WITH a AS ({COMMITMENT}), b AS ({CONTENT}) {OBJECTS}"
Doing = Callable[[], None]
Turns = Sequence[tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Rates:
    """Entries per second by all writers together, medians of the rounds; `low`, `high`: shares of single rounds."""

    objects: int
    length: int
    entries: float
    three: float
    together: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Task:
    """What a writer is told. `objects`: how many each entry names."""

    database: Database
    home: Path
    case_id: UUID
    objects: int


def prepare(house: House) -> None:
    """Make the copies."""
    with connect(house.database.superuser_url) as superuser:
        superuser.execute(COPIES)


def rates(house: House, case_id: UUID, objects: int) -> Rates:
    """Of entries that name so many objects."""
    task = Task(house.database, house.runtime.config.home, case_id, objects)
    processes = get_context("spawn")
    barrier, results = processes.Barrier(WRITERS), processes.Queue()
    writers = [processes.Process(target=_write, args=(task, barrier, results)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    told: list[tuple[int, Turns]] = [results.get() for _ in writers]
    for writer in writers:
        writer.join()
    rounds = [
        [sum(rate) for rate in zip(*same, strict=True)]
        for same in zip(*(turns for _, turns in told), strict=True)
    ]
    shares = [ours / three for ours, three, _ in rounds]
    ours, three, together = (median(column) for column in zip(*rounds, strict=True))
    return Rates(objects, told[0][0], ours, three, together, min(shares), max(shares))


def _write(task: Task, barrier: Barrier, results: Any) -> None:
    """One writer: its rates of entries, of three INSERTs and of one statement, round by round."""
    with live_in(task.database, task.home) as house:
        actor = house.actor(REFERRER)
        refs = tuple(
            ObjectRef("note", str(new_id()), task.case_id, actor.authority) for _ in range(task.objects)
        )
        with (
            house.runtime.work(actor) as ctx,
            connect(task.database.app_url, options="-c search_path=floor") as bare,
        ):

            def append() -> None:
                append_entry(ctx.session, _entry(actor, refs))
                ctx.session.commit()

            values = _values(actor, refs)
            ways = append, _bare(bare, values, COMMITMENT, CONTENT, OBJECTS), _bare(bare, values, TOGETHER)
            turns = [tuple(_turn(way, barrier) for way in ways) for _ in range(ROUNDS + 1)]
    results.put((len(values["content"]), turns[1:]))  # the first warms up


def _entry(actor: Actor, refs: tuple[ObjectRef, ...]) -> Entry:
    return Entry(
        id=new_id(), at=START, event=Event.CASE_READ, outcome=Outcome.ALLOWED, request_id="bench",
        actor_id=actor.staff_id, authority=actor.authority, unit=actor.unit, objects=refs,
    )  # fmt: skip


def _values(actor: Actor, refs: Sequence[ObjectRef]) -> dict[str, Any]:
    """The same bytes, ready."""
    return {
        "leaf": secrets.token_bytes(32), "nonce": secrets.token_bytes(32), "content": _entry(actor, tuple(refs)).content(),
        "at": START, "actor": actor.staff_id, "authority": actor.authority, "unit": actor.unit, "event": "case.read",
        "outcome": "allowed", "concerned": [], "cases": [ref.case_id for ref in refs],
        "owners": [ref.authority for ref in refs], "kinds": [ref.kind for ref in refs], "ids": [ref.id for ref in refs],
    }  # fmt: skip


def _bare(connection: Connection[Any], values: Mapping[str, Any], *statements: str) -> Doing:
    def insert() -> None:
        fresh = {**values, "id": new_id()}
        for statement in statements:
            connection.execute(statement, fresh)
        connection.commit()

    return insert


def _turn(doing: Doing, barrier: Barrier) -> float:
    barrier.wait()
    begun, done = perf_counter(), 0
    while perf_counter() - begun < SECONDS_A_TURN:
        doing()
        done += 1
    return done / (perf_counter() - begun)
