"""The pages of a case over the real services: what each person can do, see and not see."""

import re

import pytest
from flask import Flask

from tests.web.acting import (
    CONCERN,
    CPR,
    NAME,
    REFERRAL,
    accept,
    refer,
    signed_in,
    step_path,
)
from tests.web.browsing import form_of


def test_the_question_shows_only_cases_one_may_see(app: Flask):
    police = signed_in(app, "politi.herning")
    case = refer(police)
    again = police.post("/henvendelser/ny", {"_do": "known", "network": "psp", "cpr": CPR})
    assert "Du har allerede en sag om borgeren" in again.text
    assert case in again.text
    assert f'value="{CPR}"' in again.text
    other = signed_in(app, "politi.skive").post(
        "/henvendelser/ny", {"_do": "known", "network": "psp", "cpr": CPR}
    )
    assert "Ingen sager, som du må se" in other.text
    assert case not in other.text


def test_an_impossible_cpr_number_is_told_beside_the_field_and_kept(app: Flask):
    answer = signed_in(app, "politi.herning").post(
        "/henvendelser/ny", {"_do": "known", "network": "psp", "cpr": "999999-1234"}
    )
    assert answer.status_code == 422
    assert 'value="999999-1234"' in answer.text
    assert 'href="#cpr"' in answer.text
    assert "<title>Fejl: Ny henvendelse" in answer.text
    assert 'aria-describedby="cpr-hint cpr-error"' in answer.text


def test_an_unknown_network_begins_again_with_the_question(app: Flask):
    police = signed_in(app, "politi.herning")
    answer = police.post("/henvendelser/ny", {**REFERRAL, "network": "findes-ikke"})
    assert answer.status_code == 422
    assert "Er borgeren kendt?" in answer.text


def test_every_fault_of_a_referral_is_told_at_once_and_nothing_typed_is_lost(app: Flask):
    police = signed_in(app, "politi.herning")
    answer = police.post("/henvendelser/ny", {**REFERRAL, "cpr": "311385-1234", "kommune": "9999"})
    assert answer.status_code == 422
    for field in ("cpr", "kommune", "indicators", "source", "purpose"):
        assert f'href="#{field}"' in answer.text, field
        assert f'id="{field}-error"' in answer.text, field
    assert CONCERN in answer.text
    assert f'value="{NAME}"' in answer.text


def test_a_case_goes_from_referral_to_shared(app: Flask, case: str):
    for login in ("politi.herning", "tovholder", "kommune.herning", "psykiatri.midt"):
        page = signed_in(app, login).get(case)
        assert page.status_code == 200, login
        assert NAME in page.text, login
        assert CONCERN in page.text, login
    assert signed_in(app, "politi.skive").get(case).status_code == 404
    assert signed_in(app, "administrator").get(case).status_code == 404
    assert signed_in(app, "kontrol.politi").get(case).status_code == 404


def test_safe_contact_stands_above_phone_and_address(app: Flask):
    police = signed_in(app, "politi.herning")
    page = police.get(refer(police)).text
    assert page.index("Sikker kontakt:") < page.index('href="tel:')
    assert page.index("Sikker kontakt:") < page.index("Prøvevej 87A")


def test_before_it_is_accepted_only_the_tovholder_and_the_referrer_have_it(app: Flask):
    case = refer(signed_in(app, "politi.herning"))
    assert signed_in(app, "tovholder").get(case).status_code == 200
    assert signed_in(app, "kommune.herning").get(case).status_code == 404
    assert case not in signed_in(app, "kommune.herning").get("/sager").text


def test_my_day_shows_what_to_do_and_leads_there(app: Flask):
    refer(signed_in(app, "politi.herning"), acute="ja")
    page = signed_in(app, "tovholder").get("/").text
    assert "Vurdér henvendelsen" in page
    assert "Akut" in page
    assert re.search(r'href="/sager/[^"]+/trin/[^"]+"', page)


def test_an_acute_case_names_the_duty_phone_before_anything_else(app: Flask):
    case = refer(signed_in(app, "politi.herning"), acute="ja")
    coordinator = signed_in(app, "tovholder")
    accept(coordinator, case)
    page = coordinator.get(f"{case}/parter").text
    assert "Sagen er akut: ring først" in page
    assert page.index("ring først") < page.index('name="parties"')


