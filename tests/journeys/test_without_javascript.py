"""The main path in a browser that runs no script at all: every page is a form and a link."""

from playwright.sync_api import Browser

from tests.journeys import chapters
from tests.journeys.cast import Cast
from tests.journeys.filing import a_file_is_put_on_the_case_and_fetched
from tests.journeys.place import Place
from tests.journeys.story import Story

STORY = Story(cpr="700385-1234", name="Cecilie Skovbo Opdigtet")


def test_a_case_is_referred_triaged_shared_and_written_in_without_a_script(browser: Browser, place: Place):
    cast = Cast(browser, place.url, options={"java_script_enabled": False})
    case = chapters.refer(cast, STORY)
    assert cast["politi.herning"].page.evaluate("typeof DKFDS") == "undefined"
    chapters.triage(cast, STORY, case)
    chapters.share(cast, STORY, case)
    chapters.the_card_tells_what_can_be_done(cast, case)
    psychiatry = cast["psykiatri.midt"]
    chapters.write_shared_note(psychiatry, STORY, case)
    kommune = cast["kommune.herning"]
    kommune.go(case)
    assert STORY.shared in kommune.page.locator(".note").inner_text()
    chapters.what_was_said_is_written_down(cast, STORY, case)
    a_file_is_put_on_the_case_and_fetched(cast, case)
    kommune.press("Log ud")
    assert kommune.heading == "Log ind"
    cast.leave()
