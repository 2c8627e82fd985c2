"""Several processes that append entries at the same time, and the same processes writing the same bytes by the driver alone.

The floors are three INSERTs and a COMMIT: into the very tables, with their triggers, by a superuser whom row security does
not concern; and into copies with the same columns and indexes and nothing else. All writers do the one thing, then all
the next, by turns. They share the processors with the server, as a node does; beside the rate stands the processor time of
an entry, of writer and server together, which what else the machine does changes less.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID

import psutil
from parts.cases import REFERRER
from psycopg import Connection, connect

from casehub.access.actor import Actor
from casehub.audit import Entry, Event, ObjectRef, Outcome, append_entry
from casehub.model import new_id
from tests.databases import Database
from tests.house import START, House, live_in

WRITERS = 8
ROUNDS = 5
SECONDS_A_TURN = 1.0
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
Doing = Callable[[], None]


class Turn(NamedTuple):
    """What one writer, or all of them, did in one turn: entries a second, entries, seconds of processors."""

    rate: float
    done: float
    busy: float


@dataclass(frozen=True, slots=True)
class Figure:
    """Medians of the rounds: `rates` and `busy` (processor time of an entry, in seconds) of casehub, of INSERTs into the
    very tables, and into copies. `shares`: casehub's rate by that of the second, lowest and highest of a round.
    """

    length: int
    rates: tuple[float, ...]
    busy: tuple[float, ...]
    shares: tuple[float, float]


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


def measure(house: House, case_id: UUID, objects: int) -> Figure:
    """Of entries that name so many objects."""
    task = Task(house.database, house.runtime.config.home, case_id, objects)
    processes = get_context("spawn")
    barrier, results = processes.Barrier(WRITERS), processes.Queue()
    writers = [processes.Process(target=_write, args=(task, barrier, results)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    told: list[tuple[int, list[list[Turn]]]] = [results.get() for _ in writers]
    for writer in writers:
        writer.join()
    # of each round and way, all writers together
    rounds = [
        [Turn(*map(sum, zip(*together, strict=True))) for together in zip(*same, strict=True)]
        for same in zip(*(turns for _, turns in told), strict=True)
    ]
    shares = [ours.rate / same.rate for ours, same, _ in rounds]
    ways = list(zip(*rounds, strict=True))
    return Figure(
        told[0][0],
        tuple(median(turn.rate for turn in way) for way in ways),
        tuple(median(turn.busy / turn.done for turn in way) for way in ways),
        (min(shares), max(shares)),
    )


def _write(task: Task, barrier: Barrier, results: Any) -> None:
    """One writer: its turns of entries, and of INSERTs into the very tables and into copies, round by round."""
    with live_in(task.database, task.home) as house:
        actor = house.actor(REFERRER)
        refs = tuple(
            ObjectRef("note", str(new_id()), task.case_id, actor.authority) for _ in range(task.objects)
        )
        with (
            house.runtime.work(actor) as ctx,
            connect(task.database.superuser_url) as same,
            connect(task.database.app_url, options="-c search_path=floor") as copies,
        ):

            def append() -> None:
                append_entry(ctx.session, _entry(actor, refs))
                ctx.session.commit()

            pid = ctx.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            ctx.session.commit()
            values = _values(actor, refs)
            ways = (
                (append, pid),
                (_bare(same, values), same.info.backend_pid),
                (_bare(copies, values), copies.info.backend_pid),
            )
            rounds = [[_turn(way, pid, barrier) for way, pid in ways] for _ in range(ROUNDS + 1)]
    results.put((len(values["content"]), rounds[1:]))  # the first warms up


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


def _bare(connection: Connection[Any], values: Mapping[str, Any]) -> Doing:
    def insert() -> None:
        fresh = {**values, "id": new_id()}
        for statement in (COMMITMENT, CONTENT, OBJECTS):
            connection.execute(statement, fresh)
        connection.commit()

    return insert


def _turn(doing: Doing, backend: int, barrier: Barrier) -> Turn:
    """`backend`: the server's process for this writer."""
    barrier.wait()
    begun, used, done = time.perf_counter(), _used(backend), 0
    while time.perf_counter() - begun < SECONDS_A_TURN:
        doing()
        done += 1
    return Turn(done / (time.perf_counter() - begun), done, _used(backend) - used)


def _used(backend: int) -> float:
    """Seconds of processors used so far, here and there."""
    there = psutil.Process(backend).cpu_times()
    return time.process_time() + there.user + there.system
