"""The invented people fit the organisation the demo loads, and cover what a PSP case needs."""

from collections import Counter
from pathlib import Path

from casehub.definitions.loading import load_definitions
from casehub.demo.people import PASSWORD, SHOWN, people

DEFINITIONS = load_definitions(Path(__file__).parents[2] / "policies")
UNITS = {
    unit.id: (authority, unit)
    for authority in DEFINITIONS.organisation.authorities
    for unit in authority.units
}


def holders(function: str) -> Counter[str]:
    return Counter(unit for person in people() for _, unit, what in person.duties if what == function)


def test_everyone_works_in_a_unit_of_their_authority():
    for person in people():
        authority, _ = UNITS[person.unit]
        assert authority.id == person.authority, person
        assert all(
            unit == person.unit and network in DEFINITIONS.networks for network, unit, _ in person.duties
        )


def test_logins_names_and_telephone_numbers_are_each_ones_own():
    everybody = people()
    for what in ("login", "name", "phone"):
        assert Counter(getattr(person, what) for person in everybody).most_common(1)[0][1] == 1
    duty_phones = {unit.duty_phone for _, unit in UNITS.values()}
    assert not duty_phones & {person.phone for person in everybody}
    assert all(person.phone.startswith("10 ") for person in everybody)


def test_every_unit_the_network_names_has_a_contact_person_and_a_deputy():
    network = DEFINITIONS.networks["psp"]
    members = {(member.authority_kind, member.unit_kind) for member in network.members}
    needed = {name for name, (authority, unit) in UNITS.items() if (authority.kind, unit.kind) in members}
    assert len(needed) == 7 + 11 + 2 + 1
    assert holders("kontaktperson") == holders("stedfortraeder") == Counter(needed)


def test_the_secretariat_has_a_coordinator_and_another_to_stand_in():
    assert holders("tovholder") == {"mvj-politi/sekretariat": 2}


def test_every_authority_has_a_reviewer_and_nobody_has_two_kinds_of_work():
    reviewers = Counter(person.authority for person in people() if person.role == "reviewer")
    assert set(reviewers) == {authority.id for authority in DEFINITIONS.organisation.authorities}
    assert {who for who, number in reviewers.items() if number == 2} == {"mvj-politi", "herning-kommune"}
    assert [person.login for person in people() if person.role != "staff" and person.duties] == []
    assert [person.login for person in people() if person.role == "administrator"] == [
        "administrator",
        "administrator-stedfortraeder",
    ]


def test_the_logins_the_terminal_shows_exist_and_the_password_is_long_enough():
    assert {login for login, _ in SHOWN} <= {person.login for person in people()}
    assert len(PASSWORD) >= 12
