"""Files in the browser: chosen on the page that says who can read them, refused beside the field, saved and never shown."""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from casehub.definitions.files import MIB
from casehub.scanning import open_scanner
from casehub.web import files as web_files
from tests.house import House
from tests.scanning.clamd_server import EICAR, Clamd, clamd_at
from tests.services.scenes import alter, entries, entries_of, look, rows
from tests.web.acting import signed_in
from tests.web.browsing import Visitor, form_of
from tests.web.conftest import pages_of

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 10_000  # 2.5 MB: three chunks
NAME = "Lægeerklæring, marts.pdf"
TO_KOMMUNE = {
    "readers": ["herning-kommune"],
    "basis-herning-kommune": "samtykke",
    "purpose": "forebyggelse",
    "necessity": "De skal hjælpe ham.",
}


Part = tuple[str, str | None, bytes]


def send(visitor: Visitor, case: str, *parts: Part, end: bool = True, to: str = "filer") -> TestResponse:
    """A form with a file, part by part: (field, file name, content). `end`: whether it arrives whole."""
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), f'; filename="{file}"'.encode() if file is not None else b"", content)
        for name, file, content in parts
    )
    return visitor.client.post(
        f"{case}/{to}/ny",
        base_url="https://localhost",
        buffered=True,
        data=body + (b"--b--\r\n" if end else b""),
        content_type="multipart/form-data; boundary=b",
    )


def choose(visitor: Visitor, case: str, page: TestResponse, content: bytes, name: str) -> TestResponse:
    """Choose a file on the second page, and send it."""
    typed: list[Part] = [
        (field, None, each.encode())
        for field, values in form_of(page).items()
        for each in values
        if field != "file"
    ]
    return send(visitor, case, *typed, ("file", name, content))


def upload(
    visitor: Visitor, case: str, content: bytes = PDF, name: str = NAME, **fields: object
) -> TestResponse:
    """Fill in the first page, and choose the file on the second."""
    path = f"{case}/filer/ny"
    sure = visitor.fill(path, {"_do": "review", **fields})  # type: ignore[dict-item]
    assert sure.status_code == 200, sure.text
    return choose(visitor, case, sure, content, name)


def links(visitor: Visitor, case: str) -> list[str]:
    return re.findall(rf'class="file-name" href="({case}/filer/[^"]+)"', visitor.get(case).text)


def link(visitor: Visitor, case: str) -> str:
    [found] = links(visitor, case)
    return found


@pytest.fixture
def psychiatry(app: Flask) -> Visitor:
    return signed_in(app, "psykiatri.midt")


def test_a_file_comes_back_as_it_was_and_only_to_be_saved(psychiatry: Visitor, case: str) -> None:
    stored = upload(psychiatry, case, description="Erklæring fra egen læge")
    assert (stored.status_code, stored.headers["Location"]) == (303, f"{case}#files")
    page = psychiatry.get(case).text
    assert "Filen er gemt." in page
    assert "PDF, 2,4 MB" in page
    assert "Erklæring fra egen læge" in page
    fetched = psychiatry.get(link(psychiatry, case))
    assert fetched.data == PDF
    told = fetched.headers
    assert told["Content-Type"] == "application/octet-stream"
    assert told["Content-Disposition"] == (
        "attachment; filename*=UTF-8''L%C3%A6geerkl%C3%A6ring%2C%20marts.pdf"
    )
    assert told["Content-Length"] == str(len(PDF))
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert told["Cache-Control"] == "no-store"
    assert psychiatry.client.head(link(psychiatry, case), base_url="https://localhost").data == b""


