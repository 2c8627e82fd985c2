"""The byte format is what docs/sealing-format.md says: fixed vectors, read by the vault and by an independent reader."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

import tests.vault.sealing_format_reader as reader
from casehub.vault import encoding
from casehub.vault.authority_keys import KeyRing, WrappedKey, unlock
from casehub.vault.blind_index import token
from casehub.vault.box import open_box
from casehub.vault.keystore import FileKeyset
from casehub.vault.opening import (
    CompartmentKey,
    OpenCompartment,
    ReceivedKey,
    open_for_authority,
    open_item,
    open_stream,
)
from casehub.vault.rewrapping import GrantBinding, SignedGrant
from casehub.vault.sealing import Place, WrappedCompartment
from casehub.vault.streams import CHUNK_BYTES, StreamSealer, digest_of
from tests.vault.vault_house import NOTE, House, Note

VECTORS = Path(__file__).parents[2] / "docs" / "sealing-format-vectors.json"
HEX = {
    *("wrapped", "public", "public_signature", "secret", "key", "sealed", "sha256", "owner_wrap", "item_key"),
    *("signature", "accepted", "token", "context", "box", "bytes"),
}
IDS = {"id", "case_id", "item_id", "item_version_id", "disclosure_id", "row_id", "uuid"}


def _typed(pairs: list[tuple[str, object]]) -> dict:
    def value(name: str, raw: object) -> object:
        if isinstance(raw, str) and name in HEX:
            return bytes.fromhex(raw)
        return UUID(raw) if isinstance(raw, str) and name in IDS else raw

    keyset = any(name == "format" for name, _ in pairs)
    return {name: raw if keyset else value(name, raw) for name, raw in pairs}


@pytest.fixture(scope="module")
def vectors() -> dict:
    return json.loads(VECTORS.read_text(), object_pairs_hook=_typed)


@pytest.fixture
def keyset(vectors: dict, tmp_path: Path) -> FileKeyset:
    path = tmp_path / "keystore.json"
    for target, text in (
        (path, json.dumps(vectors["keyset"]["file"])),
        (tmp_path / "other.key", vectors["keyset"]["key_file"]),
    ):
        target.write_text(text)
        target.chmod(0o600)
    return FileKeyset.open(path, key_file=tmp_path / "other.key")


@pytest.fixture
def ring(vectors: dict, keyset: FileKeyset) -> KeyRing:
    rows = [
        {name: value for name, value in row.items() if name != "secret"} for row in vectors["authority_keys"]
    ]
    return unlock(keyset, authorities=None, keys=[WrappedKey(**row) for row in rows])


def _compartment(row: dict) -> WrappedCompartment:
    return WrappedCompartment(**{name: value for name, value in row.items() if name != "key"})


def _secret(vectors: dict, authority: str, purpose: str) -> bytes:
    rows = vectors["authority_keys"]
    return next(r["secret"] for r in rows if (r["authority"], r["purpose"]) == (authority, purpose))


def _public(vectors: dict, authority: str) -> bytes:
    rows = vectors["authority_keys"]
    return next(r["public"] for r in rows if (r["authority"], r["purpose"]) == (authority, "signing"))


def test_contexts_and_boxes_are_the_fixed_ones(vectors: dict) -> None:
    example, box = vectors["context"], vectors["box"]
    fields = (example["text"], example["integer"], example["uuid"], example["bytes"])
    assert encoding.context(example["label"], *fields) == example["context"]
    assert reader.context(example["label"], *fields) == example["context"]
    plaintext = bytes.fromhex(box["plaintext"])
    assert open_box(box["key"], box["context"], box["box"]) == plaintext
    assert reader.open_box(box["key"], box["context"], box["box"]) == plaintext


def test_the_vault_opens_every_vector(vectors: dict, ring: KeyRing) -> None:
    own, police = (_compartment(row) for row in vectors["compartments"])
    item, grant = vectors["item"], vectors["grant"]
    received = ReceivedKey(
        GrantBinding(**grant["binding"]),
        SignedGrant(grant["wrapped"], grant["key_version"], grant["signing_version"], grant["signature"]),
    )
    for key in (
        CompartmentKey(OpenCompartment(ring, own), item["owner_wrap"]),
        received,
        CompartmentKey(OpenCompartment(ring, police), grant["accepted"]),
    ):
        opened = open_item(
            ring, place=Place(**item["place"]), sealed=item["sealed"], sha256=item["sha256"], key=key
        )
        assert opened.decode() == item["plaintext"]
    draft = vectors["own"]
    opened = open_for_authority(
        ring, place=Place(**draft["place"]), key_version=draft["key_version"], sealed=draft["sealed"]
    )
    assert opened.decode() == draft["plaintext"]
    expected = vectors["token"]
    name = {part: expected[part] for part in ("authority", "purpose", "field", "value")}
    assert token(ring, **name) == (expected["key_version"], expected["token"])


def test_the_independent_reader_opens_the_keysets(vectors: dict) -> None:
    for name, how in (("keyset", "key_file"), ("passphrase_keyset", "passphrase")):
        keyset = vectors[name]
        inner = reader.open_keyset(keyset["file"], **{how: keyset[how]})
        keks = {
            a: {v: reader.base64.b64decode(k).hex() for v, k in vs.items()} for a, vs in inner["keks"].items()
        }
        assert keks == keyset["keks"]


def test_the_vault_opens_the_passphrase_keyset(vectors: dict, keyset_path: Path) -> None:
    keyset_path.write_text(json.dumps(vectors["passphrase_keyset"]["file"]))
    keyset_path.chmod(0o600)
    opened = FileKeyset.open(keyset_path, passphrase=vectors["passphrase_keyset"]["passphrase"])
    assert opened.authorities() == {"politi"}


def test_the_independent_reader_opens_every_vector(vectors: dict) -> None:
    installation = vectors["keyset"]["file"]["installation"]
    publics = {
        (row["authority"], row["version"]): row["public"]
        for row in vectors["authority_keys"]
        if row["purpose"] == "signing"
    }
    for row in vectors["authority_keys"]:
        kek = bytes.fromhex(vectors["keyset"]["keks"][row["authority"]][str(row["kek_version"])])
        assert reader.unwrap_authority_key(kek, installation, row) == row["secret"]
        if row["public"]:
            reader.check_public(installation, row, publics)
    for row in vectors["compartments"]:
        assert reader.open_compartment(_secret(vectors, row["authority"], "working"), row) == row["key"]
    own, police = vectors["compartments"]
    item, grant = vectors["item"], vectors["grant"]
    version = item["place"]["row_id"]
    item_keys = {
        reader.unwrap_item_key(own["key"], own, version, item["owner_wrap"]),
        reader.unwrap_item_key(police["key"], police, version, grant["accepted"]),
        reader.open_grant(
            _secret(vectors, "politi", "receiving"), _public(vectors, "psykiatri"), grant["binding"], grant
        ),
    }
    assert item_keys == {item["item_key"]}
    opened = reader.open_item(item["item_key"], item["place"], own["case_id"], item["sealed"], item["sha256"])
    assert opened.decode() == item["plaintext"]
    draft = vectors["own"]
    opened = reader.open_own(
        _secret(vectors, "politi", "working"), draft["place"], draft["key_version"], draft["sealed"]
    )
    assert opened.decode() == draft["plaintext"]
    named = vectors["token"]
    index_key = _secret(vectors, named["authority"], "index")
    name = (named["authority"], named["purpose"], named["field"], named["key_version"])
    assert reader.token(index_key, name, named["value"]) == named["token"]


def test_the_vault_and_the_independent_reader_open_the_files_chunks(vectors: dict, ring: KeyRing) -> None:
    """The vector's chunks are short, so that they fit on a page: a chunk's length is the writer's to keep."""
    own, _ = (_compartment(row) for row in vectors["compartments"])
    item, stream = vectors["item"], vectors["stream"]
    chunks = [bytes.fromhex(chunk) for chunk in stream["chunks"]]
    key = CompartmentKey(OpenCompartment(ring, own), item["owner_wrap"])
    opener = open_stream(ring, place=Place(**stream["place"]), key=key)
    opened = [
        opener.open(n, chunk, last=n == len(chunks) - 1, recorded=sha256(chunk).digest())
        for n, chunk in enumerate(chunks)
    ]
    assert b"".join(opened).decode() == stream["plaintext"]
    assert digest_of(sha256(chunk).digest() for chunk in chunks) == stream["sha256"]
    assert opened == reader.open_chunks(
        item["item_key"], stream["place"], own.case_id, chunks, stream["sha256"]
    )
    for wrong in (chunks[:-1], chunks[::-1], [*chunks, chunks[-1]]):
        with pytest.raises(reader.Refused):
            reader.open_chunks(item["item_key"], stream["place"], own.case_id, wrong, stream["sha256"])
        digest = digest_of(sha256(chunk).digest() for chunk in wrong)
        with pytest.raises(InvalidTag):
            reader.open_chunks(item["item_key"], stream["place"], own.case_id, wrong, digest)


