"""The year wheel in the browser: made by the worker, looked at, a task done in its order, and seen by who follows it."""

from datetime import timedelta

from tests.journeys.cast import Cast
from tests.journeys.eyes import Eyes
from tests.journeys.place import Place
from tests.journeys.story import danish_now

MADE = "SELECT count(*) > 0 FROM wheel_task WHERE authority_id = 'mvj-politi'"


def test_the_wheel_is_made_looked_at_and_turned(cast: Cast, place: Place):
    eyes = cast.look = Eyes()
    place.ask_worker("make_wheel", authority="mvj-politi")
    place.wait_until(MADE)
    # the course of the plan begins in a week, whatever the day of this test
    soon = danish_now() + timedelta(days=7)
    begun = "UPDATE wheel_task SET due_at = %s WHERE obligation = 'samarbejdsplan' AND task IN ('seminar', 'temadag')"
    assert place.change(begun, soon) >= 2
    tovholder = cast["tovholder"]
    tovholder.go("/")
    assert "Nationalt strategiseminar" in tovholder.text
    tovholder.show("day-wheel")
    tovholder.follow("Nationalt strategiseminar")
    assert tovholder.heading == f"Årshjul {soon.year}"
    assert tovholder.page.locator("svg.wheel-drawing circle").count() > 5
    row = tovholder.page.locator("tr", has_text="Temadag med kommuner").first
    assert "Først skal »Nationalt strategiseminar" in row.inner_text()
    assert row.get_by_role("button").count() == 0
    tovholder.show("wheel")
    assert tovholder.press("Udført Nationalt strategiseminar") == 200
    assert "Opgaven er udført" in tovholder.page.content()
    row = tovholder.page.locator("tr", has_text="Temadag med kommuner").first
    assert row.get_by_role("button").count() == 1
    kommune = cast["kommune.skive"]
    kommune.go(f"/aarshjul/{soon.year}")
    assert "Kirsten Damhus" in kommune.page.locator("tr", has_text="strategiseminar").first.inner_text()
    assert kommune.page.locator("tr", has_text="Temadag med").first.get_by_role("button").count() == 0
    kommune.show("wheel-kommune")
    assert cast["administrator"].go("/aarshjul") == 404
    assert eyes.faults == {}
