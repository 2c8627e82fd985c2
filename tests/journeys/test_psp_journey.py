"""A PSP case from first contact to closure, in the browser, on the real web, worker and database.

Every page on the way is looked at by axe-core at two widths, so that the journey need not be walked twice.
"""

import json
import re

from tests.journeys import chapters
from tests.journeys.cast import Cast
from tests.journeys.eyes import Eyes
from tests.journeys.filing import a_file_is_put_on_the_case_and_fetched
from tests.journeys.place import Place
from tests.journeys.story import Story

STORY = Story(cpr="680385-1234")


def test_a_psp_case_runs_from_first_contact_to_closure(cast: Cast, place: Place):
    eyes = cast.look = Eyes()
    case = chapters.refer(cast, STORY)
    chapters.nobody_else_knows(cast, case)
    chapters.triage(cast, STORY, case)
    chapters.share(cast, STORY, case)
    chapters.the_card_tells_what_can_be_done(cast, case)
    kept = chapters.psychiatry_answers_and_writes(cast, STORY, case)
    chapters.the_kommune_reads_the_one_note(cast, STORY, case, kept)
    chapters.psychiatry_takes_a_note_back(cast, STORY, case)
    chapters.what_was_said_is_written_down(cast, STORY, case)
    a_file_is_put_on_the_case_and_fetched(cast, case)
    what_is_overdue_is_seen_at_once(cast, place, case)
    chapters.the_group_meets(cast, STORY, case)
    chapters.the_case_is_closed(cast, STORY, case)
    the_citizen_is_known_to_the_parties_alone(cast, case)
    another_station_and_the_administrator_get_nothing(cast, case)
    the_worker_took_in_what_was_disclosed(place, case)
    reviewers_see_every_access_and_no_content(cast, case)
    nothing_lies_about(place)
    assert cast.watch.pages > 80
    assert eyes.faults == {}
    assert len(eyes.seen) > 25
    assert {"day-late", "case", "referral-refused", "parties-confirm", "note-confirm", "not-found"} <= set(
        eyes.seen
    )


def what_is_overdue_is_seen_at_once(cast: Cast, place: Place, case: str) -> None:
    """A deadline that passes: on Min dag at once, and marked by the worker."""
    psychiatry = cast["psykiatri.midt"]
    psychiatry.go("/")
    assert "Over fristen" not in _task(psychiatry, case)
    ready = "case_id = %s AND key = 'orientering' AND state = 'ready'"
    # reminded of before, as it would be by then
    late = f"UPDATE step SET due_at = now() - interval '26 hours', next_notice = NULL, next_notice_at = NULL WHERE {ready}"
    assert place.change(late, _id(case)) == 1
    psychiatry.go("/")
    assert "Over fristen" in _task(psychiatry, case)
    assert "over fristen" in _task(psychiatry, case)
    psychiatry.show("day-late")
    psychiatry.go(case)
    assert "1 trin over fristen" in psychiatry.page.locator(".tags-line").first.inner_text()
    place.ask_worker("watch_deadlines", authority="psykiatri-midt")
    place.wait_until(f"SELECT overdue_at IS NOT NULL FROM step WHERE {ready}", _id(case))


def the_citizen_is_known_to_the_parties_alone(cast: Cast, case: str) -> None:
    for login, known in {"kommune.herning": True, "kommune.skive": False}.items():
        person = cast[login]
        person.go("/henvendelser/ny")
        person.tick("PSP-samarbejdet")
        person.fill("Borgerens CPR-nummer", STORY.cpr.replace("-", " "))
        assert person.press(chapters.ASK) == 200
        assert (case in person.page.content()) is known


def another_station_and_the_administrator_get_nothing(cast: Cast, case: str) -> None:
    for login in ("politi.skive", "administrator", "kontrol.politi"):
        person = cast[login]
        for path in ("", "/parter", "/noter/ny", "/mundtlig"):
            assert person.go(case + path) == 404
            assert person.heading == "Siden findes ikke"
            assert_no_content(person.page.content())
    skive = cast["politi.skive"]
    skive.go("/sager")
    assert case not in skive.page.content()
    administrator = cast["administrator"]
    administrator.go("/administration")
    administrator.show("administration")
    assert "Søren Hestbæk" in administrator.text
    assert_no_content(administrator.page.content())