def test_it_does_not_exist_for_others_until_it_is_disclosed(
    psychiatry: Visitor, app: Flask, case: str
) -> None:
    upload(psychiatry, case)
    path = link(psychiatry, case)
    kommune, outsider = signed_in(app, "kommune.herning"), signed_in(app, "politi.skive")
    for visitor in (kommune, outsider):
        assert visitor.get(path).status_code == 404
        assert visitor.get(f"{path}/videregiv").status_code == 404
    assert links(kommune, case) == []
    assert "Der er ingen filer" in kommune.get(case).text
    sure = psychiatry.fill(f"{path}/videregiv", {**TO_KOMMUNE, "_do": "review"})
    assert "Tjek, hvem du videregiver filen til" in sure.text
    assert NAME in sure.text
    assert psychiatry.confirm(f"{path}/videregiv", sure).status_code == 303
    assert kommune.get(path).data == PDF
    assert link(kommune, case) == path
    assert kommune.get(f"{path}/videregiv").status_code == 404  # it is not theirs to give
    assert outsider.get(path).status_code == 404


def test_a_file_given_at_once_is_named_in_the_entry_with_who_was_given_it(
    psychiatry: Visitor, app: Flask, house: House, case: str
) -> None:
    sure = psychiatry.fill(f"{case}/filer/ny", {**TO_KOMMUNE, "_do": "review"})
    assert "Gem filen til Herning Kommune" in sure.text
    [entry] = entries_of(
        house,
        lambda: choose(psychiatry, case, sure, PDF, NAME),
    )
    assert (entry["event"], entry["outcome"], entry["recipients"]) == (
        "file.written",
        "allowed",
        ["herning-kommune"],
    )
    hashes = [row[0] for row in look(house, "SELECT sha256(sealed) FROM file_chunk ORDER BY number")]
    assert entry["detail"] == {"chunks": "3", "chunks_sha256": sha256(b"".join(hashes)).hexdigest()}
    assert "erklæring" not in repr(entry)
    kommune = signed_in(app, "kommune.herning")
    assert kommune.get(link(kommune, case)).data == PDF


