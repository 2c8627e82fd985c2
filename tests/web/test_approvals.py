"""Til godkendelse, as two colleagues meet it: asked for by one, answered by the other, never by oneself."""

import re

from flask import Flask

from tests.house import House
from tests.services.scenes import ask
from tests.web.acting import signed_in


def test_one_asks_and_the_other_is_asked_twice_before_it_counts(app: Flask, house: House):
    question = ask(house, "politi.herning-stedfortraeder")
    path = f"/godkendelser/{question}"
    asker, other = signed_in(app, "politi.herning-stedfortraeder"), signed_in(app, "politi.herning")
    assert 'value="withdraw"' in asker.get("/godkendelser").text
    assert 'value="confirm"' not in asker.get("/godkendelser").text
    assert asker.post(path, {"answer": "confirm"}).status_code == 409
    assert asker.post(path, {"answer": "confirm", "_do": "confirm"}).status_code == 404
    page = other.get("/godkendelser").text
    assert "Borgeren har bedt om det." in page
    assert re.search(r'href="/godkendelser"', other.get("/").text)
    sure = other.post(path, {"answer": "confirm"})
    assert "Er du sikker på, at du vil godkende?" in sure.text
    done = other.post(path, {"answer": "confirm", "_do": "confirm"})
    assert (done.status_code, done.headers["Location"]) == (303, "/godkendelser")
    assert "Godkendt" in other.get("/godkendelser").text
    late = other.post(path, {"answer": "decline", "_do": "confirm"})
    assert late.status_code == 409
    assert "allerede besvaret" in late.text
    assert other.post(path, {"answer": "noget andet"}).status_code == 422


def test_another_authority_and_a_reviewer_find_no_question(app: Flask, house: House):
    question = ask(house, "politi.herning-stedfortraeder")
    stranger = signed_in(app, "kommune.herning")
    assert "Intet venter" in stranger.get("/godkendelser").text
    assert stranger.post(f"/godkendelser/{question}", {"answer": "confirm"}).status_code == 404
    reviewer = signed_in(app, "kontrol.politi")
    assert reviewer.get("/godkendelser").status_code == 404
