"""The tree as an outsider reads it over HTTP: checked here from the specifications alone, with none of our own code."""

import base64
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from psycopg import connect
from pymerkle import InmemoryTree

from casehub.audit import Event
from tests.house import House
from tests.web.acting import signed_in
from tests.web.browsing import Visitor
from tests.web.conftest import pages_of
from tests.witness.notaries import Notary, trusting


def happen(house: House, times: int) -> None:
    with house.runtime.work_as_operator() as ctx:
        for _ in range(times):
            with ctx.record(Event.ADMINISTRATION_READ):
                pass


def read(visitor: Visitor, path: str) -> bytes:
    answer = visitor.get(f"/log/{path}")
    assert answer.status_code == 200, path
    assert "Set-Cookie" not in answer.headers
    return answer.data


def test_an_outsider_reads_and_checks_the_whole_tree(house: House, app: Flask):
    visitor = Visitor(app)
    assert visitor.get("/log/checkpoint").status_code == 404
    happen(house, 300)
    house.runtime.keep_log()
    note = read(visitor, "checkpoint").decode()
    text, signature = note.split("\n\n")
    origin, size, root = text.split("\n")
    name, key_id, encoded = read(visitor, "key").decode().strip().split("+", 2)
    public = base64.b64decode(encoded)
    dash, signer, signed = signature.strip().split(" ")
    raw = base64.b64decode(signed)
    assert (dash, signer, name, public[0]) == ("—", origin, origin, 1)
    assert raw[:4].hex() == key_id == sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], f"{text}\n".encode())

    whole, part = divmod(int(size), 256)
    assert whole == 1
    bundles = read(visitor, "tile/entries/000") + read(visitor, f"tile/entries/001.p/{part}")
    assert len(bundles) == int(size) * 34
    tree = InmemoryTree(algorithm="sha256")
    for at in range(0, len(bundles), 34):
        assert bundles[at : at + 2] == b"\x00\x20"
        tree.append_entry(bundles[at + 2 : at + 34])
    assert tree.get_root() == base64.b64decode(root)
    hashes = read(visitor, "tile/0/000") + read(visitor, f"tile/0/001.p/{part}")
    assert [hashes[at : at + 32] for at in range(0, len(hashes), 32)] == [
        sha256(b"\x00" + bundles[at + 2 : at + 34]).digest() for at in range(0, len(bundles), 34)
    ]
    assert read(visitor, "tile/1/000.p/1") == tree.get_root(256)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001",
        "tile/0/000.p/0",
        "tile/1/000.p/1",
        "tile/0/x",
        "tile/entries/",
        "tile/0/../../checkpoint",
        "tile/7/000",
        "tile/0/x999/x999/x999/x999/x999/999",
    ],
)
def test_what_is_not_there_is_not_found(house: House, app: Flask, path: str):
    house.runtime.keep_log()
    assert Visitor(app).get(f"/log/{path}").status_code in {404, 308}


def test_readiness_tells_how_many_entries_are_not_signed(house: House, app: Flask):
    house.runtime.keep_log()
    happen(house, 2)
    assert Visitor(app).get("/readyz").get_json()["unsigned_entries"] == 2
    house.runtime.keep_log()
    assert Visitor(app).get("/readyz").get_json()["unsigned_entries"] == 0


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (None, "Vidnet kommune har aldrig været spurgt."),
        ("silent", "Vidnet kommune har ikke svaret siden tirsdag 24. november 2026 kl. 09.00."),
        ("refused", "Vidnet kommune har afvist loggen siden tirsdag 24. november 2026 kl. 09.00."),
        ("ahead", "har set flere hændelser, end loggen har nu"),
        ("forked", "har set andre hændelser, end loggen viser nu"),
        ("cosigned", "hændelser i loggen er endnu ikke bevidnet"),
    ],
)
def test_the_reviewer_and_the_administrator_are_told_how_the_witnesses_answer(
    house: House, outcome: str | None, told: str
):
    witness = Notary("kommune.example/witness")
    house.runtime.keep_log()
    with connect(house.database.app_url) as app:
        if outcome:
            row = (witness.key.name, witness.key.id, outcome, house.clock.now)
            app.execute("INSERT INTO audit_witness VALUES (%s, %s, %s, %s)", row)
    trust = trusting(witness, least=1)
    pages = pages_of(replace(house, runtime=replace(house.runtime, trust=trust)))
    for login, path in (("kontrol.politi", "/log"), ("administrator", "/administration")):
        page = signed_in(pages, login).get(path).text
        assert told in page
        assert ("alert-error" in page) == (outcome in {"ahead", "forked"})
        assert ("alert-warning" in page) == (outcome in {None, "silent", "refused"})
    assert (
        "Loggen har ingen vidner" in signed_in(pages_of(house), "administrator").get("/administration").text
    )