REFUSED = {
    "an empty file": (b"", NAME, "Filen er tom"),
    "no file": (b"", "", "Vælg den fil"),
    "a program": (b"MZ\x90\x00", "rapport.exe", "Den slags fil kan ikke lægges på en sag"),
    "a web page": (b"<html>", "side.html", "Den slags fil kan ikke lægges på en sag"),
    "a web page called text": (b"<html>", "side.txt", "men det er indholdet ikke"),
    "a program called PDF": (b"MZ\x90\x00", "rapport.pdf", "men det er indholdet ikke"),
    "a name turned around": (b"MZ\x90\x00", "rapport\u202efdp.exe", "Den slags fil"),
    "a name of 300 characters": (PDF, "a" * 296 + ".pdf", "navn er for langt"),
    "a name of dots": (PDF, "..", "intet navn"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_will_not_do_is_told_beside_the_field_with_all_that_was_typed(
    psychiatry: Visitor, house: House, case: str, what: str
) -> None:
    content, name, told = REFUSED[what]
    before = rows(house)
    answer = upload(psychiatry, case, content, name, description="Skrevet med omhu", **TO_KOMMUNE)
    assert answer.status_code == 422
    assert re.search(rf'id="file-error">.*{told}', answer.text), answer.text
    kept = form_of(answer)
    assert kept["description"] == ["Skrevet med omhu"]
    assert (kept["readers"], kept["necessity"]) == (TO_KOMMUNE["readers"], [TO_KOMMUNE["necessity"]])
    changed = {table for table, count in rows(house).items() if count != before[table]}
    assert changed <= {"audit_commitment", "audit_content", "audit_object", "web_session"}
    assert what != "a name of dots" or "file-error" in answer.text


def test_a_name_with_a_path_or_unseen_characters_is_cleaned(psychiatry: Visitor, case: str) -> None:
    upload(psychiatry, case, name="../kim/Erklæring\u202e\x07.pdf")
    assert ">Erklæring.pdf</a>" in psychiatry.get(case).text


@pytest.fixture
def one_mebibyte(house: House) -> House:
    """The house, where a file may hold 1 MiB."""
    current = house.runtime.catalogue.current
    smaller = replace(current, file_rules=replace(current.file_rules, largest=MIB))
    house.runtime.catalogue.current = smaller
    return house


@pytest.mark.parametrize("over", [1, 5 * MIB])
def test_a_file_too_large_is_told_when_all_of_it_was_sent(one_mebibyte: House, case: str, over: int) -> None:
    visitor = signed_in(pages_of(one_mebibyte), "psykiatri.midt")
    exact = b"%PDF-".ljust(MIB, b"x")
    assert upload(visitor, case, exact).status_code == 303
    answer = upload(visitor, case, exact + bytes(over))
    assert answer.status_code == 422
    assert "Filen er for stor. Den må højst fylde 1 MB." in answer.text
    assert len(links(visitor, case)) == 1


def test_forms_that_no_page_of_ours_sends_leave_nothing(psychiatry: Visitor, house: House, case: str) -> None:
    token = ("csrf_token", None, psychiatry.token().encode())
    sure = ("_do", None, b"confirm")
    file = ("file", NAME, PDF)
    before = rows(house)
    for status, parts, end in (
        (400, (file,), True),  # no token at all
        (400, (sure, file, token), True),  # a token after the file, too late to be looked at
        (400, (token, sure, file), False),  # broken off
        (400, (token, sure, ("file", NAME, PDF)), False),
        (400, (token, sure, file, ("description", None, b"for sent")), True),
        (400, (token, sure, ("andet", NAME, PDF)), True),
        (422, (token, sure, file, file), True),
        (422, (token, sure), True),
        (413, (token, ("description", None, b"x" * 300_000), file), True),
    ):
        answer = send(psychiatry, case, *parts, end=end)
        assert answer.status_code == status, (parts[0][0], len(parts), answer.text)
    assert "Vælg én fil ad gangen" in send(psychiatry, case, token, sure, file, file).text
    changed = {table for table, count in rows(house).items() if count != before[table]}
    assert changed <= {"audit_commitment", "audit_content", "audit_object", "web_session"}
    assert rows(house)["file_chunk"] == 0


def test_who_may_not_is_refused_before_the_file_is_read(app: Flask, house: House, case: str) -> None:
    """The body breaks off: were it read first, the answer would be another."""
    outsider = signed_in(app, "politi.skive")
    token = ("csrf_token", None, outsider.token().encode())
    left = entries_of(
        house, lambda: send(outsider, case, token, ("_do", None, b"confirm"), ("file", NAME, PDF), end=False)
    )
    assert [(entry["event"], entry["outcome"]) for entry in left] == [("file.written", "refused")]


def test_a_file_sent_where_none_is_asked_for_is_not_kept_on_a_disk(
    app: Flask, psychiatry: Visitor, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was spooled")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    token = ("csrf_token", None, psychiatry.token().encode())
    answer = send(psychiatry, case, token, ("text", None, b"x"), ("file", NAME, PDF), to="noter")
    assert answer.status_code == 200
    assert upload(psychiatry, case).status_code == 303


def test_what_was_typed_is_kept_when_the_session_had_ended(
    psychiatry: Visitor, house: House, case: str
) -> None:
    sure = psychiatry.fill(f"{case}/filer/ny", {"_do": "review", "description": "Skrevet før frokost"})
    house.clock.turn(minutes=31)
    answer = choose(psychiatry, case, sure, PDF, NAME)
    assert answer.headers["Location"] == "/log-ind"
    psychiatry.sign_in("psykiatri.midt")
    assert form_of(psychiatry.get(f"{case}/filer/ny"))["description"] == ["Skrevet før frokost"]
    assert rows(house)["file_chunk"] == 0


BREAKS = {
    "changed": "UPDATE file_chunk SET sealed = set_byte(sealed, 9, get_byte(sealed, 9) # 1) WHERE number = 1",
    "changed with its hash": "UPDATE file_chunk SET (sealed, sha256) = (SELECT s, sha256(s) FROM"
    " (SELECT set_byte(sealed, 9, get_byte(sealed, 9) # 1) s) c) WHERE number = 1",
    "gone": "DELETE FROM file_chunk WHERE number = 1",
    "cut off": "DELETE FROM file_chunk WHERE number = 2",
    "swapped": "UPDATE file_chunk SET number = CASE number WHEN 0 THEN 11 ELSE 10 END WHERE number < 2;"
    " UPDATE file_chunk SET number = number - 10 WHERE number > 9",
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_file_whose_chunks_are_not_those_written_is_not_given_and_that_is_on_record(
    psychiatry: Visitor, house: House, case: str, broken: str
) -> None:
    upload(psychiatry, case)
    path = link(psychiatry, case)
    alter(house, "SET session_replication_role = replica; " + BREAKS[broken])
    before = len(entries(house))
    if broken == "changed":  # found when it is its turn: what went out before was right
        with pytest.raises(Exception, match="did not open"):
            psychiatry.get(path)
    else:
        answer = psychiatry.get(path)
        assert (answer.status_code, "kunne ikke åbnes" in answer.text) == (500, True)
    assert [(entry["event"], entry["outcome"]) for entry in entries(house)[before:]] == [
        ("file.read", "allowed"),
        ("item.opening_failed", "failed"),
    ]
    for _ in range(web_files.AT_ONCE + 1):  # the place it held is given back
        psychiatry.get(path.replace(path[-12:], "0" * 12))
    assert web_files._ROOM._value == web_files.AT_ONCE  # type: ignore[attr-defined]


def test_files_on_their_way_leave_room_for_the_rest(
    psychiatry: Visitor, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(psychiatry, case)
    path = link(psychiatry, case)
    open_ = [
        psychiatry.client.get(path, base_url="https://localhost", buffered=False)
        for _ in range(web_files.AT_ONCE)
    ]
    assert psychiatry.get(path).status_code == 503
    busy = upload(psychiatry, case)
    assert busy.status_code == 422
    assert "mange filer lige nu" in busy.text
    assert psychiatry.get(case).status_code == 200
    for each in open_:
        each.close()
    assert psychiatry.get(path).data == PDF


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    with clamd_at("127.0.0.1") as found:
        yield found


@pytest.fixture
def scanned(house: House, clamd: Clamd, case: str) -> Visitor:
    runtime = replace(house.runtime, scanner=open_scanner(clamd.setting))
    return signed_in(pages_of(replace(house, runtime=runtime)), "psykiatri.midt")


def test_the_scanner_sees_all_of_a_file_before_it_is_kept(scanned: Visitor, clamd: Clamd, case: str) -> None:
    assert upload(scanned, case).status_code == 303
    assert clamd.seen == [(sha256(PDF).hexdigest(), len(PDF))]
    assert scanned.get(link(scanned, case)).data == PDF


def test_what_the_scanner_finds_is_refused_on_record_and_not_kept(
    scanned: Visitor, house: House, case: str
) -> None:
    before = len(entries(house))
    answer = upload(scanned, case, PDF + EICAR)
    assert (answer.status_code, "noget skadeligt" in answer.text) == (422, True)
    assert ("file.refused", "refused") in [
        (entry["event"], entry["outcome"]) for entry in entries(house)[before:]
    ]
    assert rows(house)["file_chunk"] == 0
    assert "file.written" not in [entry["event"] for entry in entries(house)]


def test_without_a_verdict_nothing_is_kept(scanned: Visitor, house: House, clamd: Clamd, case: str) -> None:
    clamd.answer = b"stream: Can't allocate memory ERROR\0"
    assert "kunne ikke undersøge filen" in upload(scanned, case).text
    clamd.stop()
    assert "kunne ikke undersøge filen" in upload(scanned, case).text
    assert rows(house)["file_chunk"] == 0


def test_whether_files_are_looked_through_is_told(app: Flask, scanned: Visitor, clamd: Clamd) -> None:
    assert Visitor(app).get("/readyz").json["scanner"] is None  # type: ignore[index]
    assert "Der er ingen virusscanner" in signed_in(app, "administrator").get("/administration").text
    assert Visitor(scanned.app).get("/readyz").json["scanner"] is True  # type: ignore[index]
    administrator = signed_in(scanned.app, "administrator")
    assert "Virusscanneren er i gang" in administrator.get("/administration").text
    clamd.stop()
    assert "Virusscanneren svarer ikke" in administrator.get("/administration").text
