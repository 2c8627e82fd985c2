"""A session that ended while someone was typing: the text is there after the same person signs in again."""

from flask import Flask
from psycopg import connect

from tests.house import House
from tests.web.acting import signed_in
from tests.web.browsing import Visitor, form_of

TEXT = "Et langt notat,\nsom ikke må gå tabt: æøå & <b>."


def typing_when_it_ended(app: Flask, case: str, house: House) -> tuple[Visitor, str]:
    police = signed_in(app, "politi.herning")
    path = f"{case}/noter/ny"
    fields = {**form_of(police.get(path)), "text": TEXT, "_do": "review"}
    house.clock.turn(minutes=31)
    turned_away = police.post(path, fields, token=None)
    assert (turned_away.status_code, turned_away.headers["Location"]) == (303, "/log-ind")
    return police, path


def test_the_text_is_there_for_the_same_person(app: Flask, case: str, house: House):
    police, path = typing_when_it_ended(app, case, house)
    assert "er gemt i 24 timer" in police.get("/log-ind").text
    back = police.sign_in("politi.herning")
    assert back.headers["Location"] == path
    page = police.get(path)
    assert form_of(page)["text"] == [TEXT]
    assert "Din tekst er her endnu" in page.text
    assert form_of(police.get(path))["text"] == [""]


def test_the_text_is_not_there_for_anybody_else(app: Flask, case: str, house: House):
    visitor, path = typing_when_it_ended(app, case, house)
    assert visitor.sign_in("tovholder").headers["Location"] == "/"
    assert TEXT.splitlines()[0] not in visitor.get(path).text


def test_the_text_is_there_in_another_browser_too(app: Flask, case: str, house: House):
    _, path = typing_when_it_ended(app, case, house)
    elsewhere = signed_in(app, "politi.herning")
    assert form_of(elsewhere.get(path))["text"] == [TEXT]


def test_after_a_day_it_is_gone(app: Flask, case: str, house: House):
    _, path = typing_when_it_ended(app, case, house)
    house.clock.turn(hours=25)
    assert form_of(signed_in(app, "politi.herning").get(path))["text"] == [""]


def test_it_is_kept_sealed(app: Flask, case: str, house: House):
    typing_when_it_ended(app, case, house)
    with connect(house.database.superuser_url) as connection:
        drafts = connection.execute("SELECT sealed FROM draft").fetchall()
        sessions = connection.execute("SELECT data::text FROM web_session").fetchall()
    assert len(drafts) == 1
    assert b"langt notat" not in bytes(drafts[0][0])
    assert not any("langt notat" in row[0] for row in sessions)


def test_without_the_ended_sessions_own_token_nothing_is_kept(app: Flask, case: str, house: House):
    police = signed_in(app, "politi.herning")
    stranger = signed_in(app, "tovholder")
    token = stranger.token()
    house.clock.turn(minutes=31)
    for wrong in (None, "x", token):
        answer = police.post(f"{case}/noter/ny", {"text": TEXT}, token=wrong)
        assert answer.headers["Location"] == "/log-ind"
    assert "Du er ikke logget ind" in police.get("/log-ind").text
    with connect(house.database.superuser_url) as connection:
        assert connection.execute("SELECT count(*) FROM draft").fetchone() == (0,)


def test_a_referral_being_typed_comes_back_as_the_form(app: Flask, house: House):
    police = signed_in(app, "politi.herning")
    form = police.post("/henvendelser/ny", {"_do": "known", "network": "psp", "cpr": "670385-1234"})
    fields = {**form_of(form), "concern": TEXT, "indicators": []}
    house.clock.turn(minutes=31)
    police.post("/henvendelser/ny", fields, token=None)
    assert police.sign_in("politi.herning").headers["Location"] == "/henvendelser/ny"
    again = form_of(police.get("/henvendelser/ny"))
    assert again["concern"] == [TEXT]
    assert again["cpr"] == ["670385-1234"]