def test_going_back_from_the_confirmation_keeps_the_ticks(app: Flask):
    case = refer(signed_in(app, "politi.herning"))
    coordinator = signed_in(app, "tovholder")
    accept(coordinator, case)
    path = f"{case}/parter"
    fields = {
        "parties": ["herning-kommune/social"],
        "necessity-herning-kommune/social": "Bolig.",
        "purpose": re.search(r'id="purpose" value="([^"]+)"', coordinator.get(path).text)[1],
    }
    sure = coordinator.fill(path, fields)
    assert "Kan ikke læse det:" in sure.text
    back = form_of(coordinator.post(path, {**form_of(sure), "_do": "back"}, token=None))
    assert back["parties"] == ["herning-kommune/social"]
    assert back["necessity-herning-kommune/social"] == ["Bolig."]


def test_a_note_is_read_by_those_one_confirmed_and_by_nobody_else(app: Flask, case: str):
    psychiatry = signed_in(app, "psykiatri.midt")
    own = psychiatry.fill(f"{case}/noter/ny", {"text": "Kun for os selv.", "_do": "review"})
    assert "Kun Region" in own.text or "Kun Psykiatri" in own.text
    assert psychiatry.confirm(f"{case}/noter/ny", own).status_code == 303
    shared = psychiatry.fill(
        f"{case}/noter/ny",
        {
            "text": "Tager imod hjælp.\nBesøg aftalt.",
            "readers": ["herning-kommune"],
            "purpose": re.search(r'id="purpose" value="([^"]+)"', psychiatry.get(f"{case}/noter/ny").text)[1],
            "necessity": "Kommunen skal kende aftalen.",
            "_do": "review",
        },
    )
    assert "Herning Kommune" in shared.text
    assert "Gem notatet til Herning Kommune" in shared.text
    assert psychiatry.confirm(f"{case}/noter/ny", shared).status_code == 303
    seen = {
        login: signed_in(app, login).get(case).text
        for login in ("psykiatri.midt", "kommune.herning", "politi.herning")
    }
    assert "Kun for os selv." in seen["psykiatri.midt"]
    assert "Kun for os selv." not in seen["kommune.herning"]
    assert "Tager imod hjælp." in seen["kommune.herning"]
    assert "Tager imod hjælp." not in seen["politi.herning"]


def test_a_note_kept_back_can_be_disclosed_later(app: Flask, case: str):
    psychiatry = signed_in(app, "psykiatri.midt")
    sure = psychiatry.fill(f"{case}/noter/ny", {"text": "Senere.", "_do": "review"})
    psychiatry.confirm(f"{case}/noter/ny", sure)
    path = re.search(rf'href="({case}/noter/[^"]+/videregiv)"', psychiatry.get(case).text)[1]
    empty = psychiatry.fill(path, {"_do": "review"})
    assert empty.status_code == 422
    assert 'id="readers-error"' in empty.text
    purpose = re.search(r'id="purpose" value="([^"]+)"', psychiatry.get(path).text)[1]
    chosen = {
        "readers": ["mvj-politi"],
        "purpose": purpose,
        "necessity": "Politiet møder hende først.",
        "_do": "review",
    }
    sure = psychiatry.fill(path, chosen)
    assert "Senere." in sure.text
    assert psychiatry.confirm(path, sure).status_code == 303
    assert "Senere." in signed_in(app, "politi.herning").get(case).text
    assert signed_in(app, "politi.herning").get(path).status_code == 404


def test_what_was_said_is_recorded_with_its_own_time(app: Flask, case: str):
    police = signed_in(app, "politi.herning")
    path = f"{case}/mundtlig"
    form = police.get(path)
    choice = {name: re.search(rf'id="{name}"[^>]*value="([^"]+)"', form.text)[1] for name in ("purpose",)}
    basis = re.search(r'name="basis".*?<option value="([^"]+)"', form.text, re.DOTALL)
    assert basis
    said = {
        "to": "herning-kommune",
        "happened_at": "2026-11-20T14:05",
        "content": "Døren var brudt op.",
        "basis": basis[1],
        "necessity": "Akut.",
        **choice,
    }
    future = police.post(path, {**said, "happened_at": "2199-01-01T00:00"})
    assert future.status_code == 422
    assert "Døren var brudt op." in future.text
    assert police.post(path, said).status_code == 303
    assert "20. nov. 2026 kl. 14.05" in police.get(case).text
    assert "Døren var brudt op." in signed_in(app, "kommune.herning").get(case).text
    assert "Døren var brudt op." not in signed_in(app, "psykiatri.midt").get(case).text


