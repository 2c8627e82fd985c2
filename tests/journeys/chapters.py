"""The journey of a PSP case, chapter by chapter, as each person walks it in a browser. Each chapter looks at what it sees.

Whoever calls a chapter has called those before it. Pages worth looking at are shown by name (`Person.show`).
"""

import re
from datetime import timedelta

from tests.journeys.cast import Cast, Person
from tests.journeys.story import Story, danish_now, in_days

POLICE, KOMMUNE, PSYCHIATRY = (
    "Midt- og Vestjyllands Politi",
    "Herning Kommune",
    "Psykiatrien i Region Midtjylland",
)
NUMBER = re.compile(r"PSP-\d{4}-[2-9CDFGHJKMNPQRTVWXY]{4}")
ASK, CREATE, DONE = "Spørg og gå videre", "Opret henvendelse", "Gem, og marker trinnet som udført"
HEALTH = "Sundhedslovens § 43, stk. 2, nr. 2"
STEPS = (
    "Opret henvendelsen",
    "Begrund nødvendigheden og formålet",
    "Underret kommunen om barnet",
    "Vurdér henvendelsen",
    "Svar på henvendelsen",
    "Hold mødet",
    "Udpeg den ansvarlige myndighed",
    "Aftal fælles handlinger",
    "Orientér patienten om videregivelsen",
    "Gør status på handlingerne",
    "Luk sagen",
)
MEETING_IN_DAYS = 21


def ask_whether_known(person: Person, story: Story) -> None:
    person.go("/")
    person.follow("Ny henvendelse")
    person.show("known")
    person.tick("PSP-samarbejdet")
    person.fill("Borgerens CPR-nummer", story.cpr)
    assert person.press(ASK) == 200
    assert "Ingen sager, som du må se" in person.text


def fill_in_referral(person: Person, story: Story, purpose: str) -> None:
    assert person.field("CPR-nummer").input_value() == story.cpr
    person.fill("Navn", story.name)
    person.fill("Adresse", story.address)
    person.fill("Telefon", story.phone)
    person.select("Kommune", "Herning")
    person.fill("Sikker kontakt", story.safe_contact)
    person.tick("Borgeren er truende")
    person.tick("Borgeren mangler indsigt i sin sygdom")
    person.tick("Politiets døgnrapport")
    person.fill("Beskriv bekymringen kort", story.concern)
    person.fill("Hvorfor er det nødvendigt?", story.necessity)
    person.tick(purpose)


def refer(cast: Cast, story: Story) -> str:
    """A contact person of the police refers the citizen; the path of the case."""
    police = cast["politi.herning"]
    ask_whether_known(police, story)
    fill_in_referral(police, story, "Efterforskning")
    police.show("referral")
    assert police.press(CREATE) == 422
    assert "Der er én ting, du skal rette" in police.text
    assert police.page.locator("#purpose-error").inner_text().strip()
    for label, kept in {
        "Navn": story.name,
        "Adresse": story.address,
        "Sikker kontakt": story.safe_contact,
        "Beskriv bekymringen kort": story.concern,
        "Hvorfor er det nødvendigt?": story.necessity,
    }.items():
        assert police.field(label).input_value() == kept
    assert police.field("Borgeren er truende").is_checked()
    police.show("referral-refused")
    police.tick("Forebyggelse")
    assert police.press(CREATE) == 200
    assert NUMBER.fullmatch(police.heading.removeprefix("Sag "))
    assert story.name in police.text
    assert police.page.locator(".safe-contact").inner_text().endswith(story.safe_contact)
    police.show("case-referred")
    return police.path


def nobody_else_knows(cast: Cast, case: str) -> None:
    """Before triage the parties to come have no case."""
    for login in ("kommune.herning", "psykiatri.midt"):
        assert cast[login].go(case) == 404


