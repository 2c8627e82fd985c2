"""Nødadgang in the browser: first what happens and who is told, then the case, with a word on its page that says so."""

from flask import Flask

from tests.web.acting import signed_in

TYPED = {"cpr": "670385-1234", "kind": "vagt", "reason": "Ingen svarer."}


def test_nothing_is_asked_before_one_is_sure_and_no_address_holds_the_number(app: Flask, case: str):
    night = signed_in(app, "politi.skive")
    assert night.get(case).status_code == 404
    sure = night.post("/noedadgang", {**TYPED, "_do": "review"})
    assert sure.status_code == 200
    assert "Er du sikker på, at du vil bruge nødadgang?" in sure.text
    assert night.get(case).status_code == 404
    done = night.post("/noedadgang", {**TYPED, "_do": "confirm"})
    assert (done.status_code, done.headers["Location"]) == (303, "/noedadgang")
    assert f'href="{case}"' in night.get("/noedadgang").text
    shown = night.get(case)
    assert shown.status_code == 200
    assert "Du læser sagen med nødadgang" in shown.text
    assert case not in night.get("/sager").text


def test_what_was_typed_is_kept_and_nothing_found_says_no_more_than_that(app: Flask, case: str):
    night = signed_in(app, "politi.skive")
    gaps = night.post("/noedadgang", {**TYPED, "reason": " ", "_do": "review"})
    assert gaps.status_code == 422
    assert "670385-1234" in gaps.text
    night.post("/noedadgang", {**TYPED, "cpr": "670385-1235", "_do": "confirm"})
    assert "Der er ikke noget, du kan åbne med nødadgang" in night.get("/noedadgang").text
    assert night.get(case).status_code == 404