def the_worker_took_in_what_was_disclosed(place: Place, case: str) -> None:
    """Every grant sealed to a receiver has been re-wrapped into the receiver's own compartment."""
    waiting = """
        SELECT count(*) FILTER (WHERE form = 'hpke') > 0 AND count(*) FILTER (WHERE form = 'hpke') = count(*) FILTER (
            WHERE form = 'compartment' AND granted_by <> granted_to)
        FROM item_grant JOIN item ON item.id = item_id WHERE item.case_id = %s AND ended_at IS NULL"""
    place.wait_until(waiting, _id(case))


def reviewers_see_every_access_and_no_content(cast: Cast, case: str) -> None:
    """Who, when, what, why, on which basis, allowed or refused: for each authority its own."""
    police = _log(cast, "kontrol.politi")
    assert {
        "Oprettede en henvendelse",
        "Søgte efter en borger",
        "Åbnede en sag",
        "Delte sagen med parter",
        "Udførte et trin",
        "Loggede ind",
    } <= {line["what"] for line in police}
    shared = [line for line in police if line["what"] == "Delte sagen med parter"]
    assert any("Kirsten Damhus" in line["who"] and "§ 115, stk. 1, nr. 2" in line["why"] for line in shared)
    assert any("Forebyggelse" in line["why"] and "Tilladt" in line["decision"] for line in shared)
    assert any("Karsten Salling" in line["who"] and "Afvist" in line["decision"] for line in police)
    assert any("Birgitte Fuglsang" in line["who"] and line["what"] == "Åbnede en sag" for line in police)

    kommune = _log(cast, "kontrol.herning")
    assert any("Birgitte Fuglsang" in line["who"] and line["what"] == "Åbnede en sag" for line in kommune)
    assert any(
        line["what"] == "Noterede en mundtlig videregivelse" and "§ 115" in line["why"] for line in kommune
    )
    attempts = [
        line for line in kommune if "Karsten Salling" in line["who"]
    ]  # at a case of theirs; not his day
    assert {line["what"] for line in attempts} == {"Forsøg: Åbnede en sag"}
    assert {line["decision"].partition(" ")[0].strip() for line in attempts} == {"Afvist"}

    psychiatry = _log(cast, "kontrol.psykiatri-midt")
    disclosed = [line for line in psychiatry if "§ 43" in line["why"]]
    assert any("Astrid Lyngholm" in line["who"] and "Til: " in line["all"] for line in disclosed)
    assert any(line["what"] == "Et trin gik over fristen" for line in psychiatry)
    number = cast["tovholder"]
    number.go(case)
    assert any(number.heading.removeprefix("Sag ") in line["case"] for line in police)


def _log(cast: Cast, login: str) -> list[dict[str, str]]:
    """All lines a reviewer sees, newest first; no page of it holds anything of the case."""
    reviewer = cast[login]
    reviewer.go("/log")
    reviewer.show(f"log-{login}")
    lines: list[dict[str, str]] = []
    while True:
        assert_no_content(reviewer.page.content())
        rows = reviewer.page.locator("#log-lines > tr").evaluate_all(
            """rows => rows.map(row => {
                const [when, who, what, sag, why, decision] = [...row.cells].map(cell => cell.textContent.trim());
                return {when, who, what: row.cells[2].firstChild.textContent.trim(), case: sag, why, decision,
                        all: row.textContent, id: row.id};
            })"""
        )
        lines += rows
        older = reviewer.page.get_by_role("link", name="Vis ældre linjer")
        if not older.count():
            break
        reviewer.go(str(older.get_attribute("href")))
    ids = [line["id"] for line in lines]
    assert len(ids) == len(set(ids))  # newest first; of two at once the older may have the later id
    assert all(line["when"] and line["who"] and line["decision"] for line in lines)
    return lines


def assert_no_content(page: str) -> None:
    assert [secret for secret in STORY.secrets if secret in page] == []


def nothing_lies_about(place: Place) -> None:
    """Neither a backup of the database nor what the processes wrote holds a word of it, in whatever dress."""
    for where in (place.dump(), place.said()):
        assert [dress for secret in STORY.secrets for dress in _dresses(secret) if dress in where] == []
    assert b"PSP-" in place.dump()  # the search does see what is there


def _dresses(secret: str) -> tuple[bytes, ...]:
    plain = secret.encode()
    return plain, plain.hex().encode(), json.dumps(secret)[1:-1].encode()


def _task(person: object, case: str) -> str:
    tasks = person.page.locator(".task").filter(has=person.page.locator(f"a[href='{case}']"))  # type: ignore[attr-defined]
    return " ".join(tasks.all_inner_texts())


def _id(case: str) -> str:
    found = re.search(r"[0-9a-f-]{36}", case)
    assert found
    return found[0]
