"""Every page in a real browser: no accessibility violation, nothing wider than the window, nothing the policy blocks."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from casehub.app import create_app
from casehub.embedded import EmbeddedServer
from tests.databases import copy_of
from tests.house import live_in
from tests.journeys.chromium import find_chromium
from tests.web.acting import CPR
from tests.web.browsing import PASSWORD

CHROMIUM = find_chromium()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parents[2] / "casehub" / "web" / "static" / "vendor" / "axe" / "axe.min.js"


@dataclass(frozen=True, slots=True)
class Site:
    """A served application with one open case."""

    url: str
    case: str


@pytest.fixture(scope="module")
def site(
    cluster: EmbeddedServer, house_template: tuple[str, Path], opened: tuple[str, str]
) -> Iterator[Site]:
    name, case = opened
    with copy_of(cluster, name) as database, live_in(database, house_template[1]) as house:
        server = make_server("127.0.0.1", 0, create_app(house.runtime.config, house.runtime), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(f"http://127.0.0.1:{server.port}", case)
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, site: Site) -> Iterator[Callable[[str], Page]]:
    """A page of someone who is signed in, the same for each login; what the console says is kept on it."""
    pages: dict[str, Page] = {}

    def page_of(login: str) -> Page:
        if login not in pages:
            page = browser.new_context(locale="da-DK").new_page()
            page.goto(f"{site.url}/log-ind")
            page.get_by_label("Brugernavn").fill(login)
            page.get_by_label("Adgangskode").fill(PASSWORD)
            page.get_by_role("button", name="Log ind").click()
            page.wait_for_url(lambda url: not url.endswith("/log-ind"))
            pages[login] = page
        return pages[login]

    yield page_of
    for page in pages.values():
        page.context.close()


def to(path: str) -> Callable[[Page, Site], None]:
    def go(page: Page, site: Site) -> None:
        page.goto(site.url + path.replace("CASE", site.case))

    return go


def press(name: str, *before: Callable[[Page, Site], None]) -> Callable[[Page, Site], None]:
    def go(page: Page, site: Site) -> None:
        for step in before:
            step(page, site)
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_load_state()

    return go


def fill(**values: str) -> Callable[[Page, Site], None]:
    def go(page: Page, site: Site) -> None:
        for field, text in values.items():
            page.locator(f"#{field}").fill(text)

    return go


def answer_step(page: Page, site: Site) -> None:
    page.goto(site.url + site.case)
    page.get_by_role("link", name="Svar på henvendelsen").first.click()
    page.wait_for_load_state()


def tick_reader(page: Page, site: Site) -> None:
    page.get_by_label("Herning Kommune", exact=True).check()
    page.locator("input[name=purpose]").first.check()
    page.locator("#necessity").fill("Boligen.")


def pick_psp(page: Page, site: Site) -> None:
    page.get_by_label("PSP-samarbejdet").check()


KNOWN = press("Spørg og gå videre", to("/henvendelser/ny"), pick_psp, fill(cpr=CPR))
PAGES = {
    "sign in": (None, to("/log-ind")),
    "sign in refused": (None, press("Log ind", to("/log-ind"))),
    "my day": ("kommune.herning", to("/")),
    "cases": ("kommune.herning", to("/sager")),
    "the case": ("kommune.herning", to("CASE")),
    "the case of the tovholder": ("tovholder", to("CASE")),
    "a step": ("kommune.herning", answer_step),
    "a step with a fault": ("kommune.herning", press("Gem, og marker trinnet som udført", answer_step)),
    "parties": ("tovholder", to("CASE/parter")),
    "parties with faults": ("tovholder", press("Gå videre", to("CASE/parter"))),
    "the question": ("politi.herning", to("/henvendelser/ny")),
    "the referral": ("politi.herning", KNOWN),
    "the referral with faults": ("politi.herning", press("Opret henvendelse", KNOWN)),
    "a note": ("psykiatri.midt", to("CASE/noter/ny")),
    "a note with a fault": ("psykiatri.midt", press("Gå videre", to("CASE/noter/ny"))),
    "who can read the note": (
        "psykiatri.midt",
        press("Gå videre", to("CASE/noter/ny"), fill(text="Aftale."), tick_reader),
    ),
    "an oral disclosure": ("politi.herning", to("CASE/mundtlig")),
    "the log": ("kontrol.politi", to("/log")),
    "administration": ("administrator", to("/administration")),
    "not found": ("politi.herning", to("/findes-ikke")),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds(name: str, site: Site, browser: Browser, signed_in: Callable[[str], Page]):
    login, go = PAGES[name]
    page = signed_in(login) if login else browser.new_context(locale="da-DK").new_page()
    said: list[str] = []

    def hear(message: object) -> None:
        said.append(str(message.text))  # type: ignore[attr-defined]

    page.on("console", hear)
    page.set_viewport_size({"width": 1280, "height": 900})
    go(page, site)
    page.evaluate(AXE.read_text())
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        found = page.evaluate("axe.run()")
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
        assert len(found["passes"]) > 10
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.remove_listener("console", hear)
    assert [line for line in said if "the server responded with a status of 4" not in line] == []
    if login is None:
        page.context.close()


def test_older_lines_of_the_log_come_without_a_reload(site: Site, signed_in: Callable[[str], Page]):
    page = signed_in("kontrol.politi")
    for _ in range(51):  # each look at the log is a line of it
        page.request.get(f"{site.url}/log")
    page.goto(f"{site.url}/log")
    before = page.locator("#log-lines > tr").count()
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Vis ældre linjer").click()
    page.locator("#log-lines > tr").nth(before).wait_for()
    assert page.evaluate("window.same") is True
    ids = page.locator("#log-lines > tr").evaluate_all("rows => rows.map(row => row.id)")
    assert len(ids) == len(set(ids)) > before
    assert page.evaluate("document.activeElement.id") == "log-more"


def test_a_field_that_a_choice_makes_irrelevant_is_hidden_and_comes_when_it_applies(
    site: Site, signed_in: Callable[[str], Page]
):
    page = signed_in("kommune.herning")
    answer_step(page, site)
    assert not page.get_by_label("Begrundelse for at afslå").is_visible()
    page.get_by_label("Afslår").check()
    assert page.get_by_label("Begrundelse for at afslå").is_visible()


def test_the_error_summary_is_what_one_hears_first_and_leads_to_the_field(
    site: Site, signed_in: Callable[[str], Page]
):
    page = signed_in("psykiatri.midt")
    press("Gå videre", to("CASE/noter/ny"))(page, site)
    assert page.evaluate("document.activeElement.dataset.module") == "error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "text"


def test_nothing_is_kept_in_the_browser(site: Site, signed_in: Callable[[str], Page]):
    page = signed_in("politi.herning")
    KNOWN(page, site)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("document.cookie") == ""
