"""Søg, as a caseworker meets it: by POST, with what was typed still there; and asking for a new search index."""

from flask import Flask

from tests.house import House
from tests.services.scenes import refer
from tests.web.acting import signed_in

PAGE = "/soeg"


def test_a_citizen_is_found_by_what_is_known_and_nothing_typed_is_lost(app: Flask, house: House):
    case = f"/sager/{refer(house)}"
    visitor = signed_in(app, "politi.herning")
    assert f'href="{PAGE}"' in visitor.get("/").text
    found = visitor.fill(PAGE, {"name": "prøvesen", "phone": "10203040"})
    assert found.status_code == 200
    assert "Én sag fundet" in found.text
    assert f'href="{case}"' in found.text
    assert 'value="prøvesen"' in found.text
    assert "Ingen sager fundet" in visitor.fill(PAGE, {"address": "Prøvevej 14, 2. th, 7400"}).text
    wrong = visitor.fill(PAGE, {"name": "prøvesen", "phone": "12"})
    assert wrong.status_code == 422
    assert "otte tal" in wrong.text
    assert 'value="prøvesen"' in wrong.text
    assert "Udfyld mindst ét af felterne" in visitor.fill(PAGE, {}).text


def test_those_without_cases_have_no_search(app: Flask, house: House):
    for login in ("kontrol.politi", "administrator"):
        visitor = signed_in(app, login)
        assert f'href="{PAGE}"' not in visitor.get("/").text
        assert visitor.post(PAGE, {"name": "prøvesen"}).status_code == 404


def test_an_administrator_asks_for_a_new_search_index_and_nobody_else(app: Flask, house: House):
    page = "/administration/soegeregister"
    visitor = signed_in(app, "administrator")
    assert f'href="{page}"' in visitor.get("/administration").text
    assert visitor.fill(page, {"reason": ""}).status_code == 422
    assert visitor.fill(page, {"reason": "Et bånd er væk."}).status_code == 303
    again = visitor.fill(page, {"reason": "Et bånd er væk."})
    assert again.status_code == 409
    assert "En kollega har allerede bedt om det" in again.text
    for login in ("politi.herning", "kontrol.politi"):
        stranger = signed_in(app, login)
        assert stranger.get(page).status_code == 404
        assert stranger.post(page, {"reason": "Et bånd er væk."}).status_code == 404
