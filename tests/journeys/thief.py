"""Who has stolen one node: its keystore, its login, the memory of its processes; and besides, every row of the database.

What the thief can open is worked out to the end: whatever a key opens is tried as a key on everything, each thing in the one
context it was sealed in (another context refuses also the right key: tests/proof/test_swaps.py).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from casehub.vault import hybrid
from casehub.vault.box import KEY_BYTES, BoxRefused, open_box
from casehub.vault.encoding import context
from casehub.vault.keystore import FileKeyset
from casehub.vault.sealing import Place, item_context, own_context

Try = Callable[[bytes], bytes]  # a key -> what it opens; BoxRefused otherwise
READ_AT_ONCE = 16 << 20


@dataclass(slots=True)
class Loot:
    """All that was opened, and the keys among it."""

    keys: set[bytes] = field(default_factory=set)
    texts: set[bytes] = field(default_factory=set)

    def holds(self, text: str) -> bool:
        """Whether some of it says `text`."""
        return any(text.encode() in opened for opened in self.texts)


def steal(keyset: FileKeyset, everything: Connection[object]) -> Loot:
    """All that the keystore's KEKs open of all that the database holds."""
    loot = Loot()
    fresh = {kek for name in keyset.authorities() for kek in keyset.export(name).keks[name].values()}
    things = list(_things(everything, keyset.installation))
    while fresh:
        loot.keys |= fresh
        opened = {text for key in fresh for thing in things if (text := _opened(thing, key)) is not None}
        loot.texts |= opened
        fresh = {text for text in opened if len(text) == KEY_BYTES} - loot.keys
    return loot


def _opened(thing: Try, key: bytes) -> bytes | None:
    with suppress(BoxRefused):
        return thing(key)
    return None


def _things(everything: Connection[object], installation: str) -> Iterator[Try]:
    """All that is sealed, each in its context; a receiving key's seed is tried as the private key it is."""

    def rows(table: str) -> list[dict]:
        with everything.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(SQL("SELECT * FROM {}").format(Identifier(table))).fetchall()

    def box(bound_to: bytes, sealed: bytes) -> Try:
        return lambda key: open_box(key, bound_to, sealed)

    for row in rows("authority_key"):
        inner = context(
            "authority-key", row["authority_id"], row["purpose"], row["version"], row["public"] or b""
        )
        yield box(
            context("kek", installation, row["authority_id"], row["kek_version"], inner), row["wrapped"]
        )
    compartments = {row["id"]: row for row in rows("compartment")}
    for row in compartments.values():
        fields = (row["id"], row["case_id"], row["authority_id"], row["key_version"])
        yield box(context("compartment", *fields), row["wrapped"])
    for row in rows("item_grant"):
        if row["form"] == "compartment":
            of = compartments[row["compartment_id"]]
            fields = (of["id"], of["case_id"], of["authority_id"], row["item_version_id"])
            yield box(context("item-key", *fields), row["wrapped"])
            continue
        names = (
            "case_id",
            "item_id",
            "item_version_id",
            "granted_by",
            "granted_to",
            "disclosure_id",
            "key_version",
        )
        info = context("grant", *(row[name] for name in names))
        yield lambda seed, info=info, sealed=row["wrapped"]: hybrid.open_with(
            hybrid.private_from_seed(seed), info, sealed
        )
    for row in rows("item_version"):
        place = Place(row["authority_id"], "item_version", "sealed", row["id"], row["version"])
        yield box(item_context(place, row["case_id"]), row["sealed"])
    for row in rows("draft"):
        place = Place(row["authority_id"], "draft", "sealed", row["id"], 1)
        yield box(own_context(place, row["key_version"]), row["sealed"])


def in_memory(processes: Iterable[psutil.Popen], wanted: Iterable[bytes]) -> set[bytes]:
    """Which of `wanted` stand in the memory of the processes and of those they started."""
    found: set[bytes] = set()
    for process in processes:
        for each in (process, *process.children(recursive=True)):
            for region in _memory(each.pid):
                found |= {text for text in wanted if text in region}
    return found


def _memory(pid: int) -> Iterator[bytes]:
    """What can be written to, where everything lives that is not code; long regions in parts that overlap."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            for at in range(begin, end, READ_AT_ONCE):
                with suppress(OSError, ValueError):  # given back meanwhile, or the kernel's own
                    memory.seek(at)
                    yield memory.read(min(READ_AT_ONCE + 4096, end - at))
