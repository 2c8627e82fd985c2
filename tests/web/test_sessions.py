"""Sessions live on the server, end in time, and change their id whenever someone signs in."""

from hashlib import sha256

from flask import Flask
from psycopg import connect

from tests.house import House
from tests.web.browsing import Visitor


def stored(house: House) -> list[tuple[bytes, object]]:
    with connect(house.database.owner_url) as connection:
        return connection.execute("SELECT id_hash, staff_id FROM web_session ORDER BY created_at").fetchall()


def test_the_table_holds_the_hash_of_the_cookie_and_never_the_cookie(visitor: Visitor, house: House):
    visitor.sign_in("politi.herning")
    token = visitor.session_id()
    assert token
    assert len(token) >= 43
    [(id_hash, staff_id)] = stored(house)
    assert bytes(id_hash) == sha256(token.encode()).digest()
    assert staff_id is not None


def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(visitor: Visitor):
    page = visitor.get("/log-ind")
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-casehub=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie


def test_signing_in_gives_a_new_id_and_the_old_one_is_gone(visitor: Visitor, house: House):
    visitor.get("/log-ind")
    before = visitor.session_id()
    assert visitor.sign_in("politi.herning").status_code == 303
    after = visitor.session_id()
    assert before != after
    assert [bytes(row[0]) for row in stored(house)] == [sha256((after or "").encode()).digest()]


def test_an_id_planted_by_someone_else_is_not_taken_up(visitor: Visitor, house: House):
    visitor.client.set_cookie("__Host-casehub", "planted", domain="localhost", secure=True)
    visitor.get("/log-ind")
    assert visitor.session_id() != "planted"
    assert sha256(b"planted").digest() not in [bytes(row[0]) for row in stored(house)]


def test_signing_out_deletes_the_session(visitor: Visitor, house: House):
    visitor.sign_in("politi.herning")
    signed_in = visitor.session_id() or ""
    assert visitor.post("/log-ud", {}).status_code == 303
    assert sha256(signed_in.encode()).digest() not in [bytes(row[0]) for row in stored(house)]
    assert visitor.get("/").status_code == 303


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(visitor: Visitor, app: Flask):
    visitor.sign_in("politi.herning")
    thief = Visitor(app)
    thief.client.set_cookie("__Host-casehub", visitor.session_id() or "", domain="localhost", secure=True)
    assert thief.get("/").status_code == 200
    visitor.post("/log-ud", {})
    assert thief.get("/").status_code == 303


def test_half_an_hour_without_use_ends_it(visitor: Visitor, house: House):
    visitor.sign_in("politi.herning")
    house.clock.turn(minutes=29)
    assert visitor.get("/").status_code == 200
    house.clock.turn(minutes=29)
    assert visitor.get("/").status_code == 200
    house.clock.turn(minutes=31)
    assert visitor.get("/").status_code == 303


def test_twelve_hours_end_it_however_busy_it_is(visitor: Visitor, house: House):
    visitor.sign_in("politi.herning")
    for _ in range(23):
        house.clock.turn(minutes=29)
        assert visitor.get("/").status_code == 200
    for _ in range(2):
        house.clock.turn(minutes=29)
    assert visitor.get("/").status_code == 303


def test_what_ended_more_than_a_day_ago_is_swept_away(visitor: Visitor, app: Flask, house: House):
    visitor.sign_in("politi.herning")
    house.clock.turn(hours=26)
    Visitor(app).get("/log-ind")
    assert [row[1] for row in stored(house)] == [None]


def test_a_retired_person_is_out_at_the_next_request(visitor: Visitor, house: House, app: Flask):
    visitor.sign_in("politi.herning")
    assert visitor.get("/").status_code == 200
    with connect(house.database.superuser_url) as connection:
        connection.execute("ALTER TABLE staff DISABLE TRIGGER ALL")
        connection.execute("UPDATE staff SET retired_at = now() WHERE login = 'politi.herning'")
    assert visitor.get("/").status_code == 303


def test_static_files_and_health_make_no_session(visitor: Visitor, house: House):
    visitor.get("/static/casehub.css")
    visitor.get("/healthz")
    assert stored(house) == []