def triage(cast: Cast, story: Story, case: str, meeting_in_days: int = MEETING_IN_DAYS) -> None:
    """The tovholder takes the case up and sets the day of the meeting; the parties come next."""
    tovholder = cast["tovholder"]
    tovholder.go("/")
    assert tovholder.heading == "Min dag"
    tovholder.show("day-tovholder")
    tovholder.go(case)
    assert story.concern in tovholder.text
    tovholder.follow("Vurdér henvendelsen")
    tovholder.show("triage")
    tovholder.tick("Tages op i PSP")
    tovholder.fill("Begrundelse", story.triage)
    tovholder.fill("Mødedato", in_days(meeting_in_days))
    assert tovholder.press(DONE) == 200
    assert tovholder.path == f"{case}/parter"


def share(cast: Cast, story: Story, case: str) -> None:
    """The tovholder keeps kommune and psychiatry, after the page that says who will be able to read what."""
    tovholder = cast["tovholder"]
    tovholder.go(f"{case}/parter")
    parties = tovholder.page.locator("fieldset.party")
    ticked = {party.locator("legend").inner_text(): _ticked(party) for party in parties.all()}
    assert sorted(ticked.values()) == [
        False,
        True,
        True,
    ]  # Kriminalforsorgen is not named in § 115: by itself
    assert not next(on for words, on in ticked.items() if "Kriminalforsorgen" in words)
    assert "§ 115, stk. 1, nr. 2" in _chosen_basis(tovholder, "Herning")
    assert "§ 115, stk. 2" in _chosen_basis(tovholder, "Kriminalforsorgen")
    tovholder.untick("Distriktspsykiatri")
    tovholder.tick("Distriktspsykiatri")
    _why(tovholder, "Herning", story.why_kommune)
    _why(tovholder, "psykiatri", story.why_psychiatry)
    tovholder.show("parties")
    assert tovholder.press("Gå videre") == 422  # no purpose yet
    assert tovholder.page.locator("#purpose-error").inner_text().strip()
    tovholder.show("parties-refused")
    tovholder.tick("Forebyggelse")
    assert tovholder.press("Gå videre") == 200
    assert tovholder.heading == "Tjek, hvem du deler sagen med"
    table = tovholder.page.locator("table").inner_text()
    for said in (
        KOMMUNE,
        PSYCHIATRY,
        "Henvendelsen, borgerens oplysninger",
        story.why_kommune,
        "§ 115, stk. 1, nr. 2",
    ):
        assert said in table
    assert "Kan ikke læse det: " in tovholder.text
    tovholder.show("parties-confirm")
    assert cast["kommune.herning"].go(case) == 404  # not before the last button
    assert tovholder.press("Del sagen med 2 parter") == 200
    assert tovholder.path == case


def the_card_tells_what_can_be_done(cast: Cast, case: str) -> None:
    """Eleven steps: whose, SKAL or KAN, when and after which rule, and why the later ones cannot be done yet."""
    tovholder = cast["tovholder"]
    tovholder.go(case)
    steps = tovholder.page.locator(".card-step")
    titles = [re.sub(r"^\d+\. ", "", title) for title in steps.locator("h3").all_inner_texts()]
    assert list(dict.fromkeys(titles)) == list(STEPS)
    assert titles.count("Svar på henvendelsen") == 3  # each party its own
    meeting = steps.filter(has_text="6. Hold mødet")
    assert "Venter" in meeting.inner_text()
    assert "Svar på henvendelsen" in meeting.locator(".reasons").inner_text()
    answer = steps.filter(has_text="5. Svar på henvendelsen").first.inner_text()
    assert "SKAL" in answer
    assert "Egen frist, fem hverdage før mødet" in answer
    tovholder.show("case")


