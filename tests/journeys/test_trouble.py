"""What goes wrong on an ordinary day: nothing typed is lost, nobody sees another's text, and everyone is told plainly."""

import re
from dataclasses import replace
from itertools import count

import pytest
from playwright.sync_api import Browser

from tests.journeys import chapters
from tests.journeys.cast import Cast, Person
from tests.journeys.place import Place
from tests.journeys.story import Story

STORY = Story(name="Egon Lyngbakke Udtænkt")
NUMBERS = count(
    1
)  # a module is furnished again where tests are dealt out anew: then it is about another citizen
TYPED = "Hunden gøede hele natten, og ingen lukkede op."
UNKNOWN = "/sager/019ab000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def case(browser: Browser, place: Place) -> str:
    """A case that police, kommune and psychiatry take part in."""
    cast = Cast(browser, place.url)
    story = replace(STORY, cpr=f"720385-{next(NUMBERS):04d}")
    case = chapters.refer(cast, story)
    chapters.triage(cast, story, case)
    chapters.share(cast, story, case)
    cast.leave()
    return case


def end_sessions(place: Place, login: str) -> None:
    """Half an hour passes without a key pressed."""
    ended = "UPDATE web_session SET expires_at = now() - interval '1 minute' WHERE staff_id = (SELECT id FROM staff WHERE login = %s)"
    assert place.change(ended, login) >= 1


def type_note(person: Person, case: str) -> None:
    person.go(f"{case}/noter/ny")
    person.fill("Notat", TYPED)
    person.tick("Herning Kommune")
    person.tick("Samordning")


def test_a_session_that_ended_while_typing_gives_the_text_back_to_its_writer_alone(
    cast: Cast, place: Place, case: str
):
    police = cast["politi.herning"]
    type_note(police, case)
    end_sessions(place, "politi.herning")
    police.press("Gå videre")
    assert police.heading == "Log ind"
    assert "Det, du skrev, er gemt i 24 timer" in police.text

    police.sign_in("politi.herning-stedfortraeder")  # a colleague at the same desk
    assert police.path == "/"
    police.go(f"{case}/noter/ny")
    assert police.field("Notat").input_value() == ""
    assert TYPED not in police.page.content()
    police.press("Log ud")

    police.sign_in("politi.herning")
    police.go(f"{case}/noter/ny")
    assert "Din tekst er her endnu" in police.text
    assert police.field("Notat").input_value() == TYPED
    assert police.field("Herning Kommune").is_checked()
    assert police.field("Samordning").is_checked()
    assert TYPED.encode() not in place.dump()


def test_whoever_signs_in_again_at_once_is_back_in_the_form(cast: Cast, place: Place, case: str):
    police = cast["politi.herning"]
    type_note(police, case)
    end_sessions(place, "politi.herning")
    police.press("Gå videre")
    police.sign_in("politi.herning")
    assert police.path == f"{case}/noter/ny"
    assert police.field("Notat").input_value() == TYPED
    police.fill("Hvorfor er det nødvendigt", "Kommunen kommer i morgen.")
    assert police.press("Gå videre") == 200
    assert TYPED in police.text
    assert police.press("Gem notatet til Herning Kommune") == 200


def test_of_two_who_complete_a_step_at_once_the_second_is_told_and_keeps_the_text(cast: Cast, case: str):
    pair = [cast["politi.herning"], cast["politi.herning-stedfortraeder"]]
    for person in pair:
        person.go(case)
        person.follow("Svar på henvendelsen")
        person.tick("Afslår")
        person.fill("Bemærkning", f"{TYPED} Skrevet af {person.name}.")
    for person in pair:  # neither waits for the other
        person.page.get_by_role("button", name=chapters.DONE).click(no_wait_after=True)
    for person in pair:
        person.page.locator(".alert").first.wait_for()
    [first] = [person for person in pair if person.path == case]
    [second] = [person for person in pair if person is not first]
    told = second.page.locator(".alert").first.inner_text()
    assert first.name in told
    assert "Trinnet er udført" in second.text
    assert f"{TYPED} Skrevet af {second.name}." in second.text
    second.go(case)
    assert second.page.locator(".card-step").filter(has_text="Afslår").count() == 1


def test_a_megabyte_pasted_into_a_note_is_told_beside_the_field_and_kept(cast: Cast, case: str):
    police = cast["politi.herning"]
    pasted = "Æblegrød med fløde. " * 50_000
    police.go(f"{case}/noter/ny")
    police.fill("Notat", pasted)
    status = police.press("Gå videre")
    if status == 200:
        status = police.press("Gem notatet")
    assert status == 422
    assert "tegn" in police.page.locator("#text-error").inner_text()
    assert police.field("Notat").input_value() == pasted


def test_a_nul_byte_is_told_beside_the_field(cast: Cast, case: str):
    police = cast["politi.herning"]
    police.go(f"{case}/noter/ny")
    token = police.page.locator("main input[name=csrf_token]").input_value()
    for do in ("review", "confirm"):
        answer = police.page.request.post(
            f"{police.url}{case}/noter/ny", form={"csrf_token": token, "text": "før\0efter", "_do": do}
        )
        assert answer.status in ({200, 422} if do == "review" else {422})
    assert 'id="text-error"' in answer.text()
    assert "efter" in answer.text()


def test_what_is_not_there_is_said_in_danish(cast: Cast):
    police = cast["politi.herning"]
    for path in (UNKNOWN, f"{UNKNOWN}/parter", f"{UNKNOWN}/noter/ny", "/sager/ikke-et-id", "/findes-ikke"):
        assert police.go(path) == 404
        assert police.heading == "Siden findes ikke"
        assert police.page.locator("html").get_attribute("lang") == "da"


def test_two_lines_of_one_note_are_two_lines_when_read(cast: Cast, case: str):
    police = cast["politi.herning"]
    police.go(f"{case}/noter/ny")
    police.fill("Notat", "Første linje.\n\n  Anden <b>linje</b> & mere.")
    assert police.press("Gå videre") == 200
    assert police.press("Gem notatet") == 200
    note = police.page.locator(".note .typed").filter(has_text="Anden").inner_text()
    assert re.fullmatch(r"Første linje\.\n\n\s*Anden <b>linje</b> & mere\.", note.strip())
