"""The pages beside the journey, which is looked at where it is walked: axe-core finds nothing, nothing is too wide."""

import pytest

from tests.journeys.cast import Cast
from tests.journeys.eyes import faults


@pytest.mark.parametrize(
    ("login", "path", "heading"),
    [
        ("politi.herning", "/", "Min dag"),  # before there is any task
        ("politi.herning", "/sager", "Sager"),
        ("kriminalforsorgen", "/henvendelser/ny", "Ny henvendelse"),
        ("politi.skive", "/noedadgang", "Nødadgang til en borgers sag"),
        ("kommune.herning", "/kort", "Handlingskort"),
        ("kommune.herning", "/kort/aeresrelateret-sag", "Æresrelateret sag"),
        ("administrator", "/administration", "Administration"),
        ("politi.sekretariat.leder", "/kontakter", "Kontakter"),
        ("politi.sekretariat.leder", "/kontakter/psp/mvj-politi/herning", "Lokalstation Herning"),
        ("politi.sekretariat.leder", "/kontakter/vagttelefon/mvj-politi/herning", "Vagttelefon"),
        ("politi.sekretariat.leder", "/kontakter/fravaer", "Fravær"),
        ("kontrol.herning", "/log", "Log"),
        ("kontrol.herning", "/kontrol", "Kontrol"),
        ("kontrol.herning", "/kontrol/signaler", "Signaler"),
        ("kontrol.herning", "/kontrol/stikproever", "Stikprøver"),
    ],
)
def test_a_page_shuts_nobody_out(cast: Cast, login: str, path: str, heading: str):
    person = cast[login]
    person.go(path)
    assert person.heading == heading
    assert faults(person.page) == []


def test_a_refused_form_shuts_nobody_out(cast: Cast):
    stranger = cast.stranger()
    stranger.go("/log-ind")
    assert stranger.press("Log ind") == 422
    assert faults(stranger.page) == []
    police = cast["politi.herning"]
    police.go("/henvendelser/ny")
    assert police.press("Spørg og gå videre") == 422
    assert faults(police.page) == []


def test_the_search_for_faults_finds_one(cast: Cast):
    """A label taken away and a box too wide, as a template could break them."""
    stranger = cast.stranger()
    stranger.go("/log-ind")
    assert faults(stranger.page) == []
    stranger.page.evaluate("document.querySelector('label').remove()")
    stranger.page.evaluate("document.querySelector('h1').style.width = '700px'")
    told = " ".join(faults(stranger.page))
    assert "label" in told
    assert "390 px: wider than the window" in told
