"""The year wheel in the browser: made by the worker, looked at, a task done in its order, and seen by who follows it."""

from datetime import timedelta

from tests.journeys.cast import Cast
from tests.journeys.eyes import Eyes
from tests.journeys.place import Place
from tests.journeys.story import danish_now, day_in, in_days

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


def test_a_lokalraad_meets_and_plans(cast: Cast):
    eyes = cast.look = Eyes()
    station = cast["politi.herning"]
    station.go("/fora")
    station.show("forums")
    station.follow("Lokalrådet i Herning")
    station.show("forum")
    station.fill("Hvornår?", f"{in_days(9)}T10:00")
    station.fill("Hvor?", "Lokalstationen i Herning")
    assert station.press("Indkald til mødet") == 422
    station.show("forum-refused")
    assert station.field("Hvor?").input_value() == "Lokalstationen i Herning"
    station.fill("Dagsorden", "1. Indbrud\n2. Færdsel")
    assert station.press("Indkald til mødet") == 200
    meeting = station.path
    station.fill("Hvad blev aftalt?", "Aftalt.")
    assert station.press("Gem som udkast") == 422
    assert "ikke begyndt" in station.text
    station.show("forum-meeting")
    station.go(f"/fora/lokalraad-0657/plan/{day_in(0).year + 1}")
    station.fill("Initiativer", "Flere cykelkontroller.")
    assert station.press("Gem planen") == 200
    station.show("plan")
    assert station.press("Vedtag planen") == 200
    station.show("plan-sure")
    assert station.press("Ja, vedtag planen") == 422
    assert "Prioriteringer, og hvorfor" in station.text
    station.show("plan-refused")
    kommune = cast["kommune.herning"]
    kommune.go("/")
    assert "Lokalrådet i Herning" in kommune.text
    kommune.go(meeting)
    assert "Færdsel" in kommune.text
    assert kommune.page.get_by_role("button", name="Gem som udkast").count() == 0
    assert cast["kommune.skive"].go(meeting) == 404
    assert eyes.faults == {}
