"""A meeting from agenda to minutes, in the browser: called from a case due, confirmed, held, decided, written of."""

from tests.journeys import chapters
from tests.journeys.cast import Cast, Person
from tests.journeys.eyes import Eyes
from tests.journeys.place import Place
from tests.journeys.story import Story, in_days

STORY = Story(cpr="690385-1234", name="Ebbe Lyngsø Påfund")
PLACE = "Mødelokale 2, Nørreport 1, Holstebro"
DECIDED = "Kommunen finder en bostøtte, der kan komme om aftenen."


def test_a_meeting_runs_from_agenda_to_minutes(cast: Cast, place: Place):
    eyes = cast.look = Eyes()
    case = chapters.refer(cast, STORY)
    chapters.triage(cast, STORY, case)
    chapters.share(cast, STORY, case)
    number = cast["tovholder"].heading.removeprefix("Sag ")
    meeting = call(cast["tovholder"], number)
    for login in ("politi.herning-stedfortraeder", "politi.skive", "kontrol.politi"):
        assert cast[login].go(meeting) == 404
    confirm(cast["kommune.herning"], meeting, number)
    for login in ("politi.herning", "kommune.herning", "psykiatri.midt"):
        chapters.complete_step(cast[login], case, "Svar på henvendelsen", {"Intet at videregive": True})
    hold(cast["tovholder"], place, meeting)
    decide(cast["tovholder"], meeting)
    write_minutes(cast["tovholder"], meeting)
    do_the_task(cast["kommune.herning"], place, case)
    assert eyes.faults == {}
    assert {"meeting-call", "meeting-invite", "meeting", "meeting-held", "meetings", "day-meeting"} <= set(
        eyes.seen
    )


def call(tovholder: Person, number: str) -> str:
    """From the cases due; the path of the meeting."""
    tovholder.go("/moeder")
    tovholder.follow("Indkald til møde: PSP-samarbejdet")
    tovholder.show("meeting-call")
    assert tovholder.press("Gå videre") == 422
    tovholder.show("meeting-call-refused")
    tovholder.fill("Hvor?", PLACE)
    tovholder.fill("Hvornår?", f"{in_days(chapters.MEETING_IN_DAYS)}T10:00")
    tovholder.tick(number)
    assert tovholder.press("Gå videre") == 200
    assert tovholder.field("Birgitte Fuglsang").is_checked()
    assert not tovholder.field("Camilla Ørnbjerg").is_checked()
    tovholder.show("meeting-invite")
    assert tovholder.press("Indkald til mødet") == 200
    assert PLACE in tovholder.text
    assert f"Sag {number}" in tovholder.text
    return tovholder.path


def confirm(kommune: Person, meeting: str, number: str) -> None:
    """The meeting is on the kommune's day; its contact confirms."""
    kommune.go("/")
    assert PLACE in kommune.text
    kommune.show("day-meeting")
    kommune.go("/moeder")
    kommune.show("meetings")
    kommune.go(meeting)
    assert f"Sag {number}" in kommune.text
    assert kommune.press("Jeg bekræfter min tavshedspligt") == 200
    assert "Bekræftet" in kommune.text
    kommune.show("meeting")


def hold(tovholder: Person, place: Place, meeting: str) -> None:
    """Once it has begun; who was there has confirmed, or on paper."""
    begun = "UPDATE meeting SET starts_at = date_trunc('minute', now() - interval '1 minute') WHERE id = %s"
    assert place.change(begun, meeting.rpartition("/")[2]) == 1
    tovholder.go(meeting)
    tovholder.page.get_by_label("Var der Birgitte Fuglsang").check()
    tovholder.page.get_by_label("Var der Kirsten Damhus").check()
    assert tovholder.press("Mødet er holdt") == 422
    assert "Mangler at bekræfte tavshedspligten: Kirsten Damhus" in tovholder.text
    tovholder.show("meeting-refused")
    assert tovholder.page.get_by_label("Var der Birgitte Fuglsang").is_checked()
    tovholder.page.get_by_label("Bekræftet på papir Kirsten Damhus").check()
    assert tovholder.press("Mødet er holdt") == 200
    assert "Holdt" in tovholder.text


def decide(tovholder: Person, meeting: str) -> None:
    """What the kommune is to do, sealed in the case and given to it."""
    tovholder.go(meeting)
    tovholder.follow("Skriv en beslutning")
    tovholder.fill("Hvad skal der gøres?", DECIDED)
    tovholder.select("Hvem gør det?", chapters.KOMMUNE)
    tovholder.fill("Senest den", in_days(10))
    tovholder.tick("Forebyggelse")
    tovholder.fill("Hvorfor er det nødvendigt", "De skal kende aftalen.")
    tovholder.show("decision")
    assert tovholder.press("Gå videre") == 200
    tovholder.show("decision-confirm")
    assert tovholder.press("Gem, og videregiv til 2 myndigheder") == 200
    assert tovholder.path == meeting
    assert chapters.KOMMUNE in tovholder.text
    assert DECIDED not in tovholder.text


def write_minutes(tovholder: Person, meeting: str) -> None:
    """By the card's step, with the day of the meeting and of the next already there."""
    tovholder.go(meeting)
    tovholder.follow("Skriv referat")
    assert tovholder.field("Mødet blev holdt den").input_value() == in_days(0)
    assert tovholder.field("Næste møde").input_value() > in_days(27)
    tovholder.fill("Referat", STORY.minutes)
    tovholder.tick("Forebyggelse")
    tovholder.fill("Hvorfor er det nødvendigt", STORY.why_minutes)
    assert tovholder.press(chapters.DONE) == 200
    assert tovholder.press("Gem, og videregiv") == 200
    tovholder.go(meeting)
    assert "Skrevet. Det står i sagen" in " ".join(tovholder.text.split())
    tovholder.show("meeting-held")


def do_the_task(kommune: Person, place: Place, case: str) -> None:
    """On Min dag until it is done."""
    kommune.go("/")
    kommune.follow("Udfør det, mødet har besluttet")
    place.wait_until("SELECT count(*) > 0 FROM decision")
    assert DECIDED in kommune.text
    kommune.show("case-decision")
    assert kommune.press("Opgaven er afsluttet") == 200
    assert kommune.path == case
    kommune.go("/")
    assert "mødet har besluttet" not in kommune.text
