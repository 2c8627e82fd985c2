"""Search by what is known of a citizen: exact, over the own authority's blind index, and only one's own cases."""

import pytest

from casehub.services import cases
from casehub.services.errors import FormRefused
from tests.house import House
from tests.services.scenes import SOCIAL, entries_of, refer, share, triage

KNOWN = {"cpr": "670385-1234", "name": "", "phone": "", "address": ""}


def search(house: House, login: str, **typed: str) -> list[object]:
    with house.work(login) as ctx:
        return [line.id for line in cases.search_cases(ctx, **{**dict.fromkeys(KNOWN, ""), **typed})]


def test_a_citizen_is_found_by_each_thing_known_and_by_all_together(house: House) -> None:
    case_id = refer(house)
    other = refer(house, cpr="680385-1230", name="Asger Prøvesen", address="Prøvevej 14, 2. th, 7400 Herning")
    for typed in (
        {"cpr": "6703851234"},
        {"name": "fjeldgaard"},
        {"name": "PRØVESEN, Asger Fjeldgård"},
        {"address": "prøvevej 14 2 tv 7400"},
        {"name": "Asger", "address": "Prøvevej 14, 2. tv., 7400 Herning", "phone": "+45 10203040"},
    ):
        assert search(house, "politi.herning", **typed) == [case_id], typed
    both = {case_id, other}
    assert set(search(house, "politi.herning", name="prøvesen asger")) == both
    assert set(search(house, "politi.herning", phone="10203040")) == both
    for typed in ({"name": "Asger Ukendtsen"}, {"name": "prøve"}, {"cpr": "6703851234", "name": "Ukendtsen"}):
        assert search(house, "politi.herning", **typed) == []


def test_others_find_it_when_it_was_disclosed_to_them_and_not_before(house: House) -> None:
    case_id = refer(house)
    triage(house, case_id)
    house.run_jobs()
    assert search(house, "kommune.herning", name="prøvesen") == []
    share(house, case_id, SOCIAL)
    house.run_jobs()
    assert search(house, "kommune.herning", name="prøvesen") == [case_id]
    assert search(house, "kommune.skive", name="prøvesen") == []


def test_the_log_says_which_fields_and_what_was_found_and_not_what_was_searched_for(house: House) -> None:
    case_id = refer(house)
    left = entries_of(house, lambda: search(house, "politi.herning", name="Prøvesen", phone="10203040"))
    assert [(entry["event"], entry["detail"]) for entry in left] == [
        ("case.searched", {"fields": "name,phone"})
    ]
    assert [ref["id"] for ref in left[0]["objects"]] == [str(case_id)]
    assert "rovesen" not in str(left)
    assert "10203040" not in str(left)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "cpr"),
        ({"cpr": "310285-1234"}, "cpr"),
        ({"name": "1234"}, "name"),
        ({"phone": "12"}, "phone"),
        ({"address": "7"}, "address"),
        ({"name": "Asger\0"}, "name"),
    ],
)
def test_what_cannot_be_searched_for_is_said_beside_its_field(
    house: House, typed: dict[str, str], field: str
) -> None:
    with pytest.raises(FormRefused) as told:
        search(house, "politi.herning", **typed)
    assert set(told.value.errors) == {field}
