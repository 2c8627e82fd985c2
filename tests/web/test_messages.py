"""Beskeder in the pages: a number in the menu, a way to the case, and one's own choice of how to be told."""

import re

from flask import Flask

from casehub.services import news
from tests.house import House
from tests.services.scenes import POLICE, refer, system
from tests.web.acting import signed_in


def test_one_is_told_goes_to_the_case_and_is_told_no_more(app: Flask, house: House):
    case_id = refer(house)
    with house.runtime.work(system(house, POLICE)) as ctx:
        news.tell_news(ctx)
    tovholder = signed_in(app, "tovholder")
    assert re.search(r'Beskeder <span class="unread">1<', tovholder.get("/").text)
    page = tovholder.get("/beskeder").text
    assert "Der er nyt i en sag, du følger" in page
    assert "Prøvesen" not in page
    [path] = re.findall(r'action="(/beskeder/[0-9a-f-]{36})"', page)
    assert signed_in(app, "politi.herning").post(path, {}).status_code == 404
    answer = tovholder.post(path, {})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sager/{case_id}")
    assert 'class="unread"' not in tovholder.get("/beskeder").text
    assert tovholder.post("/beskeder/laest", {}).headers["Location"] == "/beskeder"
    assert "Åbn sag" not in signed_in(app, "kontrol.politi").get("/beskeder").text


def test_one_chooses_how_to_be_told_and_what_was_typed_stays_until_it_will_do(app: Flask):
    tovholder = signed_in(app, "tovholder")
    assert 'value="immediate" checked' in tovholder.get("/indstillinger/beskeder").text
    answer = tovholder.post(
        "/indstillinger/beskeder", {"delivery": "digest", "quiet_from": "kl. otte", "quiet_to": "06:00"}
    )
    assert answer.status_code == 422
    assert 'value="kl. otte"' in answer.text
    assert "for eksempel 20:00" in answer.text
    chosen = {"delivery": "digest", "quiet_from": "20:00", "quiet_to": "06:00"}
    assert tovholder.post("/indstillinger/beskeder", chosen).status_code == 303
    page = tovholder.get("/indstillinger/beskeder").text
    assert 'value="digest" checked' in page
    assert 'value="20:00"' in page


def test_the_administrator_writes_where_a_colleague_gets_mail(app: Flask, house: House):
    administrator = signed_in(app, "administrator")
    path = f"/administration/medarbejdere/{house.staff['tovholder']}/mail"
    assert path in administrator.get("/administration").text
    answer = administrator.post(path, {"mail": "tovholder(at)politi"})
    assert answer.status_code == 422
    assert 'value="tovholder(at)politi"' in answer.text
    assert administrator.post(path, {"mail": "Tovholder@Politi.example"}).status_code == 303
    assert "tovholder@politi.example" in administrator.get("/administration").text
    others = f"/administration/medarbejdere/{house.staff['kommune.herning']}/mail"
    assert administrator.get(others).status_code == 404
    assert administrator.post(others, {"mail": "x@politi.example"}).status_code == 404
    assert signed_in(app, "tovholder").get(path).status_code == 404
