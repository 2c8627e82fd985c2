"""Erasing, as two colleagues walk it through the pages, and what is left of the case for them."""

from uuid import UUID

from flask import Flask

from tests.house import House
from tests.services.scenes import end
from tests.web.acting import signed_in


def test_two_colleagues_erase_a_case_and_only_a_tombstone_is_left(app: Flask, case: str, house: House):
    end(house, UUID(case.removeprefix("/sager/")))
    asker, other = signed_in(app, "politi.herning-stedfortraeder"), signed_in(app, "politi.herning")
    path = f"{case}/sletning"
    assert f'href="{path}"' in asker.get(case).text
    assert "før tiden" in asker.get(path).text
    empty = asker.fill(path, {"reason": " ", "_do": "review"})
    assert (empty.status_code, "Skriv, hvorfor sagen skal slettes." in empty.text) == (422, True)
    sure = asker.fill(path, {"reason": "Borgeren er flyttet.", "_do": "review"})
    assert "Er du sikker på, at sagen skal slettes?" in sure.text
    assert asker.post(path, {"reason": "Borgeren er flyttet.", "_do": "confirm"}).status_code == 303
    assert "venter på, at en anden godkender" in asker.get(path).text
    [question] = [
        line.split('"')[0] for line in other.get("/godkendelser").text.split('action="/godkendelser/')[1:]
    ]
    answer = {"answer": "confirm", "_do": "confirm"}
    assert other.post(f"/godkendelser/{question}", answer).status_code == 303
    for page in (case, path, f"{case}/noter/ny"):
        left = other.get(page)
        assert left.status_code == 410
        assert "Slettet hos jer" in left.text
        assert "endeligt slettet tidligst" in left.text
    assert case not in other.get("/sager").text
    told = signed_in(app, "kommune.herning").get(case).text
    assert "Midt- og Vestjyllands Politi har slettet sin del" in told
    assert "I skal tage stilling til jeres kopi" in told


def test_a_slettestop_is_seen_with_its_reason_and_nothing_can_be_asked_for(
    app: Flask, case: str, house: House
):
    end(house, UUID(case.removeprefix("/sager/")))
    visitor, colleague = signed_in(app, "politi.herning"), signed_in(app, "politi.herning-stedfortraeder")
    stop = {"hold_reason": "En klage bliver behandlet."}
    assert visitor.post(f"{case}/sletning/stop", stop).status_code == 303
    again = colleague.post(f"{case}/sletning/stop", stop)
    assert (again.status_code, "allerede sat slettestop" in again.text) == (409, True)
    for page in (case, f"{case}/sletning"):
        assert "En klage bliver behandlet." in colleague.get(page).text
    assert "En klage bliver behandlet." not in signed_in(app, "kommune.herning").get(case).text
    refused = colleague.post(f"{case}/sletning", {"reason": "Slut.", "_do": "confirm"})
    assert (refused.status_code, "slettestop" in refused.text) == (409, True)
    asked = visitor.post(f"{case}/sletning/stop/ophaev", {})
    assert (asked.status_code, "Er du sikker på, at slettestoppet skal ophæves?" in asked.text) == (200, True)
    assert "En klage" in colleague.get(case).text
    assert visitor.post(f"{case}/sletning/stop/ophaev", {"_do": "confirm"}).status_code == 303
    late = colleague.post(f"{case}/sletning/stop/ophaev", {"_do": "confirm"})
    assert late.status_code == 409
    assert "En klage" not in colleague.get(case).text
