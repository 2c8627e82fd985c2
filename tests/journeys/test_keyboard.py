"""Sign-in, referral, triage and a note by keyboard alone: Tab, Shift+Tab, Space, Enter, arrows and letters."""

import re
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Browser, Page

from casehub.demo.people import PASSWORD
from tests.journeys import chapters
from tests.journeys.cast import Cast
from tests.journeys.place import Place
from tests.journeys.story import Story, day_in

STORY = Story(cpr="710385-1234", name="Ditte Bakkegaard Påfund")
MOST_STEPS = 120
# who has the focus: what a screen reader would call it, and whether one sees that it has it
FOCUSED = """() => {
    const it = document.activeElement;
    const label = it.labels && it.labels.length ? it.labels[0] : null;
    const shown = [[it, null], ...(label ? [[label, null], [label, '::before'], [label, '::after']] : [])];
    const seen = shown.some(([element, part]) => {
        const style = getComputedStyle(element, part);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    });
    const name = it.getAttribute('aria-label') || (label || it).textContent || '';
    const box = (it.offsetParent ? it : it.parentElement).getBoundingClientRect();
    return {tag: it.tagName, type: it.type || '', field: it.name || '', name: name.trim().replace(/\\s+/g, ' '),
            id: it.id, seen, within: box.bottom > 0 && box.top < innerHeight};
}"""


@dataclass(slots=True)
class Hands:
    """On the keyboard and nowhere else."""

    page: Page

    @property
    def focused(self) -> dict[str, str]:
        found: dict[str, str] = self.page.evaluate(FOCUSED)
        return found

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, name: str, tag: str = "", *, back: bool = False) -> dict[str, str]:
        """Press Tab until what is called so has the focus; it is always seen where the focus is."""
        last = self.focused["id"]
        for _ in range(MOST_STEPS):
            self.keys("Shift+Tab" if back else "Tab")
            at = self.focused
            if at["tag"] == "BODY":
                continue  # round the end of the page
            part = at["type"].startswith("date") and at["id"] == last  # its calendar: Chromium's own ring
            assert at["seen"] or part, at
            last = at["id"]
            assert at["within"], at
            if re.match(rf"(\d+\. )?{re.escape(name)}", at["name"]) and at["tag"].startswith(tag):
                return at
        raise AssertionError(f"Tab never comes to {name!r}")

    def write(self, label: str, text: str) -> None:
        self.tab_to(label)
        self.page.keyboard.insert_text(text)

    def tick(self, label: str) -> None:
        self.tab_to(label)
        self.keys("Space")

    def choose(self, label: str, option: str) -> None:
        """A list: the letters of the option; a group of buttons: the arrows."""
        at = self.tab_to(label)
        if at["tag"] == "SELECT":
            self.page.keyboard.type(option)
            return
        self.keys("Space")
        for _ in range(10):
            if self.focused["name"].startswith(option):
                return
            self.keys("ArrowDown")
        raise AssertionError(f"the arrows never come to {option!r}")

    def write_date(self, label: str, day: date) -> None:
        """In the order in which this Chromium asks for the parts."""
        field = self.tab_to(label)
        for order in ("%d%m%Y", "%m%d%Y", "%Y%m%d"):
            self.page.keyboard.type(day.strftime(order))
            if self.page.evaluate("document.activeElement.value") == day.isoformat():
                return
            while self.focused["id"] == field["id"]:  # back over its parts
                self.keys("Shift+Tab")
            self.keys("Tab")
        raise AssertionError("the date was not taken")

    def enter(self, name: str, tag: str = "") -> None:
        self.tab_to(name, tag)
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.keys("Enter")

    def sign_in(self, url: str, login: str) -> None:
        self.page.goto(f"{url}/log-ind", wait_until="domcontentloaded")
        self.write("Brugernavn", login)
        self.write("Adgangskode", PASSWORD)
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.keys("Enter")

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()


