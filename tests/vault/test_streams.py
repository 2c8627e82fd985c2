"""A file's chunks open in their own file, at their own number and end, and nowhere else; nothing else opens at all."""

import pickle
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from casehub.vault.opening import (
    CompartmentKey,
    OpeningError,
    ReceivedKey,
    StreamOpener,
    open_item,
    open_stream,
)
from casehub.vault.rewrapping import GrantBinding, grant_item
from casehub.vault.sealing import (
    OpenCompartment,
    Place,
    SealedItem,
    WrappedCompartment,
    new_compartment,
    opened,
)
from casehub.vault.streams import CHUNK_BYTES, StreamSealer, digest_of
from tests.vault.vault_house import House

CHUNKS = (b"a" * CHUNK_BYTES, b"b" * CHUNK_BYTES, b"slut")


class File:
    """A file of psychiatry: its sealed chunks, and the item that names them."""

    def __init__(self, house: House, compartment: WrappedCompartment) -> None:
        self.compartment = compartment
        self.version = uuid4()
        sealer = StreamSealer(self.place("file_chunk"), compartment.case_id)
        self.sealed = [sealer.seal(chunk, last=chunk is CHUNKS[-1]) for chunk in CHUNKS]
        with opened(house.ring, compartment) as own:
            self.item: SealedItem = sealer.seal_item(own, place=self.place("item_version"), plaintext=b"{}")

    def place(self, table: str, version: UUID | None = None) -> Place:
        return Place("psykiatri", table, "sealed", version or self.version, 1)

    def opener(self, house: House) -> StreamOpener:
        key = CompartmentKey(
            OpenCompartment(house.ring_of("psykiatri"), self.compartment), self.item.owner_wrap
        )
        return open_stream(house.ring_of("psykiatri"), place=self.place("file_chunk"), key=key)


@pytest.fixture
def compartment(house: House) -> WrappedCompartment:
    return new_compartment(house.ring, authority="psykiatri", case_id=uuid4(), compartment_id=uuid4())


@pytest.fixture
def file(house: House, compartment: WrappedCompartment) -> File:
    return File(house, compartment)


def open_with(opener: StreamOpener, number: int, sealed: bytes, *, last: bool) -> bytes:
    return opener.open(number, sealed, last=last, recorded=sha256(sealed).digest())


def test_the_owner_opens_every_chunk_and_the_content_under_one_key(house: House, file: File) -> None:
    opener = file.opener(house)
    chunks = [open_with(opener, n, sealed, last=n == 2) for n, sealed in enumerate(file.sealed)]
    assert tuple(chunks) == CHUNKS
    content = open_item(
        house.ring,
        place=file.place("item_version"),
        sealed=file.item.sealed,
        sha256=file.item.sha256,
        key=CompartmentKey(OpenCompartment(house.ring, file.compartment), file.item.owner_wrap),
    )
    assert content == b"{}"


def test_who_was_granted_the_item_opens_its_chunks_and_nobody_else(house: House, file: File) -> None:
    binding = GrantBinding(file.compartment.case_id, uuid4(), file.version, "psykiatri", "politi", uuid4())
    grant = grant_item(
        house.ring, binding=binding, compartment=file.compartment, owner_wrap=file.item.owner_wrap
    )
    key = ReceivedKey(binding, grant)
    opener = open_stream(house.ring_of("politi"), place=file.place("file_chunk"), key=key)
    assert open_with(opener, 2, file.sealed[2], last=True) == CHUNKS[2]
    with pytest.raises(OpeningError, match="holds no such key"):
        open_stream(house.ring_of("kommune"), place=file.place("file_chunk"), key=key)


@pytest.mark.parametrize(
    ("number", "taken", "last"),
    [(0, 1, False), (1, 0, False), (1, 2, True), (1, 1, True), (2, 2, False), (3, 2, True), (0, 2, True)],
    ids=["later", "earlier", "last moved up", "cut after it", "made to go on", "last again", "alone"],
)
def test_a_chunk_moved_repeated_or_made_the_last_is_refused(
    house: House, file: File, number: int, taken: int, last: bool
) -> None:
    with pytest.raises(OpeningError):
        open_with(file.opener(house), number, file.sealed[taken], last=last)


def test_a_chunk_of_another_file_version_or_case_is_refused(
    house: House, file: File, compartment: WrappedCompartment
) -> None:
    other = File(house, compartment)
    with pytest.raises(OpeningError):
        open_with(file.opener(house), 0, other.sealed[0], last=False)
    key = CompartmentKey(OpenCompartment(house.ring, compartment), file.item.owner_wrap)
    for place in (
        Place("psykiatri", "file_chunk", "sealed", file.version, 2),
        Place("psykiatri", "item_version", "sealed", file.version, 1),
        Place("politi", "file_chunk", "sealed", file.version, 1),
    ):
        with pytest.raises(OpeningError):
            open_with(open_stream(house.ring, place=place, key=key), 0, file.sealed[0], last=False)
    with pytest.raises(OpeningError):
        open_stream(house.ring, place=other.place("file_chunk"), key=key)


@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_changed_chunk_is_refused_before_and_after_its_digest_was_changed_too(
    house: House, file: File, at: int
) -> None:
    changed = bytearray(file.sealed[0])
    changed[at] ^= 1
    opener = file.opener(house)
    with pytest.raises(OpeningError, match="recorded"):
        opener.open(0, bytes(changed), last=False, recorded=sha256(file.sealed[0]).digest())
    with pytest.raises(OpeningError, match="does not open"):
        open_with(opener, 0, bytes(changed), last=False)


def test_one_who_holds_the_key_cannot_put_another_chunk_in_its_place(house: House, file: File) -> None:
    """The recorded digest is what stands against a recipient who also writes to the database."""
    opener = file.opener(house)
    forged = opener._aead.encrypt(bytes(11) + b"\1", b"andet", opener._context)
    assert open_with(opener, 0, forged, last=True) == b"andet"
    with pytest.raises(OpeningError, match="recorded"):
        opener.open(0, forged, last=True, recorded=sha256(file.sealed[0]).digest())


def test_a_sealer_takes_whole_chunks_one_last_and_none_after_it(house: House, file: File) -> None:
    sealer = StreamSealer(file.place("file_chunk"), uuid4())
    for chunk, last in ((b"kort", False), (b"", True), (bytes(CHUNK_BYTES + 1), True)):
        with pytest.raises(ValueError, match="cannot be chunk 0"):
            sealer.seal(chunk, last=last)
    with pytest.raises(ValueError, match="no last chunk"):
        sealer.seal_item(
            OpenCompartment(house.ring, file.compartment), place=file.place("item_version"), plaintext=b""
        )
    sealer.seal(b"alt", last=True)
    with pytest.raises(ValueError, match="cannot be chunk 1"):
        sealer.seal(b"mere", last=True)


def test_neither_end_of_a_stream_shows_or_gives_away_its_key(house: House, file: File) -> None:
    for end in (StreamSealer(file.place("file_chunk"), uuid4()), file.opener(house)):
        assert repr(end) in {"<StreamSealer>", "<StreamOpener>"}
        with pytest.raises(TypeError, match="cannot be copied"):
            pickle.dumps(end)


def test_the_digest_of_the_chunks_is_of_their_order_and_number() -> None:
    one, two = sha256(b"1").digest(), sha256(b"2").digest()
    assert len({digest_of(given) for given in ([one, two], [two, one], [one], [one, two, two])}) == 4