def psychiatry_answers_and_writes(cast: Cast, story: Story, case: str) -> str:
    """Psychiatry answers, keeps one note and discloses another; the path under which it could disclose the first."""
    psychiatry = cast["psykiatri.midt"]
    psychiatry.go("/")
    psychiatry.show("day")
    complete_step(psychiatry, case, "Svar på henvendelsen", {"Videregiver": True})

    psychiatry.go(f"{case}/noter/ny")
    psychiatry.fill("Notat", story.private)
    psychiatry.show("note")
    assert psychiatry.press("Gå videre") == 200
    assert f"Kun {PSYCHIATRY} kan læse notatet" in psychiatry.text
    psychiatry.show("note-confirm-own")
    assert psychiatry.press("Gem notatet") == 200
    kept = psychiatry.page.get_by_role("link", name="Videregiv notatet").get_attribute("href")
    assert kept

    write_shared_note(psychiatry, story, case)
    psychiatry.show("case-psychiatry")
    return kept


def write_shared_note(psychiatry: Person, story: Story, case: str) -> None:
    """A note to police and kommune under sundhedsloven § 43."""
    psychiatry.go(f"{case}/noter/ny")
    psychiatry.fill("Notat", story.shared)
    for authority in (KOMMUNE, POLICE):
        psychiatry.tick(authority)
        psychiatry.select(f"Hjemmel for at give det til {authority}", HEALTH)
    psychiatry.tick("Forebyggelse")
    psychiatry.fill("Hvorfor er det nødvendigt", story.why_shared)
    assert psychiatry.press("Gå videre") == 200
    table = psychiatry.page.locator("table").inner_text()
    for said in (KOMMUNE, POLICE, HEALTH, story.why_shared):
        assert said in table
    assert story.shared in psychiatry.text
    psychiatry.show("note-confirm")
    assert psychiatry.press("Gem notatet til 2 myndigheder") == 200
    assert story.shared in psychiatry.text


def the_kommune_reads_the_one_note(cast: Cast, story: Story, case: str, kept: str) -> None:
    """What was disclosed is there; what was kept does not exist for her."""
    kommune = cast["kommune.herning"]
    assert kommune.go(case) == 200
    assert story.name in kommune.text
    assert [note.strip() for note in kommune.page.locator(".note .typed").all_inner_texts()] == [story.shared]
    assert HEALTH in kommune.page.locator(".note").inner_text()
    assert story.private not in kommune.page.content()
    assert kommune.go(kept) == 404
    missing = kommune.text
    assert (
        kommune.go(re.sub(r"[0-9a-f-]{36}/videregiv", "019ab000-0000-7000-8000-000000000000/videregiv", kept))
        == 404
    )
    assert kommune.text == missing  # as if there had never been one
    kommune.show("not-found")
    complete_step(kommune, case, "Svar på henvendelsen", {"Intet at videregive": True})


