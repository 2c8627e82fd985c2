"""A citizen with protected name and address: number and address stay with the authority that wrote them."""

import json
from dataclasses import asdict

from casehub.services import cases, journals
from tests.house import House
from tests.services.scenes import look, open_case, read

ADDRESS, PHONE = "Prøvevej 14, 2. tv, 7400 Herning", "10203040"


def test_the_others_are_told_that_it_is_protected_and_not_where(house: House) -> None:
    case_id = open_case(house, protected=True)
    police, kommune = (
        read(house, login, case_id).identity for login in ("politi.herning", "kommune.herning")
    )
    assert police is not None
    assert kommune is not None
    assert (police.reach.protected, police.reach.address) == (True, ADDRESS)
    assert (kommune.reach.protected, kommune.reach.address, kommune.reach.phone) == (True, "", "")
    assert kommune.name == police.name
    given = "SELECT count(*) FROM item JOIN item_grant g ON g.item_id = item.id WHERE kind = 'whereabouts' AND g.granted_to <> item.authority_id"
    assert look(house, given) == [(0,)]


def test_it_is_found_by_address_and_name_where_it_was_written_and_by_name_alone_elsewhere(
    house: House,
) -> None:
    case_id = open_case(house, protected=True)
    for login, expected in (("politi.herning", [case_id]), ("kommune.herning", [])):
        with house.work(login) as ctx:
            found = cases.search_cases(ctx, cpr="", name="Prøvesen", phone="", address=ADDRESS)
        assert [line.id for line in found] == expected
    with house.work("kommune.herning") as ctx:
        assert cases.search_cases(ctx, cpr="670385-1234", name="", phone="", address="")


def test_without_protection_it_is_given_as_before_and_what_must_be_known_stands_first(house: House) -> None:
    case_id = open_case(house)
    kommune = read(house, "kommune.herning", case_id).identity
    assert kommune is not None
    assert [label for label, _ in kommune.reach.lines] == ["Sikker kontakt", "Telefon", "Adresse"]
    with house.work("kommune.herning") as ctx:
        journal = journals.export_journal(ctx, case_id=case_id)
    labels = [label for label, _ in journal.held.citizen]
    assert labels.index("Sikker kontakt") < labels.index("Telefon") < labels.index("Adresse")


def test_a_journal_of_another_authority_holds_no_word_of_where(house: House) -> None:
    case_id = open_case(house, protected=True)
    with house.work("kommune.herning") as ctx:
        journal = journals.export_journal(ctx, case_id=case_id)
    told = json.dumps(asdict(journal), default=str, ensure_ascii=False)
    assert "Navne- og adressebeskyttelse" in told
    assert "Prøvevej" not in told
