"""Every page of the journey at 1280 and 390 px: axe-core finds nothing, and nothing is wider than the window."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import chapters
from tests.journeys.cast import WIDE, Cast
from tests.journeys.place import Place
from tests.journeys.story import Story
from tests.journeys.test_psp_journey import what_is_overdue_is_seen_at_once

AXE = Path(__file__).parents[2] / "casehub" / "web" / "static" / "vendor" / "axe" / "axe.min.js"
RUN = "axe.run(document, {resultTypes: ['violations']})"
STORY = Story(cpr="690385-1234", name="Bodil Gammelgaard Tænkt")


@pytest.fixture(scope="module")
def axe() -> str:
    return AXE.read_text()


def faults(page: Page, axe: str) -> list[str]:
    """What axe finds, and what sticks out, at both widths; the page is left as it was."""
    page.evaluate(axe)  # not an inline script: the policy stays in force
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for fault in page.evaluate(RUN)["violations"]:
            found += [f"{width} px: {fault['id']}: {node['html']}" for node in fault["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{width} px: wider than the window")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return found


def test_no_page_of_the_journey_shuts_anyone_out(browser: Browser, place: Place, axe: str):
    seen: dict[str, list[str]] = {}

    def look(name: str, page: Page) -> None:
        if name not in seen:
            seen[name] = faults(page, axe)

    cast = Cast(browser, place.url, look)
    stranger = cast.stranger()
    stranger.go("/log-ind")
    stranger.show("sign-in")
    stranger.press("Log ind")
    stranger.show("sign-in-refused")
    case = chapters.refer(cast, STORY)
    chapters.triage(cast, STORY, case)
    chapters.share(cast, STORY, case)
    chapters.the_card_tells_what_can_be_done(cast, case)
    kept = chapters.psychiatry_answers_and_writes(cast, STORY, case)
    chapters.the_kommune_reads_the_one_note(cast, STORY, case, kept)
    chapters.what_was_said_is_written_down(cast, STORY, case)
    what_is_overdue_is_seen_at_once(cast, place, case)
    chapters.the_group_meets(cast, STORY, case)
    chapters.the_case_is_closed(cast, STORY, case)
    for login, path in (
        ("kontrol.politi", "/log"),
        ("administrator", "/administration"),
        ("politi.herning", "/sager"),
    ):
        cast[login].go(path)
        cast[login].show(path)
    cast.leave()
    assert {name: found for name, found in seen.items() if found} == {}
    assert len(seen) > 25
    assert {"day-late", "case", "parties-confirm", "note-confirm", "not-found", "/log"} <= set(seen)


def test_the_search_for_faults_finds_one(cast: Cast, axe: str):
    """A label taken away and a box too wide, as a template could break them."""
    stranger = cast.stranger()
    stranger.go("/log-ind")
    assert faults(stranger.page, axe) == []
    stranger.page.evaluate("document.querySelector('label').remove()")
    stranger.page.evaluate("document.querySelector('h1').style.width = '700px'")
    told = " ".join(faults(stranger.page, axe))
    assert "label" in told
    assert "390 px: wider than the window" in told
