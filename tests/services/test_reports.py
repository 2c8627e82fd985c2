"""The monthly report: its figures are the log's, it opens as a tagged Danish PDF, and names nobody."""

import re
import zlib
from typing import Any

import pytest

from casehub.services import reports, samples
from casehub.services.errors import NotFound
from tests.documents import words_of
from tests.house import House
from tests.services.scenes import entries, open_case, read

REVIEWER = "kontrol.politi"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the documents were made of; they are made all the same."""
    seen: list[dict[str, Any]] = []
    really = reports.render_pdf

    def rendering(template: str, data: dict[str, Any], **rest: Any) -> bytes:
        seen.append(data)
        return really(template, data, **rest)

    monkeypatch.setattr(reports, "render_pdf", rendering)
    return seen


def report(house: House, month: str = "2026-11", login: str = REVIEWER) -> bytes:
    with house.work(login) as ctx:
        return reports.make_report(ctx, month=month, standing=house.runtime.log_standing())


def test_the_figures_are_those_of_the_log(house: House, told: list[dict[str, Any]]) -> None:
    case_id = open_case(house)
    for _ in range(3):
        read(house, "politi.herning", case_id)
    for login in ("politi.skive", "kommune.skive"):
        with pytest.raises(NotFound):
            read(house, login, case_id)
    with house.work(REVIEWER) as ctx:
        samples.draw_sample(ctx, size="2")
    house.runtime.keep_log()
    made = report(house)
    assert made.startswith(b"%PDF-")
    own = [
        entry
        for entry in entries(house)
        if entry["authority"] == "mvj-politi" and entry["at"].startswith("2026-11") and entry["actor"]
    ]
    looked = [
        entry
        for entry in own
        if entry["event"] in {"case.read", "step.read"} and entry["outcome"] == "allowed"
    ]
    [data] = told
    use = dict(data["use"])
    assert use["Opslag i sager"] == len(looked) == sum(number for _, number in data["days"])
    assert use["Medarbejdere, der har lavet opslag"] == len({entry["actor"] for entry in looked})
    assert use["Videregivelser"] == sum(
        entry["category"] == "disclosure" and entry["outcome"] == "allowed" for entry in own
    )
    assert use["Afviste forsøg fra egne medarbejdere"] == 1
    assert use["Afviste forsøg fra andre myndigheder på egne sager"] == 1
    assert dict(data["control"])["Stikprøver udtaget"] == 1
    assert (
        dict(data["tree"])["Linjer i loggen"]
        >= dict(data["tree"])["Linjer i den nyeste underskrevne liste"]
        > 0
    )
    assert len(data["days"]) == 30
    words = words_of(made)
    for label, figure in (*data["use"], *data["control"], *data["tree"]):
        assert f"{label} {figure}" in words


def test_it_is_tagged_danish_and_names_no_one(house: House, told: list[dict[str, Any]]) -> None:
    read(house, "politi.herning", open_case(house))
    made = report(house)
    streams = b"".join(_inflated(made))
    assert b"/MarkInfo" in made + streams
    assert b"(da" in made + streams
    assert b"pdfuaid" in made + streams
    assert re.search(rb"/Alt\b", made + streams)
    shown = repr(told) + words_of(made)
    for name in ("Søren", "Hestbæk", "PSP-2026", "Prøvesen"):
        assert name not in shown


def test_a_month_without_anything_is_a_report_too_and_what_is_no_month_is_not(house: House) -> None:
    assert report(house, "2026-02").startswith(b"%PDF-")
    for month in ("2026-13", "2027-01", "x", "2026-11-01"):
        with pytest.raises(NotFound):
            report(house, month)
    for login in ("politi.herning", "administrator"):
        with pytest.raises(NotFound):
            report(house, login=login)
        assert entries(house)[-1]["outcome"] == "refused"


def _inflated(document: bytes) -> list[bytes]:
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            found.append(stream)
    return found
