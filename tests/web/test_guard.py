"""Nobody gets in without a name on the list: every route, every method, every header."""

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from casehub.web.security import PUBLIC
from tests.web.browsing import Visitor

MADE_UP = {
    "uuid": "0190a0a0-0000-7000-8000-000000000000",
    "int": "2026",
    "default": "x",
    "path": "casehub.css",
}


def path_of(rule: Rule) -> str:
    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda found: MADE_UP[found[1] or "default"], rule.rule)


def test_what_is_public_is_written_down_here_too():
    tree = {"transparency.checkpoint", "transparency.key", "transparency.tile"}
    health = {"health.healthz", "health.readyz"}
    assert tree | health | {"static", "sign_in.show", "sign_in.submit", "calendar_feed.feed"} == PUBLIC


def test_every_route_is_public_by_name_or_turns_the_anonymous_away(app: Flask):
    closed = 0
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"OPTIONS"}:
            answer = Visitor(app).client.open(
                path_of(rule), method=method, base_url="https://localhost", buffered=True
            )
            if rule.endpoint in PUBLIC:
                assert "/log-ind" not in answer.headers.get("Location", "")
            else:
                closed += 1
                assert (answer.status_code, answer.headers["Location"]) == (303, "/log-ind"), (rule, method)
    assert closed > 15


def test_no_post_is_taken_without_its_token(app: Flask, visitor: Visitor):
    visitor.sign_in("politi.herning")
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert len(posts) >= 8
    for rule in posts:
        for token in (None, "wrong", Visitor(app).token()):
            answer = visitor.post(path_of(rule), {"a": "b"}, token=token)
            assert answer.status_code == 400, rule
            assert "Siden var for gammel" in answer.text


def test_signing_in_needs_a_token_too(visitor: Visitor):
    assert (
        visitor.post("/log-ind", {"login": "politi.herning", "password": "x"}, token=None).status_code == 400
    )


@pytest.mark.parametrize(
    "path", ["/log-ind", "/", "/healthz", "/readyz", "/static/casehub.css", "/findes-ikke"]
)
def test_every_answer_carries_the_strict_headers(visitor: Visitor, path: str):
    headers = visitor.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert ("no-store" in headers["Cache-Control"]) is not path.startswith("/static")


def test_a_page_that_is_not_there_says_so_plainly(visitor: Visitor):
    visitor.sign_in("politi.herning")
    answer = visitor.get("/findes-ikke")
    assert answer.status_code == 404
    assert "Siden findes ikke" in answer.text


@pytest.mark.parametrize("login", ["politi.herning", "kontrol.politi", "administrator", "findes.ikke"])
def test_a_wrong_password_is_told_in_the_same_words_for_everybody(visitor: Visitor, login: str):
    answer = visitor.sign_in(login, "forkert adgangskode")
    assert answer.status_code == 422
    assert "Brugernavn eller adgangskode er forkert" in answer.text
    assert f'value="{login}"' in answer.text
    assert "forkert adgangskode" not in answer.text


@pytest.mark.parametrize(
    ("login", "page"),
    [("politi.herning", "Min dag"), ("kontrol.politi", "Kontrol"), ("administrator", "Administration")],
)
def test_each_begins_at_their_own_desk(visitor: Visitor, login: str, page: str):
    visitor.sign_in(login)
    answer = visitor.get("/", follow_redirects=True)
    assert answer.status_code == 200
    assert f"<title>{page} – casehub</title>" in answer.text


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("politi.herning", "/log"),
        ("politi.herning", "/administration"),
        ("kontrol.politi", "/administration"),
        ("administrator", "/log"),
        ("administrator", f"/sager/{MADE_UP['uuid']}"),
        ("politi.herning", f"/sager/{MADE_UP['uuid']}/parter"),
        ("administrator", "/sager"),
    ],
)
def test_what_one_may_not_see_does_not_exist(visitor: Visitor, login: str, path: str):
    visitor.sign_in(login)
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "Siden findes ikke" in answer.text


def test_going_somewhere_before_signing_in_leads_there_afterwards(visitor: Visitor):
    visitor.get("/sager")
    assert visitor.sign_in("politi.herning").headers["Location"] == "/sager"


def test_health_tells_no_more_than_that(visitor: Visitor):
    assert visitor.get("/healthz").json == {"status": "ok"}
    ready = visitor.get("/readyz")
    assert ready.status_code == 503  # no worker runs here
    checks = {"database": True, "migrations": True, "keystore": True, "worker": False}
    waiting = ready.json["unsigned_entries"]  # nobody signs either, and there is no witness
    assert waiting > 0
    counted = {"unsigned_entries": waiting, "unwitnessed_entries": waiting}
    assert ready.json == {"checks": checks, **counted, "scanner": None, "mail": None, "idle_queues": {}}


def test_a_part_of_a_page_that_is_asked_for_too_late_leads_to_the_sign_in_page(visitor: Visitor):
    answer = visitor.get("/log", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.data) == (204, "/log-ind", b"")
