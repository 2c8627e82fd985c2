"""Each route of a case leaves exactly the entries it should, for whom it is meant for and for whom it is not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from casehub.definitions.loading import load_definitions
from casehub.model import Case, Staff
from casehub.services.catalogue import Catalogue
from casehub.services.exclusions import lift_exclusion
from tests.house import House
from tests.services.scenes import POLICIES, answered, bar, entries, follow_older
from tests.web.acting import signed_in, step_path
from tests.web.browsing import Visitor

Fields = dict[str, object]
READERS = {"readers": ["herning-kommune"], "purpose": "forebyggelse", "necessity": "Boligen."}


@dataclass(frozen=True, slots=True)
class Visit:
    """A request: its route, who makes it, and the events it must leave, one entry each."""

    route: tuple[str, str]
    login: str
    path: Callable[[Visitor, str], str]
    events: tuple[str, ...]
    fields: Fields = field(default_factory=dict)


def under(rest: str) -> Callable[[Visitor, str], str]:
    return lambda _, case: case + rest


def answer(visitor: Visitor, case: str) -> str:
    return step_path(visitor, case, "Svar på henvendelsen")


def change_of_answer(visitor: Visitor, case: str) -> str:
    return answer(visitor, case) + "/aendring"


def asked_by_reviewer(visitor: Visitor, case: str) -> str:
    with visitor.app.extensions["casehub"].work_as_operator() as ctx:
        person = ctx.session.scalar(select(Staff.id).where(Staff.login == "politi.herning"))
    return f"/log{case}/adgang/{person}"


def own_note(visitor: Visitor, case: str) -> str:
    sure = visitor.fill(f"{case}/noter/ny", {"text": "Aftale.", "_do": "review"})
    visitor.confirm(f"{case}/noter/ny", sure)
    found = re.search(rf'href="({case}/noter/[^"]+/videregiv)"', visitor.get(case).text)
    assert found
    return found[1]


def own_assessment(visitor: Visitor, case: str) -> str:
    saved = visitor.post(case + CHECKLIST, {"_do": "confirm", **ANSWERS})
    assert saved.status_code == 303, saved.text
    found = re.search(
        rf'href="({case}/risikovurdering/[^"/]+/videregiv)"', visitor.get(f"{case}/risikovurdering").text
    )
    assert found
    return found[1]


def held(visitor: Visitor, case: str) -> str:
    answer = visitor.post(f"{case}/sletning/stop", {"hold_reason": "En klage."})
    assert answer.status_code == 303, answer.text
    return f"{case}/sletning/stop/ophaev"


def exclusion(visitor: Visitor, case: str) -> str:
    """Bar the first on the list; where it is lifted."""
    shown = visitor.get(f"{case}/udelukkelser").text
    staff = re.search(r'<option value="([0-9a-f-]{36})"', shown)
    assert staff
    barred = visitor.post(
        f"{case}/udelukkelser", {"staff": staff[1], "reason": "I familie.", "_do": "confirm"}
    )
    assert barred.status_code == 303, barred.text
    found = re.search(
        rf'action="({case}/udelukkelser/[^"]+/ophaev)"', visitor.get(f"{case}/udelukkelser").text
    )
    assert found
    return found[1]


def given_consent(visitor: Visitor, case: str) -> str:
    found = re.search(
        rf'action="({case}/samtykke/[^"]+/traek-tilbage)"', visitor.get(f"{case}/samtykke").text
    )
    assert found
    return found[1]


def recalled_note(visitor: Visitor, case: str) -> str:
    given = {
        "readers": ["mvj-politi"],
        "basis-mvj-politi": "samtykke",
        "purpose": "forebyggelse",
        "necessity": "Vagt.",
    }
    sure = visitor.fill(f"{case}/noter/ny", {"text": "Forkert.", "_do": "review", **given})
    visitor.confirm(f"{case}/noter/ny", sure)
    found = re.search(rf'href="({case}/oplysninger/[^"]+/traek-tilbage)"', visitor.get(case).text)
    assert found
    return found[1]


def breach_report(visitor: Visitor, case: str) -> str:
    begun = visitor.post(recalled_note(visitor, case), RECALL)
    assert begun.status_code == 303, begun.text
    return begun.headers["Location"]


def older(visitor: Visitor, case: str) -> str:
    """The case follows an older version than the one in force."""
    follow_older(visitor.app.extensions["casehub"], "tovholder", UUID(case.removeprefix("/sager/")))
    return f"{case}/kort"


def in_force() -> str:
    """How the page names the versions that a PSP case can be moved to."""
    versions = Catalogue(load_definitions(POLICIES)).in_force(Case(network="psp", card="psp-henvendelse"))
    assert versions
    return b"".join(versions.shas).hex()


REVIEWERS = {"kontrol.politi"}
CONSENT = {
    "authorities": ["mvj-politi"], "information": ["almindelige"], "how": "oral", "given_on": "2026-11-24",
    "until": "2099-11-24",
}  # fmt: skip
CHECKLIST = "/risikovurdering/psp-kendetegn/ny"
ANSWERS = {f"item-{item}": answer for item, answer in answered("truende", "fare").items()}
RECALL = {"reason": "Forkert sag.", "breach": "ja", "aware_at": "2026-11-24T09:00", "_do": "confirm"}
FILE = b"""--b\r
Content-Disposition: form-data; name="csrf_token"\r
\r
%s\r
--b\r
Content-Disposition: form-data; name="file"; filename="a.txt"\r
\r
Aftale.\r
--b--\r
"""


def put_file(visitor: Visitor, path: str, token: str) -> TestResponse:
    form = {"data": FILE % token.encode(), "content_type": "multipart/form-data; boundary=b"}
    return visitor.client.post(path, base_url="https://localhost", **form)  # type: ignore[arg-type]


def at_meeting(rest: str) -> Callable[[Visitor, str], str]:
    """Call a meeting about the case; the path of what is written of it there."""

    def path(visitor: Visitor, case: str) -> str:
        case_id = case.removeprefix("/sager/")
        staff = {"kommune.herning", "tovholder"}
        runtime = visitor.app.extensions["casehub"]
        with runtime.work_as_operator() as ctx:
            invited = list(ctx.session.scalars(select(Staff.id).where(Staff.login.in_(staff))))
        when = (runtime.clock() + timedelta(days=20)).strftime("%Y-%m-%dT09:00")
        called = visitor.post(
            "/moeder/ny",
            {
                "group": "psp/mvj-politi/sekretariat", "starts_at": when, "place": "Holstebro", "cases": [case_id],
                "invited": [str(each) for each in invited], "_do": "confirm",
            },
        )  # fmt: skip
        assert called.status_code == 303, called.text
        return called.headers["Location"] + case + rest

    return path


def given_task(visitor: Visitor, case: str) -> str:
    path = at_meeting("/beslutning")(visitor, case)
    assert visitor.post(path, DECISION).status_code == 303
    found = re.search(rf'action="({case}/opgaver/[^"]+/udfoert)"', visitor.get(case).text)
    assert found
    return found[1]


DECISION = {"_do": "confirm", "text": "Ring.", "owner": "mvj-politi", "due_on": "2099-12-20"}


def own_file(rest: str) -> Callable[[Visitor, str], str]:
    def path(visitor: Visitor, case: str) -> str:
        put_file(visitor, f"{case}/filer/ny", visitor.token())
        found = re.search(rf'href="({case}/filer/[^"]+)/videregiv"', visitor.get(case).text)
        assert found
        return found[1] + rest

    return path


VISITS = (
    Visit(("GET", "cases.show"), "kommune.herning", under(""), ("case.read",)),
    Visit(("GET", "journals.take_pdf"), "kommune.herning", under("/journal.pdf"), ("case.exported",)),
    Visit(("GET", "journals.take_json"), "kommune.herning", under("/journal.json"), ("case.exported",)),
    Visit(("GET", "viewers.show"), "kommune.herning", under("/set-af"), ("case.viewers_read",)),
    Visit(("GET", "case_access.show"), "kommune.herning", under("/adgang"), ("access.explained",)),
    Visit(("GET", "case_access.show_reviewer"), "kontrol.politi", asked_by_reviewer, ("access.explained",)),
    Visit(("GET", "exclusions.show"), "tovholder", under("/udelukkelser"), ("case.read",)),
    Visit(
        ("POST", "exclusions.submit"),
        "tovholder",
        under("/udelukkelser"),
        ("case.read",),
        {"_do": "back", "reason": "I familie."},
    ),
    Visit(
        ("POST", "exclusions.submit_lift"), "tovholder", exclusion, ("exclusion.lifted",), {"_do": "confirm"}
    ),
    Visit(("GET", "steps.show"), "kommune.herning", answer, ("step.read",)),
    Visit(
        ("POST", "steps.submit"),
        "kommune.herning",
        answer,
        ("step.read", "step.completed"),
        {"answer": "nothing", "_version": "1", "_do": "complete"},
    ),
    Visit(("GET", "step_changes.show"), "kommune.herning", change_of_answer, ("step.read",)),
    Visit(
        ("POST", "step_changes.submit"),
        "kommune.herning",
        change_of_answer,
        ("step.marked_impossible",),
        {"_version": "1", "_do": "mark_impossible", "_sure": "ja", "reason-mark_impossible": "Kender."},
    ),
    Visit(("GET", "consents.show"), "kommune.herning", under("/samtykke"), ("case.read",)),
    Visit(
        ("POST", "consents.submit"),
        "kommune.herning",
        under("/samtykke"),
        ("consent.recorded",),
        CONSENT,
    ),
    Visit(
        ("POST", "consents.withdraw"),
        "kommune.herning",
        given_consent,
        ("consent.withdrawn",),
        {"_do": "confirm"},
    ),
    Visit(("GET", "parties.show"), "tovholder", under("/parter"), ("case.read",)),
    Visit(
        ("POST", "parties.submit"),
        "tovholder",
        under("/parter"),
        ("case.shared",),
        {
            "_do": "confirm",
            "parties": ["kriminalforsorgen/kif"],
            "basis-kriminalforsorgen/kif": "retsplejelov-115-2",
            "necessity-kriminalforsorgen/kif": "Tilsyn.",
            "purpose": "forebyggelse",
        },
    ),
    Visit(
        ("POST", "cases.note_answer"),
        "tovholder",
        under("/vagttelefon"),
        ("case.answer_noted",),
        {"unit": "herning-kommune/social"},
    ),
    Visit(("GET", "card_versions.show"), "tovholder", under("/kort"), ("case.read",)),
    Visit(
        ("POST", "card_versions.submit"),
        "tovholder",
        older,
        ("case.card_renewed",),
        {"version": in_force()},
    ),
    Visit(("GET", "notes.show_new"), "psykiatri.midt", under("/noter/ny"), ("case.read",)),
    Visit(
        ("POST", "notes.submit_new"),
        "psykiatri.midt",
        under("/noter/ny"),
        ("note.written",),
        {"_do": "confirm", "text": "Aftale."},
    ),
    Visit(("GET", "notes.show_disclosure"), "psykiatri.midt", own_note, ("case.read",)),
    Visit(
        ("POST", "notes.submit_disclosure"),
        "psykiatri.midt",
        own_note,
        ("item.disclosed",),
        {"_do": "confirm", "basis-herning-kommune": "samtykke", **READERS},
    ),
    Visit(("GET", "log.show_case"), "kontrol.politi", lambda _, case: f"/log{case}", ("log.read",)),
    Visit(("GET", "recalls.show"), "psykiatri.midt", recalled_note, ("recall.read",)),
    Visit(("POST", "recalls.submit"), "psykiatri.midt", recalled_note, ("item.recalled",), RECALL),
    Visit(("GET", "breaches.show"), "psykiatri.midt", breach_report, ("breach.read",)),
    Visit(
        ("POST", "breaches.submit"),
        "psykiatri.midt",
        breach_report,
        ("breach.saved",),
        {"_do": "save", "_version": "1", "what": "Givet til den forkerte."},
    ),
    Visit(("GET", "assessments.show"), "psykiatri.midt", under("/risikovurdering"), ("case.read",)),
    Visit(("GET", "assessments.show_new"), "psykiatri.midt", under(CHECKLIST), ("case.read",)),
    Visit(
        ("POST", "assessments.submit_new"),
        "psykiatri.midt",
        under(CHECKLIST),
        ("assessment.written",),
        {"_do": "confirm", **ANSWERS},
    ),
    Visit(("GET", "assessments.show_disclosure"), "psykiatri.midt", own_assessment, ("case.read",)),
    Visit(
        ("POST", "assessments.submit_disclosure"),
        "psykiatri.midt",
        own_assessment,
        ("item.disclosed",),
        {"_do": "confirm", "basis-herning-kommune": "samtykke", **READERS},
    ),
    Visit(("GET", "files.show_new"), "psykiatri.midt", under("/filer/ny"), ("case.read",)),
    Visit(("POST", "files.submit_new"), "psykiatri.midt", under("/filer/ny"), ("file.written",)),
    Visit(("GET", "files.download"), "psykiatri.midt", own_file(""), ("file.read",)),
    Visit(("GET", "files.show_disclosure"), "psykiatri.midt", own_file("/videregiv"), ("case.read",)),
    Visit(
        ("POST", "files.submit_disclosure"),
        "psykiatri.midt",
        own_file("/videregiv"),
        ("item.disclosed",),
        {"_do": "confirm", "basis-herning-kommune": "samtykke", **READERS},
    ),
    Visit(("GET", "erasing.show"), "kommune.herning", under("/sletning"), ("case.read",)),
    Visit(
        ("POST", "erasing.submit"),
        "kommune.herning",
        under("/sletning"),
        ("case.read",),
        {"_do": "review", "reason": "Sagen er slut."},
    ),
    Visit(
        ("POST", "erasing.submit_hold"),
        "kommune.herning",
        under("/sletning/stop"),
        ("hold.set",),
        {"hold_reason": "En klage."},
    ),
    Visit(("POST", "erasing.submit_lift"), "kommune.herning", held, ("hold.lifted",), {"_do": "confirm"}),
    Visit(("GET", "meetings.show_minutes"), "tovholder", at_meeting("/referat"), ("case.read",)),
    Visit(
        ("POST", "meetings.submit_minutes"),
        "tovholder",
        at_meeting("/referat"),
        ("case.read",),
        {"_do": "review", "text": "Aftalt."},
    ),
    Visit(("GET", "meetings.show_decision"), "tovholder", at_meeting("/beslutning"), ("case.read",)),
    Visit(
        ("POST", "meetings.submit_decision"),
        "tovholder",
        at_meeting("/beslutning"),
        ("decision.written",),
        DECISION,
    ),
    Visit(("POST", "meetings.complete_decision"), "tovholder", given_task, ("decision.completed",)),
    Visit(("GET", "moving.show"), "tovholder", under("/flyttet"), ("case.read",)),
    Visit(
        ("POST", "moving.submit"),
        "tovholder",
        under("/flyttet"),
        ("case.moved",),
        {"kommune": "0779", "seen": "0657"},
    ),
    Visit(("GET", "oral.show"), "politi.herning", under("/mundtlig"), ("case.read",)),
    Visit(
        ("POST", "oral.submit"),
        "politi.herning",
        under("/mundtlig"),
        ("disclosure.recorded",),
        {
            "to": "herning-kommune",
            "basis": "samtykke",
            "purpose": "forebyggelse",
            "necessity": "Akut.",
            "content": "Døren var åben.",
            "happened_at": "2026-11-20T14:05",
        },
    ),
)


def test_no_route_of_a_case_is_left_out(app: Flask):
    rules = [rule for rule in app.url_map.iter_rules() if "case_id" in rule.arguments]
    routes = {
        (method, rule.endpoint) for rule in rules for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert routes == {visit.route for visit in VISITS}


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: " ".join(visit.route))
def test_a_visit_leaves_its_entries_and_one_by_a_stranger_or_who_is_barred_is_refused_on_record(
    app: Flask, case: str, house: House, visit: Visit
):
    insider, outsider = signed_in(app, visit.login), signed_in(app, "politi.skive")
    path = visit.path(insider, case)
    case_id = UUID(case.removeprefix("/sager/"))
    for visitor, barred, outcome, statuses in (
        (outsider, False, "refused", {404}),
        (insider, visit.login not in REVIEWERS, "refused", {404}),
        (insider, False, "allowed", {200, 303}),
    ):
        if visitor is insider and outcome == "refused" and not barred:
            continue  # who reads the log sees no case to be barred from
        token = visitor.token()
        leader = "politi.sekretariat.leder" if visit.login == "tovholder" else "tovholder"
        exclusion = bar(house, leader, case_id, visit.login) if barred else None
        before = len(entries(house))
        method, _ = visit.route
        if visit.route == ("POST", "files.submit_new"):
            seen = put_file(visitor, path, token)
        else:
            seen = visitor.get(path) if method == "GET" else visitor.post(path, visit.fields, token=token)
        assert seen.status_code in statuses, seen.text
        left = entries(house)[before:]
        expected = visit.events if outcome == "allowed" else visit.events[:1]
        assert [(entry["event"], entry["outcome"]) for entry in left] == [
            (event, outcome) for event in expected
        ]
        if exclusion:
            with house.work(leader) as ctx:
                lift_exclusion(ctx, case_id=case_id, exclusion_id=exclusion)
        assert {ref["case"] for entry in left for ref in entry["objects"]} == {case.removeprefix("/sager/")}
