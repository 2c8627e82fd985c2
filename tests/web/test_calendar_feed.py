"""One's own calendar: an address shown once, content-free lines at it, each fetch on record, and an end that works at once."""

import re
from hashlib import sha256
from uuid import UUID

import pytest
from flask import Flask
from vobject import readOne
from werkzeug.test import TestResponse

from casehub.services.throttling import MOST_PER_ADDRESS
from tests.house import House
from tests.services.scenes import alter, call_meeting, entries, entries_of, look
from tests.web.acting import CPR, NAME, signed_in
from tests.web.browsing import Visitor

KALENDER = "/indstillinger/kalender"


def address_in(page: TestResponse) -> str:
    """The path of the address that a page shows."""
    assert page.status_code == 200, page.text
    found = re.search(r'value="https://localhost(/kalender/[\w-]{43}\.ics)"', page.text)
    assert found, page.text
    return found[1]


def made(app: Flask, login: str) -> str:
    return address_in(signed_in(app, login).post(KALENDER, {"_do": "confirm"}))


def test_own_deadlines_and_meetings_without_a_name_a_number_a_place_or_a_network(
    app: Flask, house: House, case: str
):
    case_id = UUID(case.removeprefix("/sager/"))
    call_meeting(house, case_id, guests=("kommune.herning",), days=21)
    path = made(app, "kommune.herning")
    nobody = Visitor(app)
    fetched: list[TestResponse] = []
    [entry] = entries_of(house, lambda: fetched.append(nobody.get(path)))
    assert (entry["event"], entry["outcome"], entry["actor"]) == (
        "calendar.read", "allowed", str(house.staff["kommune.herning"]),
    )  # fmt: skip
    assert {ref["case"] for ref in entry["objects"]} == {str(case_id)}
    [answer] = fetched
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert nobody.session_id() is None
    events = readOne(answer.text).vevent_list
    assert {event.summary.value for event in events} == {"Frist i en sag", "Møde i et netværk"}
    starts = {event.dtstart.value for event in events}
    [(meeting_at,)] = look(house, "SELECT starts_at FROM meeting")
    assert meeting_at in starts
    due = "SELECT (due_at AT TIME ZONE 'Europe/Copenhagen')::date FROM step WHERE key = 'svar' AND responsible_authority = 'herning-kommune'"
    assert {day for (day,) in look(house, due)} <= starts
    [(number,)] = look(house, "SELECT number FROM cases")
    for told in (NAME, CPR, CPR[:6], number, str(case_id), "PSP", "Holstebro", "Herning"):
        assert told not in answer.text
    assert {name for event in events for name in event.contents} == {
        "uid", "dtstamp", "dtstart", "summary", "class", "transp",
    }  # fmt: skip


def test_what_has_not_changed_is_not_sent_again_and_is_on_record_all_the_same(
    app: Flask, house: House, case: str
):
    path = made(app, "kommune.herning")
    first = Visitor(app).get(path)
    again: list[TestResponse] = []
    known = {"If-None-Match": first.headers["ETag"]}
    [entry] = entries_of(house, lambda: again.append(Visitor(app).get(path, headers=known)))
    assert (again[0].status_code, again[0].data) == (304, b"")
    assert (entry["event"], entry["outcome"]) == ("calendar.read", "allowed")
    call_meeting(house, UUID(case.removeprefix("/sager/")), guests=("kommune.herning",))
    assert Visitor(app).get(path, headers=known).status_code == 200


def test_the_address_is_shown_once_and_a_new_one_ends_it(app: Flask, house: House):
    mine = signed_in(app, "kommune.herning")
    assert "Du har ingen kalenderadresse" in mine.get(KALENDER).text
    path = address_in(mine.post(KALENDER, {}))
    token = path.removeprefix("/kalender/").removesuffix(".ics")
    assert token not in mine.get(KALENDER).text
    assert look(house, "SELECT token_hash FROM calendar_feed") == [(sha256(token.encode()).digest(),)]
    kept = repr(look(house, "SELECT * FROM audit_content")) + repr(look(house, "SELECT * FROM web_session"))
    assert token not in kept
    assert "Er du sikker" in mine.post(KALENDER, {}).text
    assert Visitor(app).get(path).status_code == 200
    renewed = address_in(mine.post(KALENDER, {"_do": "confirm"}))
    assert (Visitor(app).get(path).status_code, Visitor(app).get(renewed).status_code) == (404, 200)
    assert look(house, "SELECT count(*) FROM calendar_feed") == [(1,)]


@pytest.mark.parametrize("how", ["ended", "left"])
def test_what_was_ended_is_not_there_at_the_next_request_in_the_words_of_what_never_was(
    app: Flask, house: House, how: str
):
    mine = signed_in(app, "kommune.herning")
    path = address_in(mine.post(KALENDER, {}))
    assert Visitor(app).get(path).status_code == 200
    if how == "ended":
        assert "Er du sikker" in mine.post(f"{KALENDER}/luk", {}).text
        assert Visitor(app).get(path).status_code == 200
        assert mine.post(f"{KALENDER}/luk", {"_do": "confirm"}).status_code == 303
    else:
        alter(
            house,
            "ALTER TABLE staff DISABLE TRIGGER USER",
            "UPDATE staff SET retired_at = now() WHERE login = 'kommune.herning'",
        )
    refused, never = (Visitor(app).get(each) for each in (path, "/kalender/findes-ikke.ics"))
    assert refused.status_code == never.status_code == 404
    assert refused.data == never.data
    assert dict(refused.headers) == dict(never.headers)
    assert [(entry["event"], entry["outcome"], entry["actor"]) for entry in entries(house)[-2:]] == [
        ("calendar.read", "refused", None)
    ] * 2


def test_who_tries_too_much_that_is_wrong_has_to_wait_and_nobody_else(app: Flask, house: House):
    path = made(app, "kommune.herning")
    wrong = [Visitor(app).get(f"/kalender/{number}.ics") for number in range(MOST_PER_ADDRESS + 2)]
    assert [answer.status_code for answer in wrong] == [404] * MOST_PER_ADDRESS + [429] * 2
    assert wrong[-1].headers["Retry-After"] == "900"
    assert Visitor(app).get(path).status_code == 200
    elsewhere = {"REMOTE_ADDR": "192.0.2.9"}
    assert Visitor(app).get("/kalender/x.ics", environ_base=elsewhere).status_code == 404
    house.clock.turn(minutes=16)
    assert Visitor(app).get("/kalender/x.ics").status_code == 404


def test_the_address_is_in_no_log_line_also_when_something_fails(
    app: Flask, house: House, caplog: pytest.LogCaptureFixture
):
    path = made(app, "kommune.herning")
    alter(house, "DROP TABLE calendar_feed CASCADE")
    assert Visitor(app).get(path).status_code == 500
    assert "unforeseen" in caplog.text
    assert path[10:30] not in caplog.text


@pytest.mark.parametrize("login", ["kontrol.politi", "administrator"])
def test_who_has_no_deadlines_has_no_address(app: Flask, login: str):
    visitor = signed_in(app, login)
    assert visitor.get(KALENDER).status_code == 404
    assert visitor.post(KALENDER, {"_do": "confirm"}).status_code == 404