def test_a_case_is_referred_triaged_and_written_in_by_keyboard_alone(browser: Browser, place: Place):
    cast = Cast(browser, place.url)
    police = Hands(cast.stranger().page)
    police.sign_in(place.url, "politi.herning")
    assert police.heading == "Min dag"
    the_skip_link_skips(police)
    refer(police)
    number = police.heading.removeprefix("Sag ")

    tovholder = Hands(cast.stranger().page)
    tovholder.sign_in(place.url, "tovholder")
    tovholder.enter("Sager", "A")
    tovholder.enter(number, "A")
    triage(tovholder)
    share(tovholder)
    assert tovholder.heading == f"Sag {number}"

    write_note(police, number)
    cast.leave()


def the_skip_link_skips(hands: Hands) -> None:
    """The first stop on a page leads past the menu."""
    hands.page.reload(wait_until="domcontentloaded")
    hands.keys("Tab")
    assert hands.focused["name"] == "Gå til sidens indhold"
    assert hands.focused["seen"]
    hands.keys("Enter")
    assert hands.focused["id"] == "main-content"
    hands.keys("Tab")
    assert hands.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def refer(hands: Hands) -> None:
    hands.enter("Ny henvendelse", "A")
    hands.choose("Bevilling", "PSP-samarbejdet")  # from the first of the networks
    hands.write("Borgerens CPR-nummer", STORY.cpr)
    hands.enter(chapters.ASK)
    hands.write("Navn", STORY.name)
    hands.write("Adresse", STORY.address)
    hands.write("Telefon", STORY.phone)
    hands.choose("Kommune", "Herning")
    hands.write("Sikker kontakt", STORY.safe_contact)
    hands.tick("Borgeren er truende")
    hands.choose("Polspot", "Politiets døgnrapport")
    hands.write("Beskriv bekymringen kort", STORY.concern)
    hands.write("Hvorfor er det nødvendigt?", STORY.necessity)
    hands.choose("Forebyggelse", "Efterforskning")
    hands.enter(chapters.CREATE)
    assert "Der er én ting, du skal rette" in hands.focused["name"]  # heard first
    hands.keys("Tab", "Enter")  # the summary leads to the field
    assert hands.focused["field"] == "purpose"
    assert hands.focused["name"].startswith("Forebyggelse")
    hands.keys("Space")
    hands.enter(chapters.CREATE)
    assert chapters.NUMBER.fullmatch(hands.heading.removeprefix("Sag "))
    hands.tab_to("10 20 30 40", "A")
    hands.tab_to("Ny henvendelse", "A", back=True)


def triage(hands: Hands) -> None:
    hands.enter("Vurdér henvendelsen", "A")
    hands.choose("Tages op i PSP", "Tages op i PSP")
    hands.write("Begrundelse", STORY.triage)
    hands.write_date("Mødedato", day_in(chapters.MEETING_IN_DAYS))
    hands.enter(chapters.DONE)
    assert hands.heading == "Hvem skal med i sagen?"


def share(hands: Hands) -> None:
    hands.write("Hvorfor er Socialforvaltningen", STORY.why_kommune)
    hands.tick("Distriktspsykiatrien")  # it was preselected: unticked
    hands.choose("Forebyggelse", "Forebyggelse")
    hands.enter("Gå videre")
    assert hands.heading == "Tjek, hvem du deler sagen med"
    assert "Distriktspsykiatrien" not in hands.page.locator("table").inner_text()
    hands.enter("Del sagen med Socialforvaltningen")


def write_note(hands: Hands, number: str) -> None:
    hands.enter("Sager", "A")
    hands.enter(number, "A")
    hands.enter("Skriv et notat", "A")
    hands.write("Notat", STORY.shared)
    hands.tick("Herning Kommune")
    hands.choose("Forebyggelse", "Samordning")
    hands.write("Hvorfor er det nødvendigt", STORY.why_shared)
    hands.enter("Gå videre")
    assert "Herning Kommune" in hands.page.locator("table").inner_text()
    hands.enter("Gem notatet til Herning Kommune")
    assert STORY.shared in hands.page.locator(".note").inner_text()


def test_the_look_for_the_focus_misses_one_that_is_hidden(cast: Cast):
    hands = Hands(cast.stranger().page)
    hands.page.goto(f"{cast.url}/log-ind")
    assert hands.tab_to("Brugernavn")["seen"]
    hands.page.evaluate("document.activeElement.style.cssText = 'outline: none; box-shadow: none'")
    assert not hands.focused["seen"]