def test_the_independent_reader_reads_a_file_that_the_vault_seals_today(house: House, note: Note) -> None:
    place = {**asdict(note.place), "table": "file_chunk"}
    sealer = StreamSealer(Place(**place), note.case_id)
    chunks = [sealer.seal(b"a" * CHUNK_BYTES, last=False), sealer.seal(b"slut", last=True)]
    digest = digest_of(sha256(chunk).digest() for chunk in chunks)
    opened = reader.open_chunks(sealer._item_key, place, note.case_id, chunks, digest)
    assert opened == [b"a" * CHUNK_BYTES, b"slut"]


def test_the_independent_reader_opens_what_the_vault_seals_today(house: House, note: Note) -> None:
    rows = {(key.authority, key.purpose): asdict(key) for key in house.keys}
    path = house.keyset._path
    inner = reader.open_keyset(
        json.loads(path.read_text()), key_file=path.with_name(path.name + ".key").read_text()
    )

    def secret(authority: str, purpose: str) -> bytes:
        kek = reader.base64.b64decode(inner["keks"][authority]["1"])
        return reader.unwrap_authority_key(kek, house.keyset.installation, rows[authority, purpose])

    own = asdict(note.own)
    item_key = reader.unwrap_item_key(
        reader.open_compartment(secret("psykiatri", "working"), own),
        own,
        note.place.row_id,
        note.item.owner_wrap,
    )
    granted = reader.open_grant(
        secret("politi", "receiving"),
        rows["psykiatri", "signing"]["public"],
        asdict(note.binding),
        asdict(note.grant),
    )
    assert granted == item_key
    opened = reader.open_item(item_key, asdict(note.place), note.case_id, note.item.sealed, note.item.sha256)
    assert opened == NOTE
