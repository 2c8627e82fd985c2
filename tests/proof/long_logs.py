"""Logs of any length for proofs: entries as casehub writes them, copied in by the superuser, numbered and signed."""

import random
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from psycopg import connect

from casehub.audit import Entry, Event, ObjectRef, Outcome
from tests.house import House

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AUTHORITIES = ("politi", "kommune", "psykiatri")
KINDS = ("case", "identity", "note", "step")
AT_A_TIME = 50_000


def entries(
    count: int, *, seed: int, begin: datetime = BEGIN, authorities: Sequence[str] = AUTHORITIES
) -> Iterator[Entry]:
    """Invented entries with objects of several authorities, a second apart; the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        case = UUID(int=chance.getrandbits(128))
        objects = tuple(
            ObjectRef(
                chance.choice(KINDS), str(UUID(int=chance.getrandbits(128))), case, chance.choice(authorities)
            )
            for _ in range(chance.randrange(3))
        )
        yield Entry(
            id=UUID(int=(1 << 100) + (seed << 64) + number),
            at=begin + timedelta(seconds=number),
            event=chance.choice((Event.CASE_READ, Event.CASE_LISTED, Event.STEP_READ)),
            outcome=Outcome.ALLOWED,
            request_id=f"{chance.getrandbits(64):x}",
            actor_id=UUID(int=chance.getrandbits(128)),
            authority=chance.choice(authorities),
            objects=objects,
            policies=("staff-read-their-cases",),
        )


def write_log(
    house: House,
    count: int,
    *,
    checkpoints: int,
    seed: int = 1,
    begin: datetime = BEGIN,
    authorities: Sequence[str] = AUTHORITIES,
) -> None:
    """Write `count` entries in as many parts as there shall be checkpoints, each part numbered and signed."""
    made = entries(count, seed=seed, begin=begin, authorities=authorities)
    for part in range(checkpoints):
        left = count * (part + 1) // checkpoints - count * part // checkpoints
        while left:
            batch = [next(made) for _ in range(min(left, AT_A_TIME))]
            copy_in(house.database.superuser_url, batch)
            left -= len(batch)
        house.runtime.keep_log()


def copy_in(url: str, batch: list[Entry]) -> None:
    """Entries that are committed and not numbered yet, with nothing checked."""
    kept = [(entry, secrets.token_bytes(32), entry.content()) for entry in batch]
    with connect(url) as superuser, superuser.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica"
        )  # one check of 50,000 rows each is not what is tried
        with cursor.copy("COPY audit_commitment (id, leaf) FROM STDIN") as copy:
            for entry, nonce, content in kept:
                copy.write_row((entry.id, sha256(nonce + content).digest()))
        columns = "entry_id, nonce, content, at, actor_id, authority_id, unit_id, event, outcome, concerned"
        with cursor.copy(f"COPY audit_content ({columns}) FROM STDIN") as copy:
            for entry, nonce, content in kept:
                copy.write_row((
                    entry.id, nonce, content, entry.at, entry.actor_id, entry.authority, entry.unit,
                    entry.event.value, entry.outcome.value, entry.concerned,
                ))  # fmt: skip
        with cursor.copy(
            "COPY audit_object (entry_id, position, case_id, authority_id, kind, object_id) FROM STDIN"
        ) as copy:
            for entry, _, _ in kept:
                for position, ref in enumerate(entry.objects):
                    copy.write_row((entry.id, position, ref.case_id, ref.authority, ref.kind, ref.id))