def psychiatry_takes_a_note_back(cast: Cast, story: Story, case: str) -> None:
    """A note about somebody else was given to the police, who opened it: it goes, and a breach is written up."""
    psychiatry, police = cast["psykiatri.midt"], cast["politi.herning"]
    psychiatry.go(f"{case}/noter/ny")
    psychiatry.fill("Notat", story.mistaken)
    psychiatry.tick(POLICE)
    psychiatry.tick("Forebyggelse")
    psychiatry.fill("Hvorfor er det nødvendigt", story.why_mistaken)
    assert psychiatry.press("Gå videre") == 200
    assert psychiatry.press("Gem notatet til") == 200
    police.go(case)
    assert story.mistaken in police.text

    wrong = psychiatry.page.locator(".note").filter(has_text=story.mistaken)
    path = wrong.get_by_role("link", name="Træk notatet tilbage").get_attribute("href")
    assert path
    assert police.go(path) == 404
    psychiatry.go(path)
    assert police.name.partition(",")[0] in psychiatry.page.locator("table").nth(1).inner_text()
    psychiatry.show("recall")
    assert psychiatry.press("Gå videre") == 422
    psychiatry.fill("Hvorfor trækkes det tilbage?", story.why_recalled)
    psychiatry.tick("Ja. Begynd en rapport")
    psychiatry.fill("Hvornår blev I klar over det?", f"{danish_now():%Y-%m-%dT%H:%M}")
    assert psychiatry.press("Gå videre") == 200
    assert psychiatry.heading == "Er du sikker på, at notatet skal trækkes tilbage?"
    assert f"Kan ikke længere åbne notatet: {POLICE}" in psychiatry.text
    psychiatry.show("recall-confirm")
    assert psychiatry.press("Ja, træk notatet tilbage") == 200
    assert psychiatry.heading == "Rapport om brud på persondatasikkerheden"
    assert psychiatry.field("Hvad er der sket?").input_value() == story.why_recalled
    psychiatry.show("breach")
    psychiatry.go("/")
    psychiatry.show("day-breach")
    psychiatry.follow("Skriv brudrapporten færdig")
    _conclude_breach(psychiatry, story)

    police.go(case)
    assert f"Et notat fra {PSYCHIATRY} er trukket tilbage" in police.text
    for gone in (story.mistaken, story.why_mistaken, story.why_recalled):
        assert gone not in police.page.content()
    police.show("case-withdrawn")
    psychiatry.go(case)
    assert "Trukket tilbage" in psychiatry.page.locator(".note").filter(has_text=story.mistaken).inner_text()
    psychiatry.follow("Se, hvem der har åbnet notatet")
    psychiatry.show("recalled")


def _conclude_breach(psychiatry: Person, story: Story) -> None:
    psychiatry.fill("Hvilke oplysninger", story.breach_facts)
    assert psychiatry.press("Gem, og skriv videre senere") == 200
    assert psychiatry.press("Gå videre til at afslutte") == 422
    psychiatry.fill("Hvad kan det betyde", "Politiet ved noget, de ikke skulle vide.")
    psychiatry.fill("Er borgeren underrettet?", "Ja, i telefonen.")
    psychiatry.tick("Nej, det skal ikke anmeldes")
    psychiatry.fill("Hvorfor skal det ikke anmeldes?", "Slettet af den eneste, der så det.")
    assert psychiatry.press("Gå videre til at afslutte") == 200
    psychiatry.show("breach-confirm")
    assert psychiatry.press("Ja, afslut rapporten") == 200
    assert "Ikke anmeldt." in psychiatry.text
    assert story.breach_facts in psychiatry.text
    psychiatry.show("breach-concluded")


def what_was_said_is_written_down(cast: Cast, story: Story, case: str) -> None:
    """An oral disclosure with its own time, recorded afterwards."""
    kommune = cast["kommune.herning"]
    said_at = danish_now() - timedelta(hours=2)
    kommune.go(f"{case}/mundtlig")
    kommune.show("oral")
    kommune.select("Hvem fik det at vide?", POLICE)
    kommune.fill("Hvornår blev det sagt?", said_at.strftime("%Y-%m-%dT%H:%M"))
    kommune.fill("Hvad blev sagt?", story.oral)
    kommune.select("Hjemmel", "Retsplejelovens § 115, stk. 2")
    kommune.tick("Forebyggelse")
    kommune.fill("Hvorfor var det nødvendigt?", story.why_oral)
    assert kommune.press("Gem den mundtlige videregivelse") == 200
    police = cast["politi.herning"]
    police.go(case)
    line = police.page.locator("table tr").filter(has_text="Mundtlig").inner_text()
    assert story.oral in line
    assert f"kl. {said_at:%H.%M}" in line
    assert "skrevet op" in line
    complete_step(police, case, "Svar på henvendelsen", {"Afslår": True})
    cast["psykiatri.midt"].go(case)
    assert story.oral not in cast["psykiatri.midt"].text


