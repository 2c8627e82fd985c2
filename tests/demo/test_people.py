"""The invented people fit the organisation the demo loads, and cover what a case in any network needs."""

from collections import Counter
from pathlib import Path

import pytest

from casehub.definitions.loading import load_definitions
from casehub.demo.people import PASSWORD, SHOWN, people

DEFINITIONS = load_definitions(Path(__file__).parents[2] / "policies")
UNITS = {
    unit.id: (authority, unit)
    for authority in DEFINITIONS.organisation.authorities
    for unit in authority.units
}


def test_everyone_works_in_a_unit_of_their_authority_and_for_networks_it_takes_part_in():
    for person in people():
        authority, _ = UNITS[person.unit]
        assert authority.id == person.authority, person
        for network, name, _ in person.duties:
            owner, unit = UNITS[name]
            assert owner is authority, person
            kinds = {"authority_kind": authority.kind, "unit_kind": unit.kind}
            if network in DEFINITIONS.networks:
                assert DEFINITIONS.networks[network].includes(**kinds), (person, network)
            else:
                rules = DEFINITIONS.obligations[network].contacts
                assert kinds in [{name: getattr(rule, name) for name in kinds} for rule in rules], person


def test_logins_names_and_telephone_numbers_are_each_ones_own():
    everybody = people()
    for what in ("login", "name", "phone"):
        assert Counter(getattr(person, what) for person in everybody).most_common(1)[0][1] == 1
    duty_phones = {unit.duty_phone for _, unit in UNITS.values()}
    assert not duty_phones & {person.phone for person in everybody}
    assert all(person.phone.startswith("10 ") for person in everybody)


@pytest.mark.parametrize("network", DEFINITIONS.networks.values(), ids=lambda network: network.id)
def test_every_unit_a_network_names_has_one_who_takes_part_and_one_to_stand_in(network):
    for name, (authority, unit) in UNITS.items():
        if not network.includes(authority_kind=authority.kind, unit_kind=unit.kind):
            continue
        coordinates = (authority.kind, unit.kind) == (network.coordinator_kind, network.coordinator_unit_kind)
        pairs = [["stedfortraeder", "tovholder"], ["tovholder"] * 2]
        expected = pairs if coordinates else [["kontaktperson", "stedfortraeder"]]
        held = sorted(
            function
            for person in people()
            for duty, where, function in person.duties
            if (duty, where) == (network.id, name) and function != "leder"
        )
        assert held in expected, name


def test_every_authority_has_one_who_keeps_its_contacts():
    keepers = [person for person in people() if person.keeps_contacts]
    assert {person.authority for person in keepers} == {
        authority.id for authority in DEFINITIONS.organisation.authorities
    }
    assert {person.role for person in keepers} == {"staff"}


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
