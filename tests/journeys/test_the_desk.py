"""The reviewer's desk from a search to a closed review and its report; every page looked at by axe-core."""

from tests.journeys import chapters
from tests.journeys.cast import Cast, Person
from tests.journeys.eyes import Eyes
from tests.journeys.place import Place
from tests.journeys.story import Story

STORY = Story(cpr="760385-1234", name="Tyge Havmølle Påfund")


def test_the_desk_shuts_nobody_out(cast: Cast, place: Place):
    eyes = Eyes()
    quiet = Cast(cast.browser, cast.url)
    case = chapters.refer(quiet, STORY)
    for login in ("politi.skive", "kommune.skive"):
        assert quiet[login].go(case) == 404
    quiet.leave()
    place.ask_worker("find_signals", authority="mvj-politi")
    place.wait_until("SELECT count(*) > 0 FROM log_signal")
    cast.look = eyes
    first, second, employee = (
        cast["kontrol.politi"],
        cast["kontrol.politi-stedfortraeder"],
        cast["politi.skive"],
    )
    look_around(first, case)
    review = open_review(first, case)
    explain(employee)
    conclude(first, review)
    close(second, review)
    first.go("/kontrol/sager")
    first.show("reviews")
    first.go("/kontrol/rapport")
    first.show("reports")
    with first.page.expect_download() as downloading:
        first.page.locator("main a[href$='.pdf']").first.click()
    assert downloading.value.path().read_bytes().startswith(b"%PDF-")
    assert eyes.faults == {}
    assert len(eyes.seen) > 15


def look_around(reviewer: Person, case: str) -> None:
    reviewer.go("/log")
    reviewer.fill("Fra og med", "i går")
    assert reviewer.press("Søg") == 422
    reviewer.show("log-refused")
    reviewer.fill("Fra og med", "")
    reviewer.fill("Borgerens CPR-nummer", STORY.cpr)
    assert reviewer.press("Søg") == 200
    assert STORY.cpr not in reviewer.page.content()
    reviewer.show("log-found")
    reviewer.go("/kontrol/stikproever")
    assert reviewer.press("Udtag en stikprøve") == 200
    reviewer.show("sample")
    reviewer.go("/kontrol/signaler")
    reviewer.show("signals")
    reviewer.page.locator("main a[href*='/kontrol/signaler/']").first.click()
    reviewer.page.wait_for_load_state()
    reviewer.show("signal")
    reviewer.go(f"/log{case}")
    reviewer.show("log-case")


def open_review(reviewer: Person, case: str) -> str:
    line = reviewer.page.locator("#log-lines tr").filter(has_text="Karsten Salling").first
    reviewer.go(str(line.locator("a[href*='/kontrol/sager/ny']").get_attribute("href")))
    reviewer.show("review-new")
    assert reviewer.press("Åbn kontrolsagen") == 200
    reviewer.show("review-open")
    return reviewer.path


def explain(employee: Person) -> None:
    employee.go("/")
    employee.show("day-asked")
    employee.page.locator("a[href*='/forklaring/']").first.click()
    employee.page.wait_for_load_state()
    assert employee.press("Send forklaringen") == 422
    employee.show("request-refused")
    employee.fill("Din forklaring", "Jeg tog fejl af sagen.")
    assert employee.press("Send forklaringen") == 200
    employee.show("request-answered")


def conclude(reviewer: Person, review: str) -> None:
    reviewer.go(review)
    assert "Jeg tog fejl af sagen." in reviewer.text
    assert reviewer.press("Afgør") == 422
    reviewer.show("review-refused")
    reviewer.tick("I orden")
    reviewer.fill("Begrundelse", "Et forkert nummer.")
    assert reviewer.press("Afgør") == 200
    reviewer.show("review-concluded")


def close(reviewer: Person, review: str) -> None:
    reviewer.go(review)
    assert reviewer.press("Send tilbage") == 422
    reviewer.show("review-return-refused")
    assert reviewer.press("Jeg er enig") == 200
    reviewer.show("review-sure")
    assert reviewer.press("Ja, luk kontrolsagen") == 200
    reviewer.show("review-closed")
