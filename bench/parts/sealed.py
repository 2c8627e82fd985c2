"""A case as its rows hold it: 20 notes of 1 KB of one authority, and another authority to disclose them to. Invented."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

from casehub.vault.authority_keys import KeyRing, create_authority_keys, create_next_key, unlock
from casehub.vault.keystore import FileKeyset
from casehub.vault.opening import CompartmentKey, open_item, opened
from casehub.vault.sealing import Place, SealedItem, WrappedCompartment, new_compartment, seal_item

OWNER, RECIPIENT = "politi", "psykiatri"
NOTES, NOTE = 20, "Borgeren åbnede døren og talte roligt. " * 26  # about 1 KB each


@dataclass(frozen=True, slots=True)
class Row:
    """What the database holds of one item version."""

    id: UUID
    version: int
    sealed: bytes
    sha256: bytes
    wrap: bytes


@dataclass(frozen=True, slots=True)
class SealedCase:
    """The compartment is under an older working key than the ring's newest."""

    ring: KeyRing
    compartment: WrappedCompartment
    theirs: WrappedCompartment
    notes: tuple[Row, ...]

    def seal(self, texts: list[bytes], ids: list[UUID]) -> list[SealedItem]:
        """Seal new items under these ids, in one unit of work."""
        with opened(self.ring, self.compartment) as own:
            return [
                seal_item(own, place=Place(OWNER, "item_version", "sealed", row_id, 1), plaintext=text)
                for text, row_id in zip(texts, ids, strict=True)
            ]

    def open(self, rows: tuple[Row, ...]) -> list[bytes]:
        """Open items by the owner's compartment, in one unit of work."""
        with opened(self.ring, self.compartment) as own:
            return [
                open_item(
                    self.ring,
                    place=Place(OWNER, "item_version", "sealed", row.id, row.version),
                    sealed=row.sealed,
                    sha256=row.sha256,
                    key=CompartmentKey(own, row.wrap),
                )
                for row in rows
            ]


@contextmanager
def sealed_case() -> Iterator[SealedCase]:
    """Make one; the keyset is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="casehub-bench-") as home:
        keyset = FileKeyset.create(Path(home) / "keystore.json")
        keys = [key for name in (OWNER, RECIPIENT) for key in create_authority_keys(keyset, name)]
        older, case_id = unlock(keyset, authorities=None, keys=keys), uuid4()
        own, theirs = (
            new_compartment(older, authority=name, case_id=case_id, compartment_id=uuid4())
            for name in (OWNER, RECIPIENT)
        )
        keys.append(create_next_key(keyset, authority=OWNER, purpose="working", keys=keys))
        ring = unlock(keyset, authorities=None, keys=keys)
        case, ids = SealedCase(ring, own, theirs, ()), [uuid4() for _ in range(NOTES)]
        yield replace(case, notes=as_rows(case.seal([NOTE.encode()] * NOTES, ids), ids))


def as_rows(items: list[SealedItem], ids: list[UUID]) -> tuple[Row, ...]:
    """As the database would hold them."""
    pairs = zip(ids, items, strict=True)
    return tuple(Row(row_id, 1, item.sealed, item.sha256, item.owner_wrap) for row_id, item in pairs)
