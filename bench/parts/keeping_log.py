"""The log behind the entries: numbering and signing them, and checking them, each by turns with its floor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter

from psycopg import Connection, connect
from sqlalchemy import text

from casehub.audit.checking import check_log
from casehub.audit.sequencing import sequence
from casehub.transparency.notes import VerifierKey
from casehub.transparency.verifying import verify_export
from tests.house import House
from tests.proof.long_logs import copy_in, entries
from tests.story import engine

ROUNDS = 5
BATCH = 4_000
Doing = Callable[[], object]
# the same rows into a table with the same indexes and the same foreign key, numbers and hashes given
FLOOR = """
    CREATE TABLE floor_leaf (LIKE audit_leaf INCLUDING ALL);
    ALTER TABLE floor_leaf ADD FOREIGN KEY (commitment_id) REFERENCES audit_commitment (id);
"""
GIVEN = """
    CREATE TEMPORARY TABLE given AS SELECT row_number() OVER (ORDER BY txid, id) + :first AS position, id,
        sha256('\\x00'::bytea || leaf) AS leaf
    FROM audit_commitment c WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.commitment_id = c.id)
"""
ROWS = """
    SELECT k.nonce, k.content, c.leaf, l.position, l.leaf, k.entry_id, k.at, k.actor_id, k.authority_id, k.unit_id, k.event,
           k.outcome, k.concerned
    FROM audit_leaf l JOIN audit_commitment c ON c.id = l.commitment_id
    JOIN audit_content k ON k.entry_id = l.commitment_id ORDER BY l.position
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many entries a second, of ours and of the floor (medians), and the lowest and highest share of a round."""

    what: str
    floor: str
    ours: float
    bare: float
    low: float
    high: float


def keeping(house: House) -> Iterator[Rate]:
    """Numbering entries that were committed, and numbering and signing them."""
    made = entries(2 * (ROUNDS + 1) * BATCH, seed=7)
    floor = f"INSERT of {BATCH:,} rows into a like table, COMMIT"
    with connect(house.database.superuser_url) as superuser:
        superuser.execute(FLOOR)
        superuser.commit()
        for what, keep in (
            ("number entries", partial(_number, house)),
            ("number and sign them", house.runtime.keep_log),
        ):
            yield _by_turns(
                what,
                keep,
                floor,
                partial(_insert, superuser),
                count=BATCH,
                before=lambda: _more(house, superuser, made),
            )
            house.runtime.keep_log()


def checking(house: House, directory: Path) -> Iterator[Rate]:
    """Checking the log where it lies, and from an export of it."""
    signer = house.runtime.log_signer
    assert signer is not None  # noqa: S101 (the house has it)
    keys = (VerifierKey(signer.origin, signer.public),)
    with (
        engine(house.database.superuser_url).connect() as connection,
        connect(house.database.superuser_url) as bare,
    ):
        count = connection.scalar(text("SELECT count(*) FROM audit_leaf")) or 0
        connection.commit()
        floor = f"SELECT of {count:,} leaves with their contents, and SHA-256 of them"
        ours = partial(_check, lambda: check_log(connection, keys=keys))
        yield _by_turns("check in the database", ours, floor, partial(_select, bare), count=count)
        given = bare.execute(
            "SELECT c.leaf, k.nonce || k.content FROM audit_commitment c JOIN audit_content k ON k.entry_id = c.id"
        )
        hashed = given.fetchall()
    ours = partial(_check, lambda: verify_export(directory, keys=keys))
    yield _by_turns("check an export", ours, "SHA-256 of the same contents, leaves and nodes", partial(_hash, hashed),
                    count=count)  # fmt: skip


def _by_turns(
    what: str, ours: Doing, floor: str, bare: Doing, *, count: int, before: Doing = lambda: None
) -> Rate:
    """Each round: what is needed is made ready, then the floor, then ours. The first round warms up."""
    rounds = []
    for _ in range(ROUNDS + 1):
        before()
        rounds.append((_seconds(bare), _seconds(ours)))
    shares = [floor_seconds / seconds for floor_seconds, seconds in rounds[1:]]
    seconds = [median(column) for column in zip(*rounds[1:], strict=True)]
    return Rate(what, floor, count / seconds[1], count / seconds[0], min(shares), max(shares))


def _seconds(doing: Doing) -> float:
    begun = perf_counter()
    doing()
    return perf_counter() - begun


def _more(house: House, superuser: Connection[tuple[object, ...]], made: Iterator[object]) -> None:
    copy_in(house.database.superuser_url, list(islice(made, BATCH)))  # type: ignore[arg-type]
    superuser.execute("DROP TABLE IF EXISTS given")
    superuser.execute(GIVEN.replace(":first", "(SELECT coalesce(max(position), 0) FROM floor_leaf)"))
    superuser.commit()


def _insert(superuser: Connection[tuple[object, ...]]) -> None:
    superuser.execute("INSERT INTO floor_leaf SELECT position, id, leaf FROM given")
    superuser.commit()


def _number(house: House) -> None:
    with house.runtime.read_tree() as session:
        sequence(session)


def _check(doing: Callable[[], object]) -> None:
    findings = doing().findings  # type: ignore[attr-defined]
    if findings:
        raise ValueError(findings[0])


def _select(bare: Connection[tuple[object, ...]]) -> None:
    for row in bare.execute(ROWS):
        sha256(row[0] + row[1]).digest()  # type: ignore[operator]
        sha256(b"\x00" + row[2]).digest()  # type: ignore[operator]
    bare.commit()


def _hash(rows: list[tuple[bytes, bytes]]) -> None:
    for leaf, content in rows:
        sha256(content).digest()
        node = sha256(b"\x00" + leaf).digest()
        sha256(b"\x01" + node + leaf).digest()
