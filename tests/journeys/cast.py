"""People at their browsers: each with a context of their own, doing what people do, by the words on the page.

Every page they come to is watched: the policy header is on it, and the console has nothing to complain of.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response

from casehub.demo.people import PASSWORD

WIDE = {"width": 1280, "height": 900}
Look = Callable[[str, Page], None]


@dataclass(slots=True)
class Watch:
    """What was wrong on any page of any of the browsers."""

    complaints: list[str] = field(default_factory=list)
    pages: int = 0

    def attend(self, page: Page) -> None:
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("response", lambda answer: self._response(answer))  # noqa: PLW0108 (Playwright marks a method's object)

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and "the server responded with a status of 4" not in text:
            self.complaints.append(f"console: {text}")

    def _response(self, response: Response) -> None:
        if response.request.resource_type == "document" and not 300 <= response.status < 400:
            self.pages += 1
            policy = response.headers.get("content-security-policy", "")
            if "default-src 'self'" not in policy or "unsafe" in policy or response.status >= 500:
                self.complaints.append(f"{response.status} {response.url}: policy {policy!r}")


@dataclass(slots=True)
class Person:
    """One browser window. Names are the words people see: labels, buttons, links."""

    page: Page
    url: str
    look: Look

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def text(self) -> str:
        """What the main part of the page says, folded parts included."""
        return self.main.text_content() or ""

    @property
    def name(self) -> str:
        """Of whoever is signed in."""
        return self.page.locator(".authority-name").inner_text()

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url).partition("#")[0]

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """From the sign-in page, wherever that was asked for."""
        self.fill("Brugernavn", login)
        self.fill("Adgangskode", password)
        self.press("Log ind")

    def go(self, path: str) -> int:
        """Type an address; the status of the answer."""
        answer = self.page.goto(self.url + path, wait_until="domcontentloaded")
        assert answer is not None
        return answer.status

    def press(self, name: str) -> int:
        """Press a button whose words begin with `name`; the status of the page that comes."""
        button = self.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}"))
        with self.page.expect_navigation(wait_until="domcontentloaded") as coming:
            button.click()
        answer = coming.value
        return answer.status if answer else 0

    def follow(self, name: str) -> None:
        """Follow the first link with these words."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.get_by_role("link", name=re.compile(rf"^(\d+\. )?{re.escape(name)}")).first.click()

    def field(self, label: str) -> Locator:
        """The field whose label begins so."""
        return self.main.get_by_label(re.compile(rf"^{re.escape(label)}")).locator("visible=true").first

    def fill(self, label: str, text: str) -> None:
        self.field(label).fill(text)

    def select(self, label: str, option: str) -> None:
        """The option whose words begin with `option`."""
        field = self.field(label)
        words = [each for each in field.locator("option").all_text_contents() if each.startswith(option)]
        field.select_option(label=words[0])

    def tick(self, label: str) -> None:
        self.field(label).check()

    def untick(self, label: str) -> None:
        self.field(label).uncheck()

    def show(self, name: str) -> None:
        """Let whoever looks on see this page, called `name`."""
        self.look(name, self.page)


@dataclass(slots=True)
class Cast:
    """Everybody by their login, signed in when first asked for. `look` is called with every page worth seeing."""

    browser: Browser
    url: str
    look: Look = lambda _name, _page: None
    options: dict[str, object] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    _people: dict[str, Person] = field(default_factory=dict)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def __getitem__(self, login: str) -> Person:
        if login not in self._people:
            person = self.stranger()
            person.go("/log-ind")
            person.sign_in(login)
            self._people[login] = person
        return self._people[login]

    def stranger(self) -> Person:
        """A browser in which nobody has signed in."""
        context = self.browser.new_context(
            locale="da-DK", timezone_id="Europe/Copenhagen", viewport=WIDE, **self.options
        )  # type: ignore[arg-type]
        context.set_default_timeout(60_000)  # of a loaded machine
        self._contexts.append(context)
        page = context.new_page()
        self.watch.attend(page)
        return Person(page, self.url, self.look)

    def leave(self) -> None:
        """Close the browsers; nothing may have been wrong on the way."""
        for context in self._contexts:
            context.close()
        assert self.watch.complaints == []
