"""A citizen's answer through the pages: how they may be reached on top of each, a colleague between, two kinds of file."""

import json
import re

import pytest
from flask import Flask

from casehub.demo.people import people
from casehub.services.catalogue import Catalogue
from tests.documents import words_of
from tests.web.acting import CONCERN, CPR, NAME, signed_in

WARNING = "Ring kun mellem 9 og 14."
ASKED = {"cpr": CPR, "reason": "Borgeren har bedt om indsigt."}


def test_one_asks_another_confirms_and_the_first_takes_it_as_pdf_and_json(
    app: Flask, case: str, monkeypatch: pytest.MonkeyPatch
):
    asker, colleague = signed_in(app, "politi.herning-stedfortraeder"), signed_in(app, "politi.herning")
    sure = asker.post("/indsigt", {**ASKED, "_do": "review"})
    assert sure.text.index(WARNING) < sure.text.index("Jeg har læst")
    unread = asker.post("/indsigt", {**ASKED, "_do": "confirm"})
    assert (unread.status_code, WARNING in unread.text) == (422, True)
    asked = asker.post("/indsigt", {**ASKED, "_do": "confirm", "acknowledged": "ja"})
    assert (asked.status_code, asked.headers["Location"]) == (303, "/godkendelser")
    again = asker.post("/indsigt", {**ASKED, "_do": "confirm", "acknowledged": "ja"})
    assert again.status_code == 409
    page = colleague.get("/godkendelser").text
    found = re.search(r'action="/godkendelser/([^"]+)"', page)
    assert found
    path = f"/indsigt/{found[1]}"
    assert asker.get(path).status_code == 409  # nobody has confirmed it
    answered = colleague.post(f"/godkendelser/{found[1]}", {"answer": "confirm", "_do": "confirm"})
    assert answered.status_code == 303
    assert colleague.get(path).status_code == 404
    assert f'href="{path}"' in asker.get("/godkendelser").text
    basis = asker.get(path).text
    assert basis.index(WARNING) < basis.index("Udelad:")
    refused = asker.post(path, {"_do": "pdf"})
    assert (refused.status_code, WARNING in refused.text) == (422, True)
    pdf = asker.post(path, {"_do": "pdf", "acknowledged": "ja"})
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="indsigt.pdf"'
    words = words_of(pdf.data)
    for told in (
        NAME,
        f"CPR-nummer {CPR}",
        CONCERN,
        WARNING,
        "Henvendelsen fra Midt- og Vestjyllands Politi",
        "Åbnede en sag",
    ):
        assert told in words
    assert named_in(words) == set()
    assert named_in(words_of(asker.post(path, {"_do": "pdf", "acknowledged": "ja", "named": "ja"}).data)) >= {
        "Camilla Ørnbjerg"
    }
    assert pdf.headers["Cache-Control"] == "no-store"
    [item] = re.findall(r'value="([^"]+)"(?=[^>]*>\s*<label[^>]*>Udelad: Henvendelsen)', basis)
    left_out = {"leave_out": [item], "ground": "inquiry"}
    told = json.loads(asker.post(path, {"_do": "json", "acknowledged": "ja", **left_out}).data)
    assert (told["name"], told["cpr"], told["left_out"]) == (NAME, CPR, 1)
    assert told["made_at"].endswith("+01:00")
    assert [line["name"] for line in told["cases"][0]["look_ups"] if line["name"]] == []
    assert ticked(basis) == ""  # withheld, as nothing else was decided
    monkeypatch.setattr(Catalogue, "names_staff", lambda _self, authority: authority == "mvj-politi")
    assert ticked(asker.get(path).text) == " checked"


def ticked(page: str) -> str:
    """Of the box that names staff."""
    found = re.search(r'name="named" id="named" value="ja"( checked)?', page)
    assert found
    return found[1] or ""


def named_in(words: str) -> set[str]:
    """Everybody who works somewhere, by name."""
    return {person.name for person in people() if person.name in words}


def test_a_number_that_is_wrong_or_unknown_is_told_beside_the_field(app: Flask, case: str):
    asker = signed_in(app, "politi.herning")
    for cpr, words in (("123", "Skriv CPR-nummeret"), ("680385-1234", "Der er ingen sag om borgeren")):
        answer = asker.post("/indsigt", {"cpr": cpr, "reason": "Bedt.", "_do": "review"})
        assert answer.status_code == 422
        assert words in answer.text
        assert cpr in answer.text
    assert signed_in(app, "kontrol.politi").post("/indsigt", {**ASKED, "_do": "review"}).status_code == 404
