"""The reviewer's desk through the pages: search, sample, signal, review and report, and that it is nobody else's."""

import re

import pytest
from flask import Flask

from casehub.demo.people import people
from casehub.services import signals
from tests.documents import words_of
from tests.house import House
from tests.services.scenes import POLICE, entries, look, system
from tests.web.acting import CONCERN, CPR, NAME, signed_in
from tests.web.browsing import Visitor
from tests.web.test_guard import MADE_UP

FIRST, SECOND = "kontrol.politi", "kontrol.politi-stedfortraeder"
PAGES = (
    "/kontrol", "/log", "/kontrol/signaler", "/kontrol/stikproever", "/kontrol/sager", "/kontrol/rapport",
    "/kontrol/rapport/2026-11.pdf", f"/kontrol/sager/{MADE_UP['uuid']}", f"/kontrol/signaler/{MADE_UP['uuid']}",
    f"/kontrol/stikproever/{MADE_UP['uuid']}", f"/log/sager/{MADE_UP['uuid']}", "/kontrol/sager/ny",
    f"/forklaring/{MADE_UP['uuid']}",
)  # fmt: skip


def test_a_search_for_a_citizen_has_an_address_that_tells_nothing_and_pages_by_it(app: Flask, case: str):
    reviewer = signed_in(app, FIRST)
    answer = reviewer.post("/log", {"cpr": CPR, "person": "Søren Hestbæk"})
    assert answer.status_code == 303, answer.text
    place = answer.headers["Location"]
    assert re.fullmatch(r"/log/soegning/[\w-]+", place)
    page = reviewer.get(place).text
    assert "fundet i 1 sag" in page
    assert "Søren Hestbæk" in page
    for secret in (CPR, CPR.replace("-", ""), NAME, CONCERN):
        assert secret not in page
    assert f'href="/log{case}"' in page
    # in another's browser there is no such search
    other = signed_in(app, SECOND).get(place)
    assert (other.status_code, other.headers["Location"]) == (303, "/log")


def test_a_search_with_a_fault_keeps_what_was_typed(app: Flask):
    answer = signed_in(app, FIRST).post("/log", {"person": "ingen af dem", "since": "i går"})
    assert answer.status_code == 422
    for words in ('id="person-error"', 'id="since-error"', 'value="ingen af dem"', 'value="i går"'):
        assert words in answer.text


def test_the_history_of_a_case_shows_the_refused_attempts(app: Flask, case: str):
    signed_in(app, "politi.skive").get(case)
    page = signed_in(app, FIRST).get(f"/log{case}").text
    assert "Karsten Salling" in page
    assert "Oprettede en henvendelse" in page
    assert NAME not in page


def test_a_review_from_a_line_to_closing(app: Flask, case: str, house: House):
    first, second, subject = (signed_in(app, login) for login in (FIRST, SECOND, "politi.herning"))
    found = re.search(r'href="(/kontrol/sager/ny\?linje=[^"]+)"', first.get(f"/log{case}").text)
    assert found
    opened = first.fill(found[1].replace("&amp;", "&"), {"question": "Hvad var opgaven?"})
    assert opened.status_code == 303, opened.text
    review = opened.headers["Location"]
    subjects = {"Søren Hestbæk": subject}
    [[name]] = look(house, "SELECT name FROM review JOIN staff ON staff.id = subject")
    employee = subjects.get(name) or signed_in(
        app, look(house, "SELECT login FROM review JOIN staff ON staff.id = subject")[0][0]
    )
    asked = re.search(r'href="(/forklaring/[^"]+)"', employee.get("/", follow_redirects=True).text)
    assert asked
    refused = employee.post(asked[1], {"text": ""})
    assert (refused.status_code, 'id="text-error"' in refused.text) == (422, True)
    assert employee.fill(asked[1], {"text": "Det var min vagt."}).status_code == 303
    page = first.get(review).text
    assert "Det var min vagt." in page
    done = first.post(review, {"_do": "conclude", "outcome": "i-orden", "reason": "I orden."})
    assert done.status_code == 303, done.text
    assert first.post(review, {"_do": "sure"}).status_code == 404  # not by the one who concluded
    sure = second.post(review, {"_do": "close"})
    assert "Er du enig i afgørelsen?" in sure.text
    assert second.post(review, {"_do": "sure"}).status_code == 303
    assert "Lukket af Verner Hodsager" in first.get(review).text
    assert second.post(review, {"_do": "sure"}).status_code == 409
    assert second.post(review, {"_do": "x"}).status_code == 400


def test_a_sample_and_a_signal_are_found_on_the_desk(app: Flask, case: str, house: House):
    signed_in(app, "kommune.skive").get(case)
    with house.runtime.work(system(house, POLICE)) as ctx:
        signals.find_signals(ctx)
    reviewer = signed_in(app, FIRST)
    drawn = reviewer.fill("/kontrol/stikproever", {"size": "5"})
    assert drawn.status_code == 303, drawn.text
    assert "er taget fra, fordi" in reviewer.get(drawn.headers["Location"]).text
    assert reviewer.post("/kontrol/stikproever", {"size": "mange"}).status_code == 422
    found = re.search(r'href="(/kontrol/signaler/[^"]+)"', reviewer.get("/kontrol").text)
    assert found
    page = reviewer.get(found[1]).text
    assert "Kontakt deres kontrollant" in page
    assert reviewer.post(found[1], {}).status_code == 303
    assert reviewer.post(found[1], {}).status_code == 409


def test_the_report_is_a_pdf_that_is_recorded(app: Flask, house: House):
    reviewer = signed_in(app, FIRST)
    found = re.search(r'href="(/kontrol/rapport/[\d-]+\.pdf)"', reviewer.get("/kontrol/rapport").text)
    assert found
    answer = reviewer.get(found[1])
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    words = words_of(answer.data)
    for told in ("november 2026", "Midt- og Vestjyllands Politi", "Opslag", "Stikprøver"):
        assert told in words
    assert [person.name for person in people() if person.name in words] == []
    assert answer.headers["Cache-Control"] == "no-store"
    assert (entries(house)[-1]["event"], entries(house)[-1]["detail"]) == (
        "log.reported",
        {"month": "2026-11"},
    )


@pytest.mark.parametrize("login", ["politi.herning", "administrator"])
def test_the_desk_does_not_exist_for_anybody_else_and_the_attempt_is_on_record(
    app: Flask, house: House, login: str
):
    visitor: Visitor = signed_in(app, login)
    for path in PAGES:
        before = len(entries(house))
        assert visitor.get(path).status_code == 404, path
        assert [entry["outcome"] for entry in entries(house)[before:]] == ["refused"], path


def test_another_authoritys_reviewer_finds_nothing_of_ours(app: Flask, case: str, house: House):
    first, other = signed_in(app, FIRST), signed_in(app, "kontrol.herning")
    found = re.search(r'href="(/kontrol/sager/ny\?linje=[^"]+)"', first.get(f"/log{case}").text)
    assert found
    review = first.fill(found[1], {"question": "?"}).headers["Location"]
    sample = first.fill("/kontrol/stikproever", {"size": "5"}).headers["Location"]
    for path in (review, sample, found[1]):
        assert other.get(path).status_code == 404, path
    for path in ("/kontrol", "/kontrol/sager", "/kontrol/stikproever"):
        assert review not in other.get(path).text
        assert sample not in other.get(path).text
