"""A file on its way: taken in as sealed chunks, given out as opened ones, never more of it in memory than one.

Made and driven by the gate, which decides and records. What is taken in holds no lock and keeps nobody waiting; it is
nothing until `Gate.write_case` has written the item it belongs to, in the same transaction.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casehub.access.rows import CaseRows
from casehub.model import FileChunk, ItemVersion, Sealed, new_id
from casehub.vault.opening import OpeningError, StreamOpener
from casehub.vault.sealing import Place
from casehub.vault.streams import CHUNK_BYTES, StreamSealer, digest_of


@dataclass(slots=True)
class Receiving:
    """A new file being taken in, stamped with the entry to come. `rows`: the case as it was decided on, not locked."""

    session: Session
    rows: CaseRows
    authority: str
    entry_id: UUID = field(default_factory=new_id)
    version_id: UUID = field(default_factory=new_id)
    sealer: StreamSealer = field(init=False)
    size: int = 0
    _digests: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        place = Place(self.authority, "file_chunk", "sealed", self.version_id, 1)
        self.sealer = StreamSealer(place, self.rows.case.id)

    def add(self, chunk: bytes, *, last: bool) -> None:
        """Seal and store the next chunk, as `in_chunks` cuts them."""
        sealed = self.sealer.seal(chunk, last=last)
        row = FileChunk(
            item_version_id=self.version_id,
            number=len(self._digests),
            authority_id=self.authority,
            sealed=Sealed(sealed),
            sha256=sha256(sealed).digest(),
        )
        self.session.add(row)
        self.session.flush()
        self.session.expunge(row)  # or the session would keep every chunk until the end
        self._digests.append(row.sha256)
        self.size += len(chunk)

    @property
    def chunks(self) -> int:
        """How many there are."""
        return len(self._digests)

    @property
    def digest(self) -> str:
        """The digest of all of them, as hex: in the item's content, and in the entry of its writing."""
        return digest_of(self._digests).hex()


def in_chunks(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cut bytes that come in pieces of any size into chunks; with each, whether it is the last. None of nothing."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > CHUNK_BYTES:  # a full one may be the last: it waits for more
            yield bytes(held[:CHUNK_BYTES]), False
            del held[:CHUNK_BYTES]
    if held:
        yield bytes(held), True


def stored_chunks(
    session: Session, opener: StreamOpener, version: ItemVersion, *, chunks: int, digest: str
) -> Iterator[bytes]:
    """Open a file's chunks one by one, each checked before it is given; a transaction for each, so that none waits for who reads.

    `chunks` and `digest` are what the item's own content says. OpeningError if what is stored is not that.
    """
    of_version = FileChunk.item_version_id == version.id
    digests = session.scalars(select(FileChunk.sha256).where(of_version).order_by(FileChunk.number)).all()
    session.commit()
    if len(digests) != chunks or digest_of(digests).hex() != digest:
        raise OpeningError(f"the chunks of item version {version.id} are not those that were written")
    for number, recorded in enumerate(digests):
        wanted = select(FileChunk.sealed).where(of_version, FileChunk.number == number)
        sealed = session.scalar(wanted)
        session.commit()
        if sealed is None:
            raise OpeningError(f"chunk {number} of item version {version.id} is gone")
        yield opener.open(number, sealed.ciphertext, last=number == chunks - 1, recorded=recorded)