def the_group_meets(cast: Cast, story: Story, case: str) -> None:
    """Psychiatry tells the patient; the group meets, names one authority, and that one agrees two actions."""
    informed = {"Ja, patienten er orienteret": True, "Orienteret den": in_days(0)}
    complete_step(cast["psykiatri.midt"], case, "Orientér patienten", informed)
    meeting = {
        "Mødet blev holdt den": in_days(0),
        "Referat": story.minutes,
        "Næste møde": in_days(28),
        "Forebyggelse": True,
        "Hvorfor er det nødvendigt": story.why_minutes,
    }
    complete_step(cast["tovholder"], case, "Hold mødet", meeting)
    appointed = {
        "Ansvarlig myndighed": KOMMUNE,
        "Forebyggelse": True,
        "Hvorfor er det nødvendigt": story.why_minutes,
    }
    complete_step(cast["tovholder"], case, "Udpeg den ansvarlige myndighed", appointed)
    kommune = cast["kommune.herning"]
    kommune.go(case)
    assert f"ansvarlig: {KOMMUNE}" in kommune.page.locator(".case-facts").inner_text()
    kommune.follow("Aftal fælles handlinger")
    for row, (text, authority, days) in enumerate(
        ((story.first_action, KOMMUNE, 7), (story.second_action, PSYCHIATRY, 14))
    ):
        action = kommune.page.locator(".action-row").nth(row)
        action.get_by_label("Hvad skal der ske?").fill(text)
        action.get_by_label("Hvem gør det?").select_option(label=authority)
        action.get_by_label("Hvornår er det gjort?").fill(in_days(days))
    _finish(kommune, {"Forebyggelse": True, "Hvorfor er det nødvendigt": story.why_actions})
    kommune.show("case-kommune")


def the_case_is_closed(cast: Cast, story: Story, case: str) -> None:
    """Status, then closure with a reason and the day on which everything is deleted."""
    status = {
        "Handlingerne er gennemført": True,
        "Status for hver handling": story.status,
        "Forebyggelse": True,
        "Hvorfor er det nødvendigt": story.why_status,
    }
    complete_step(cast["kommune.herning"], case, "Gør status på handlingerne", status)
    closing = {
        "Borgeren får den nødvendige hjælp": True,
        "Begrundelse": story.closing,
        "Slettes den": in_days(300),
        "Forebyggelse": True,
        "Hvorfor er det nødvendigt": story.why_closing,
    }
    tovholder = cast["tovholder"]
    complete_step(tovholder, case, "Luk sagen", closing)
    facts = tovholder.page.locator(".case-facts").inner_text()
    assert "afsluttet" in facts
    assert "slettes" in facts
    tovholder.show("case-closed")


def complete_step(person: Person, case: str, title: str, values: dict[str, str | bool]) -> None:
    person.go(case)
    person.follow(title)
    assert person.heading.endswith(title) or title in person.heading
    _finish(person, values)


def _finish(person: Person, values: dict[str, str | bool]) -> None:
    """Fill in, and press; where others shall be able to read it, press again on the page that says who."""
    for label, value in values.items():
        if value is True:
            person.tick(label)
        elif person.field(label).evaluate("field => field.tagName") == "SELECT":
            person.select(label, str(value))
        else:
            person.fill(label, str(value))
    person.show(f"step-{person.heading.partition('.')[0]}")
    status = person.press(DONE)
    if person.heading == "Tjek, hvem der kan læse det":
        status = person.press("Gem, og videregiv til")
    told = person.page.locator(".alert")
    assert (status, person.heading[:4]) == (200, "Sag "), told.all_inner_texts()


def _ticked(party: object) -> bool:
    return bool(party.locator("input[type=checkbox]").is_checked())  # type: ignore[attr-defined]


def _chosen_basis(person: Person, unit: str) -> str:
    party = person.page.locator("fieldset.party").filter(has_text=unit)
    return str(party.locator("select").evaluate("field => field.selectedOptions[0].text"))


def _why(person: Person, unit: str, words: str) -> None:
    person.page.locator("fieldset.party").filter(has_text=unit).locator("textarea").fill(words)
