"""A running case is moved to the version in force by its tovholder alone, who sees first what changes; one entry, and nothing is lost."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from casehub import preparing
from casehub.runtime import Runtime
from casehub.services import card_versions
from casehub.services.errors import Conflict, NotFound
from tests.house import House
from tests.services.scenes import DISTRICT, SOCIAL, complete, entries_of, look, read, refer, share, triage

STEPS = {
    # what was »Aftal fælles handlinger« is gone, and status waits for a new step
    "requires: [handlinger]": "requires: [koordinering]",
    "  - key: handlinger\n": "  - key: koordinering\n",
    "title: Aftal fælles handlinger": "title: Aftal koordinering",
    "title: Hold mødet": "title: Hold netværksmødet",
    "amount: -5": "amount: -3",
    "Egen frist, fem hverdage før mødet": "Egen frist, tre hverdage før mødet",
}


@pytest.fixture
def case_id(house: House) -> UUID:
    """A case that two authorities are to answer in, begun with the version that was in force."""
    begun = refer(house)
    triage(house, begun)
    share(house, begun, SOCIAL, DISTRICT)
    house.run_jobs()
    return begun


def changed(house: House, tmp_path: Path, changes: dict[str, str]) -> Runtime:
    """A node with another version of the card in force."""
    policies = Path(shutil.copytree(house.runtime.config.policies, tmp_path / "policies"))
    card = policies / "cards/psp-henvendelse.yaml"
    text = card.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    card.write_text(text)
    config = replace(house.runtime.config, policies=policies)
    preparing.set_up(config, owner_url=house.database.owner_url)
    return Runtime.open(config, clock=house.clock)


@pytest.fixture
def newer(house: House, case_id: UUID, tmp_path: Path) -> Iterator[House]:
    """The house after that."""
    runtime = changed(house, tmp_path, STEPS)
    yield House(runtime, house.database, house.clock, house.staff)
    runtime.close()


def look_at(house: House, case_id: UUID) -> card_versions.CardVersionView:
    with house.work("tovholder") as ctx:
        return card_versions.read_newer_card(ctx, case_id=case_id)


def move(house: House, case_id: UUID, version: str, login: str = "tovholder") -> None:
    with house.work(login) as ctx:
        card_versions.renew_card(ctx, case_id=case_id, version=version)


def test_what_changes_is_shown_and_then_done_with_one_entry(newer: House, case_id: UUID) -> None:
    before = read(newer, "tovholder", case_id)
    assert before.newer_card
    page = look_at(newer, case_id)
    assert (page.newer, page.refused, page.again) == (True, (), ())
    assert (page.added, page.gone) == (("8. Aftal koordinering",), ("8. Aftal fælles handlinger",))
    assert page.dropped == ("Aftal fælles handlinger",)
    told = {
        (step.title, line.label, line.before, line.after)
        for step in page.changed
        for line in step.differences
    }
    assert ("Hold netværksmødet", "Navn", "Hold mødet", "Hold netværksmødet") in told
    assert {label for title, label, *_ in told if title == "Svar på henvendelsen"} == {"Frist"}
    assert {f"{line.before:%d.%m} {line.after:%d.%m}" for line in page.deadlines} == {"08.12 10.12"}
    [entry] = entries_of(newer, lambda: move(newer, case_id, page.version))
    assert (entry["event"], entry["outcome"]) == ("case.card_renewed", "allowed")
    assert entry["detail"]["before"] != entry["detail"]["after"]
    after = read(newer, "kommune.herning", case_id)
    titles = [step.title for step in after.steps]
    assert "Hold netværksmødet" in titles
    assert "Aftal fælles handlinger" not in titles
    assert [step.state for step in after.steps[:4]] == [step.state for step in before.steps[:4]]
    assert look(newer, "SELECT count(*) FROM step WHERE state = 'dropped'") == [(1,)]
    assert not read(newer, "tovholder", case_id).newer_card
    with pytest.raises(Conflict):
        move(newer, case_id, page.version)


def test_it_is_the_tovholders_alone_and_of_what_was_looked_at(newer: House, case_id: UUID) -> None:
    version = look_at(newer, case_id).version
    for login in ("politi.herning", "kommune.herning", "politi.skive"):
        with pytest.raises(NotFound):
            move(newer, case_id, version, login)
    with pytest.raises(Conflict, match="en anden udgave"):
        move(newer, case_id, "00" * 96)


def test_back_again_the_dropped_step_is_there_as_it_was(house: House, newer: House, case_id: UUID) -> None:
    ids = "SELECT id, key FROM step WHERE key = 'handlinger'"
    [before] = look(newer, ids)
    move(newer, case_id, look_at(newer, case_id).version)
    move(house, case_id, look_at(house, case_id).version)
    assert look(house, ids) == [before]
    assert "Aftal fælles handlinger" in [step.title for step in read(house, "tovholder", case_id).steps]


def test_a_version_that_has_no_place_for_what_was_done_is_refused_in_words(
    house: House, case_id: UUID, tmp_path: Path
) -> None:
    complete(house, "psykiatri.midt", case_id, "svar", answer="nothing")
    runtime = changed(house, tmp_path, {"party: each": "party: [politi, kommune]"})
    newer = House(runtime, house.database, house.clock, house.staff)
    try:
        page = look_at(newer, case_id)
        assert page.refused == (
            "Trin 5 »Svar på henvendelsen« er udført i sagen, men er ikke med i den nye udgave, eller deles der på en anden måde.",
        )
        with pytest.raises(Conflict, match="ikke med i den nye udgave"):
            move(newer, case_id, page.version)
        assert read(newer, "tovholder", case_id).steps
    finally:
        runtime.close()
