"""One file is all it takes: a network with its card is put into a copy of the policies, the house is started, and a case runs on
it in the browser, from its beginning to closure.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from casehub.demo.loading import add_person
from casehub.demo.people import Person as Login
from casehub.embedded import EmbeddedServer
from casehub.preparing import set_up
from casehub.runtime import Runtime
from tests.databases import copy_of
from tests.house import config_for
from tests.journeys.cast import Cast
from tests.journeys.chapters import ASK, CREATE, DONE
from tests.journeys.eyes import faults
from tests.journeys.place import Place, open_place
from tests.journeys.story import in_days

POLICIES = Path(__file__).parents[2] / "policies"
NEW = Path(__file__).with_name("aeldre.yaml")
LOGINS = (
    Login(
        "betjent", "Viggo Snejbjerg", "Politibetjent", "10 00 90 01", "mvj-politi", "mvj-politi/herning",
        duties=(("aeldre", "mvj-politi/herning", "kontaktperson"),),
    ),
    Login(
        "hjemmehjaelper", "Bente Studsgård", "Hjemmehjælper", "10 00 90 02", "herning-kommune", "herning-kommune/social",
        duties=(("aeldre", "herning-kommune/social", "tovholder"),),
    ),
)  # fmt: skip
BORN_1950 = "610150-1234"


@pytest.fixture
def place(cluster: EmbeddedServer, house_template: tuple[str, Path], tmp_path: Path) -> Iterator[Place]:
    """A house as it stands, started again with one more file."""
    name, home = house_template
    policies = tmp_path / "policies"
    shutil.copytree(POLICIES, policies)
    shutil.copy(NEW, policies / "networks")
    with copy_of(cluster, name) as database:
        config = replace(config_for(database.app_url, home), policies=policies)
        changes = set_up(config, owner_url=database.owner_url)
        assert changes == ("network aeldre: activated",)
        runtime = Runtime.open(config)
        try:
            with runtime.work_as_operator() as ctx:
                assert all(add_person(ctx, login) for login in LOGINS)
        finally:
            runtime.close()
        with open_place(cluster, database, home, tmp_path, CASEHUB_POLICIES=str(policies)) as place:
            yield place


def test_a_network_that_is_one_new_file_runs_a_case_from_its_beginning_to_closure(
    browser: Browser, place: Place
):
    cast = Cast(browser, place.url)
    police, kommune = cast["betjent"], cast["hjemmehjaelper"]
    police.go("/kort/aeldre")
    assert police.heading == "Besøg hos en ældre"
    assert "24 timer efter, at sagen er oprettet" in police.text
    assert faults(police.page) == []

    police.go("/henvendelser/ny")
    police.fill("Borgerens CPR-nummer", BORN_1950)
    assert police.press(ASK) == 200
    assert police.page.locator("[name=indicators]").count() == 0
    police.fill("Navn", "Gerda Fjeldgaard Prøvesen")
    police.select("Kommune", "Herning")
    police.tick("Egen sag")
    police.fill("Beskriv bekymringen kort", "Gav koden til en, der ringede fra banken.")
    police.fill("Hvorfor er det nødvendigt?", "Hjemmehjælpen kommer der hver dag.")
    police.tick("Beskyttelse")
    assert faults(police.page) == []
    assert police.press(CREATE) == 422  # consent is not presumed
    assert police.page.locator("#basis-error").inner_text().strip()
    police.select("Hjemmel for at give henvendelsen", "Borgerens samtykke")
    assert police.press(CREATE) == 422  # and has an end
    police.tick("Mundtligt")
    police.fill("Til og med hvilken dag", in_days(200))
    assert police.press(CREATE) == 200
    assert police.heading.startswith("Sag AELDRE-")
    assert "I gang" in police.text
    case = police.path

    for person in (police, kommune):
        assert person.go(case) == 200
        person.follow("Besøg borgeren")
        person.fill("Hvad talte I om?", "At lægge på, når banken ringer.")
        assert person.press(DONE) == 200
    kommune.follow("Luk sagen")
    kommune.tick("Borgeren er tryg")
    kommune.fill("Slettes den", in_days(90))
    kommune.untick("Midt- og Vestjyllands Politi")  # the reason stays with the kommune
    assert kommune.press(DONE) == 200
    assert "Lukket" in kommune.text
    police.go(case)
    assert "Lukket" in police.text
    cast.leave()
