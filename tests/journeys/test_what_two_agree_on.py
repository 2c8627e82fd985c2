"""Searching, erasing, answering a citizen, and asking for a new search index; every page looked at by axe-core.

What two people must agree on is answered by keyboard alone.
"""

from tests.journeys import chapters
from tests.journeys.cast import Cast, Person
from tests.journeys.eyes import Eyes
from tests.journeys.story import Story
from tests.journeys.test_keyboard import Hands

STORY = Story(cpr="720485-1234", name="Villads Tornbjerg Påfund")
REJECTED = Story(cpr="750385-1234", name="Ragna Østerlund Påfund")


def test_what_two_agree_on_shuts_nobody_out(cast: Cast):
    eyes = Eyes()
    quiet = Cast(cast.browser, cast.url)
    case = chapters.refer(quiet, STORY)
    cast.look = eyes
    search(cast["politi.herning"], case)
    over = chapters.refer(quiet, REJECTED)
    erase(cast, quiet, over)
    answer_the_citizen(cast)
    ask_for_a_new_index(cast)
    quiet.leave()
    assert eyes.faults == {}
    assert len(eyes.seen) > 15


def search(police: Person, case: str) -> None:
    police.go("/soeg")
    assert "(frivilligt)" not in police.text
    assert police.press("Søg") == 422
    police.show("search-refused")
    for label, typed in {
        "CPR-nummer": STORY.cpr, "Navn": "tornbjerg", "Telefonnummer": STORY.phone, "Adresse": STORY.address,
    }.items():  # fmt: skip
        police.go("/soeg")
        police.fill(label, typed)
        assert police.press("Søg") == 200
        assert case in police.page.content()
        assert police.path == "/soeg"
    police.show("search-found")
    police.go(f"{case}/set-af")
    police.show("viewers")


def erase(cast: Cast, quiet: Cast, case: str) -> None:
    police, tovholder = cast["politi.herning"], quiet["tovholder"]
    number = quiet["politi.herning"].heading.removeprefix("Sag ")
    police.go(f"{case}/sletning")
    assert police.press("Sæt slettestop") == 422
    police.show("hold-refused")
    police.fill("Hvorfor må sagen ikke slettes?", "En klage bliver behandlet.")
    assert police.press("Sæt slettestop") == 200
    police.show("case-held")
    police.go(f"{case}/sletning")
    police.show("erasing-held")
    assert police.press("Ophæv slettestoppet") == 200
    police.show("hold-lift")
    assert police.press("Ja, ophæv slettestoppet") == 200
    tovholder.go(case)
    tovholder.follow("Vurdér henvendelsen")
    tovholder.tick("Afvises")
    tovholder.fill("Begrundelse", "Hører til et andet sted.")
    assert tovholder.press(chapters.DONE) == 200
    police.go(f"{case}/sletning")
    assert police.press("Gå videre") == 422
    police.show("erasing-refused")
    police.fill("Hvorfor skal sagen slettes", "Den er afvist.")
    assert police.press("Gå videre") == 200
    police.show("erasing-confirm")
    assert police.press("Bed en kollega om at godkende") == 200
    police.show("approvals-asked")
    confirm(cast["politi.herning-stedfortraeder"], f"Godkend: Slet sagen hos os {number}")
    police.go(case)
    assert REJECTED.name not in police.page.content()
    police.show("erased")


def confirm(colleague: Person, button: str) -> None:
    """By keyboard alone."""
    colleague.go("/godkendelser")
    colleague.show("approvals-to-answer")
    hands = Hands(colleague.page)
    hands.enter(button)
    assert hands.heading == "Er du sikker på, at du vil godkende?"
    colleague.show("approval-confirm")
    hands.enter("Godkend", "BUTTON")
    assert "Du har godkendt det." in colleague.text


def answer_the_citizen(cast: Cast) -> None:
    police = cast["politi.herning"]
    police.go("/indsigt")
    assert police.press("Gå videre") == 422
    police.show("answer-refused")
    police.fill("Borgerens CPR-nummer", STORY.cpr)
    police.fill("Hvorfor skal svaret laves?", "Har bedt om indsigt.")
    assert police.press("Gå videre") == 200
    assert police.press("Bed en kollega godkende") == 422
    police.show("answer-unread")
    police.tick("Jeg har læst")
    assert police.press("Bed en kollega godkende") == 200
    confirm(cast["politi.herning-stedfortraeder"], "Godkend: Svar til en borger")
    police.go("/godkendelser")
    police.show("approvals-answered")
    police.follow("Lav svaret til borgeren")
    assert police.press("Hent svaret som PDF") == 422
    police.show("answer")
    police.tick("Jeg har læst")
    with police.page.expect_download() as downloading:
        police.page.get_by_role("button", name="Hent svaret som PDF").click()
    assert downloading.value.path().read_bytes().startswith(b"%PDF-")


def ask_for_a_new_index(cast: Cast) -> None:
    administrator = cast["administrator"]
    administrator.go("/administration")
    administrator.follow("Lav søgeregistret om")
    assert administrator.press("Bed om godkendelse") == 422
    administrator.show("reindexing-refused")
    administrator.fill("Hvorfor skal nøglen skiftes?", "Et bånd er væk.")
    assert administrator.press("Bed om godkendelse") == 200
    assert "En anden administrator" in administrator.text
    administrator.show("reindexing-asked")
