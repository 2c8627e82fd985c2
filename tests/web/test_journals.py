"""The case taken out to one's own journal: what the authority holds and nothing else, as PDF and JSON, each on record."""

import json

from flask import Flask

from tests.documents import words_of
from tests.house import House
from tests.services.scenes import entries
from tests.web.acting import CONCERN, CPR, NAME, signed_in, step_path
from tests.web.test_entries import own_file

WARNING = "Ring kun mellem 9 og 14."
GIVEN = {
    "readers": ["herning-kommune"],
    "basis-herning-kommune": "samtykke",
    "purpose": "samordning",
    "necessity": "De finder en bolig.",
}


def test_it_holds_what_was_written_and_what_was_received_and_nothing_that_was_not_given(
    app: Flask, case: str, house: House
):
    psychiatry, kommune = signed_in(app, "psykiatri.midt"), signed_in(app, "kommune.herning")
    for text, given in (("Kun for os selv.", {}), ("Han vil gerne flytte.", GIVEN)):
        sure = psychiatry.fill(f"{case}/noter/ny", {"text": text, "_do": "review", **given})
        psychiatry.confirm(f"{case}/noter/ny", sure)
    own_file("")(kommune, case)
    answer = step_path(kommune, case, "Svar på henvendelsen")
    kommune.fill(answer, {"answer": "nothing", "remark": "Vi kender ham ikke.", "_do": "complete"})

    before = len(entries(house))
    taken = kommune.get(f"{case}/journal.pdf")
    [left] = entries(house)[before:]
    assert (left["event"], left["outcome"]) == ("case.exported", "allowed")
    kinds = {ref["kind"] for ref in left["objects"]}
    assert kinds == {"case", "identity", "referral", "necessity", "note", "file", "evidence"}
    number = kommune.get(case).text.partition("<title>Sag ")[2].partition(" ")[0]
    assert taken.headers["Content-Disposition"] == f'attachment; filename="sag-{number}.pdf"'
    assert taken.headers["Cache-Control"] == "no-store"
    told = words_of(taken.data)
    assert told.index("Sikker kontakt. Læs før") < told.index(WARNING) < told.index(NAME)
    for words in (
        CPR,
        CONCERN,
        "Han vil gerne flytte.",
        "De finder en bolig.",
        "Borgerens samtykke",
        "a.txt",
    ):
        assert words in told
    assert "Intet at videregive" in told
    assert "Vi kender ham ikke." in told
    assert "Kun for os selv." not in told
    assert house.actor("psykiatri.midt").name in told

    held = json.loads(kommune.get(f"{case}/journal.json").data)
    assert (held["safe_contact"], held["held"]["number"]) == (WARNING, number)
    [file] = [item for item in held["held"]["items"] if item["title"] == "Fil"]
    assert len(dict(file["lines"])["Kontrolsum af den forseglede fil, som loggen har den (SHA-256)"]) == 64
    assert [row["necessity"] for row in held["held"]["received"]][-1] == "De finder en bolig."
    assert [step["outcome"] for step in held["steps"] if step["title"] == "Svar på henvendelsen"][0:1] != [""]


def test_who_does_not_take_part_gets_nothing_and_the_page_offers_it_to_who_does(app: Flask, case: str):
    assert f'href="{case}/journal.pdf"' in signed_in(app, "kommune.herning").get(case).text
    for login in ("politi.skive", "kontrol.politi", "administrator"):
        assert signed_in(app, login).get(f"{case}/journal.json").status_code == 404