@pytest.mark.parametrize("answer", ["disclose", "nothing", "declines"])
def test_each_of_the_three_answers_is_taken(app: Flask, case: str, answer: str):
    kommune = signed_in(app, "kommune.herning")
    path = step_path(kommune, case, "Svar på henvendelsen")
    done = kommune.fill(path, {"answer": answer, "_do": "complete", "readers": []})
    assert done.status_code == 303, done.text
    assert "Trinnet er udført" in kommune.get(path).text


def test_the_second_of_two_people_is_told_and_loses_nothing(app: Flask, case: str):
    first, second = signed_in(app, "kommune.herning"), signed_in(app, "kommune.herning")
    path = step_path(first, case, "Svar på henvendelsen")
    typed = {
        **form_of(second.get(path)),
        "answer": "declines",
        "reason": "Vi er for få.",
        "_do": "complete",
        "readers": [],
    }
    assert first.fill(path, {"answer": "nothing", "_do": "complete", "readers": []}).status_code == 303
    told = second.post(path, typed, token=None)
    assert told.status_code == 409
    assert "Birgitte Fuglsang" in told.text
    assert "Vi er for få." in told.text


def test_a_step_without_its_answer_is_told_beside_the_field(app: Flask, case: str):
    kommune = signed_in(app, "kommune.herning")
    path = step_path(kommune, case, "Svar på henvendelsen")
    told = kommune.fill(path, {"remark": "En bemærkning", "_do": "complete", "readers": []})
    assert told.status_code == 422
    assert 'id="answer-error"' in told.text
    assert "Svar: " in told.text
    assert "En bemærkning" in told.text


def test_a_step_that_waits_says_why(app: Flask, case: str):
    page = signed_in(app, "tovholder").get(case).text
    assert re.search(r"Kan først udføres, når .* trin 5 »Svar på henvendelsen«", page)


def test_a_megabyte_in_a_note_is_told_beside_the_field_and_kept(app: Flask, case: str):
    police = signed_in(app, "politi.herning")
    text = "æ" * 500_000
    sure = police.post(f"{case}/noter/ny", {"text": text, "_do": "review"})
    told = sure if sure.status_code == 422 else police.confirm(f"{case}/noter/ny", sure)
    assert told.status_code == 422
    assert 'id="text-error"' in told.text
    assert text in told.text


def test_more_than_four_megabytes_are_refused_in_plain_words(app: Flask):
    police = signed_in(app, "politi.herning")
    told = police.post("/henvendelser/ny", {"concern": "a" * 5_000_000})
    assert told.status_code == 413
    assert "for meget på én gang" in told.text


def test_nul_bytes_are_told_beside_the_field(app: Flask, case: str):
    police = signed_in(app, "politi.herning")
    sure = police.post(f"{case}/noter/ny", {"text": "før\0efter", "_do": "review"})
    told = sure if sure.status_code == 422 else police.confirm(f"{case}/noter/ny", sure)
    assert told.status_code == 422
    assert 'id="text-error"' in told.text


def test_the_reviewer_sees_who_did_what_and_no_content(app: Flask, case: str):
    signed_in(app, "politi.skive").get(case)
    reviewer = signed_in(app, "kontrol.politi")
    page = reviewer.get("/log").text
    assert "Karsten Salling" in page
    assert "Afvist" in page
    assert re.search(r"PSP-\d{4}-\w{4}", page)
    for secret in (NAME, CPR, CONCERN, "Prøvevej"):
        assert secret not in page
    older = re.search(r'href="(/log\?before=[^"]+)"', page)
    if older:
        assert reviewer.get(older[1]).status_code == 200


def test_the_administrator_sees_staff_and_no_case(app: Flask, case: str):
    page = signed_in(app, "administrator").get("/administration").text
    assert "Søren Hestbæk" in page
    assert "PSP-2026" not in page


def test_no_cpr_number_stands_in_any_address(app: Flask):
    police = signed_in(app, "politi.herning")
    page = police.get(refer(police)).text
    assert [link for link in re.findall(r'(?:href|action|src)="([^"]*)"', page) if "670385" in link] == []


def test_an_error_page_gives_nothing_away(app: Flask, caplog: pytest.LogCaptureFixture):
    @app.get("/gaa-i-stykker")
    def break_down() -> str:
        raise RuntimeError(CPR)

    answer = signed_in(app, "politi.herning").get("/gaa-i-stykker")
    assert answer.status_code == 500
    assert "Noget gik galt hos os" in answer.text
    assert CPR not in answer.text
    assert "RuntimeError" in caplog.text
    assert CPR not in caplog.text
