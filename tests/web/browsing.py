"""A visitor with a cookie jar: reads pages, fills in forms and presses buttons, as a browser without JavaScript does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from casehub.demo.people import PASSWORD

__all__ = ["PASSWORD", "Visitor", "form_of"]

OWN = "own"  # stands for the token of one's own session
Fields = Mapping[str, str | Sequence[str]]


class _Form(HTMLParser):
    """Collects what the last form with a `csrf_token` in the page's main part would send if nothing were changed."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        name = at.get("name") or ""
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and self.forms:
            if at.get("type") not in {"checkbox", "radio"} or "checked" in at:
                self._add(name, at.get("value") or "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in at:
            self._add(self._select, at.get("value") or "")
        elif tag == "textarea":
            self._area = name
            self._add(name, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea" and self._area:
            text = self.forms[-1][self._area]
            text[-1] = text[-1].removeprefix("\n")
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area][-1] += data

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].setdefault(name, []).append(value)


def form_of(page: TestResponse) -> dict[str, list[str]]:
    """The fields of the page's own form (the first is »Log ud« when someone is signed in), as they stand."""
    parser = _Form()
    parser.feed(page.text)
    own = [form for form in parser.forms if set(form) - {"csrf_token"}]
    return own[0]


@dataclass(slots=True)
class Visitor:
    """One browser. Paths are the application's; cookies are kept between requests."""

    app: Flask
    client: FlaskClient = None  # type: ignore[assignment]  # made below

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, base_url="https://localhost", buffered=True, **more)  # type: ignore[arg-type]

    def post(self, path: str, fields: Fields, *, token: str | None = OWN, **more: object) -> TestResponse:
        data = dict(fields)
        if token == OWN:
            data["csrf_token"] = self.token()
        elif token is not None:
            data["csrf_token"] = token
        return self.client.post(path, data=data, base_url="https://localhost", buffered=True, **more)  # type: ignore[arg-type]

    def token(self) -> str:
        """The CSRF token of this visitor's session, from a page that anybody signed in or not can see."""
        found = re.search(
            r'name="csrf_token" value="([^"]+)"', self.get("/log-ind", follow_redirects=True).text
        )
        assert found
        return found[1]

    def fill(self, path: str, changes: Fields) -> TestResponse:
        """Open a form, change some fields, and send it."""
        page = self.get(path)
        assert page.status_code == 200, page.text
        return self.post(path, {**form_of(page), **changes}, token=None)

    def confirm(self, path: str, page: TestResponse) -> TestResponse:
        """Press the last button of a confirmation page."""
        return self.post(path, {**form_of(page), "_do": "confirm"}, token=None)

    def sign_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/log-ind", {"login": login, "password": password})

    def session_id(self) -> str | None:
        cookie = self.client.get_cookie("__Host-casehub", domain="localhost")
        return cookie.value if cookie else None
