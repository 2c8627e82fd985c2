"""Why somebody can see a case or cannot: told in the policies' words to who may ask, and to nobody else."""

from uuid import UUID

import pytest

from casehub.model import new_id
from casehub.services.case_access import CaseAccessView, explain_case, explain_to_reviewer
from casehub.services.errors import NotFound
from tests.house import House
from tests.services.scenes import alter, entries_of, open_case, refer


def asked(house: House, login: str, case_id: UUID, about: str | None = None) -> CaseAccessView:
    with house.work(login) as ctx:
        person = house.actor(about).staff_id if about else None
        return explain_case(ctx, case_id=case_id, person=person)


CONTACT = "Personen er kontakt for en enhed, der deltager i sagen."
ASSIGNED = "Personen er sat til at arbejde på sagen."


def test_colleagues_stand_with_name_and_reason_and_others_with_their_unit(house: House) -> None:
    case_id = open_case(house)
    page = asked(house, "kommune.herning", case_id)
    me = house.actor("kommune.herning").name
    assert {view.name: view.why for view in page.own}[me] == (CONTACT,)
    assert all(view.allowed for view in (*page.own, *page.others))
    assert {view.authority for view in page.own} == {"Herning Kommune"}
    police = [view for view in page.others if view.authority == "Midt- og Vestjyllands Politi"]
    assert {(view.name, view.why) for view in police} == {("", (CONTACT,))}
    assert house.actor("politi.herning").name not in str(page)


def test_a_colleague_who_cannot_see_it_is_told_by_what_would_have_been_needed(house: House) -> None:
    case_id = open_case(house)
    skive = asked(house, "politi.herning", case_id, "politi.skive").asked
    assert skive is not None
    assert (skive.allowed, skive.why) == (False, ())
    assert {CONTACT, ASSIGNED} <= set(skive.lacking)  # with every other way in that there is
    reviewer = asked(house, "politi.herning", case_id, "kontrol.politi").asked
    assert reviewer is not None
    [why] = reviewer.why
    assert why.startswith("En kontrollant læser loggen, men har ikke adgang til sager")


def test_another_authoritys_person_cannot_be_asked_about(house: House) -> None:
    case_id = open_case(house)
    page = asked(house, "politi.herning", case_id, "kommune.herning")
    assert page.asked is None
    assert str(house.actor("kommune.herning").staff_id) not in str(page)


def test_whoever_may_not_see_the_case_learns_nothing_of_who_can(house: House) -> None:
    case_id = open_case(house)
    for login in ("politi.skive", "kontrol.politi", "administrator", "kommune.skive"):
        for case in (case_id, new_id()):
            with pytest.raises(NotFound):
                asked(house, login, case)


def test_a_reviewer_asks_about_own_staff_alone_and_never_learns_of_anothers_case(house: House) -> None:
    case_id = open_case(house)

    def told(about: str, case: UUID = case_id, reviewer: str = "kontrol.politi") -> tuple[str, bool, str]:
        person = house.actor(about).staff_id
        assert person is not None
        with house.work(reviewer) as ctx:
            page = explain_to_reviewer(ctx, case_id=case, person=person)
        return page.case_number, page.person.allowed, " ".join((*page.person.why, *page.person.lacking))

    number, allowed, why = told("politi.herning")
    assert (number[:3], allowed, why) == ("PSP", True, CONTACT)
    _, seen, lacking = told("politi.skive")
    assert (seen, CONTACT in lacking, ASSIGNED in lacking) == (False, True, True)
    with pytest.raises(NotFound):
        told("kommune.herning")
    of_the_police_alone = refer(house)
    for unknown in (of_the_police_alone, new_id()):
        assert told("psykiatri.midt", unknown, "kontrol.psykiatri-midt") == (
            str(unknown),
            False,
            "Sagen findes ikke for personens myndighed: myndigheden deltager ikke i den.",
        )


def test_somebody_who_has_left_can_see_nothing_and_the_reviewer_is_told_so(house: House) -> None:
    case_id = open_case(house)
    person = house.actor("politi.herning").staff_id
    assert person is not None
    alter(
        house,
        "ALTER TABLE staff DISABLE TRIGGER require_entry",
        f"UPDATE staff SET retired_at = now() WHERE id = '{person}'",
    )
    with house.work("kontrol.politi") as ctx:
        page = explain_to_reviewer(ctx, case_id=case_id, person=person)
    assert (page.person.allowed, page.person.why) == (
        False,
        ("Personen er fratrådt og kan ikke logge ind mere.",),
    )


def test_that_it_was_asked_and_about_whom_is_on_record(house: House) -> None:
    case_id = open_case(house)
    [entry] = entries_of(house, lambda: asked(house, "politi.herning", case_id, "politi.skive"))
    assert (entry["event"], entry["outcome"], entry["policies"]) == (
        "access.explained",
        "allowed",
        ["case-explain"],
    )
    skive = str(house.actor("politi.skive").staff_id)
    assert [(ref["kind"], ref["id"]) for ref in entry["objects"]] == [
        ("case", str(case_id)),
        ("staff", skive),
    ]
