"""A risk assessment through the pages: the level is seen before it is saved, and the chart says what the table says."""

import re

from flask import Flask

from tests.services.scenes import answered
from tests.web.acting import signed_in

NEW = "/risikovurdering/psp-kendetegn/ny"


def answers(*present: str) -> dict[str, str]:
    return {f"item-{item}": answer for item, answer in answered(*present).items()}


def test_the_level_is_seen_before_it_is_saved_and_the_history_is_a_chart_and_a_table(app: Flask, case: str):
    person = signed_in(app, "psykiatri.midt")
    for raised in ({}, {"judgement": "hoej", "reason": "Han er lige flyttet."}):
        sure = person.fill(case + NEW, {**answers("truende"), **raised, "_do": "review"})
        assert ("Høj" if raised else "Lav") in sure.text
        assert person.confirm(case + NEW, sure).headers["Location"] == f"{case}/risikovurdering"
    page = person.get(f"{case}/risikovurdering").text
    marks = re.findall(r'<circle class="level-mark"[^>]*cy="(\d+)"[^>]*><title>[^:]*: (\w+)</title>', page)
    assert [level for _, level in marks] == ["Lav", "Høj"]
    assert int(marks[0][0]) > int(marks[1][0])
    assert re.findall(r'data-title="Niveau"><strong>(\w+)', page) == ["Høj", "Lav"]
    assert "hævet fra Lav" in page
    assert "style=" not in page
    assert "PSP&#39;s ti kendetegn: Høj" in person.get(case).text


def test_a_lower_judgement_is_told_beside_the_field_with_what_was_typed(app: Flask, case: str):
    person = signed_in(app, "psykiatri.midt")
    much = answers("truende", "voldelig", "fare", "boern")
    answer = person.fill(
        case + NEW, {**much, "judgement": "middel", "reason": "Vi kender ham.", "_do": "review"}
    )
    assert answer.status_code == 422
    assert "Svarene giver Høj. Et fagligt skøn kan kun hæve niveauet." in answer.text
    assert "Vi kender ham." in answer.text
    assert re.search(r'name="judgement"[^>]*value="middel" checked', answer.text)
