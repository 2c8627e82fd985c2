"""A cooperation agreement that is not in force lets nothing be given to or from whom it does not bind; its end is told ahead."""

from dataclasses import replace
from datetime import date

import pytest

from casehub.services import news
from casehub.services.errors import FormRefused
from tests.house import House
from tests.services.scenes import POLICE, PSYCHIATRY, entries_of, look, open_case, read, system, write_note

HEALTH, SHARED = "sundhedslov-43-2-2", "retsplejelov-115-2"


def agree(house: House, **changed: object) -> None:
    """Put another agreement of PSP in force, as a changed file would."""
    catalogue = house.runtime.catalogue
    psp = catalogue.current.networks["psp"]
    assert psp.agreement
    other = replace(psp, agreement=replace(psp.agreement, **changed))  # type: ignore[arg-type]
    catalogue.current = replace(catalogue.current, networks={**catalogue.current.networks, "psp": other})


def refused(house: House, login: str, case_id, to: str, basis: str) -> list[str]:
    """The policies that refuse it, as the entry names them."""

    def give() -> None:
        with pytest.raises(FormRefused) as problem:
            write_note(house, login, case_id, "Nej.", [(to, basis)])
        assert any("samarbejdsaftale" in message for message in problem.value.errors.values())

    [entry] = entries_of(house, give)
    assert (entry["event"], entry["outcome"]) == ("note.written", "refused")
    policies: list[str] = entry["policies"]
    return policies


def test_when_it_has_lapsed_nothing_is_given_from_the_next_request_on(house: House):
    case_id = open_case(house)
    agree(house, until=date(2026, 11, 25))
    write_note(house, "psykiatri.midt", case_id, "Før.", [(POLICE, HEALTH)])
    house.clock.turn(days=2)
    both = ["disclosure-giver-not-agreed", "disclosure-recipient-not-agreed"]
    assert refused(house, "psykiatri.midt", case_id, POLICE, HEALTH) == both
    assert [note.text for note in read(house, "politi.herning", case_id).notes] == ["Før."]


def test_who_has_left_it_neither_gives_nor_gets_and_the_others_do(house: House):
    case_id = open_case(house)
    agree(house, left=((PSYCHIATRY, date(2026, 11, 24)),))
    assert refused(house, "psykiatri.midt", case_id, POLICE, HEALTH) == ["disclosure-giver-not-agreed"]
    assert refused(house, "kommune.herning", case_id, PSYCHIATRY, SHARED) == [
        "disclosure-recipient-not-agreed"
    ]
    write_note(house, "kommune.herning", case_id, "Til politiet.", [(POLICE, SHARED)])
    agree(house, signatories=frozenset({POLICE, PSYCHIATRY}))
    assert refused(house, "kommune.herning", case_id, POLICE, SHARED) == ["disclosure-giver-not-agreed"]


def test_the_coordinators_are_told_once_sixty_days_ahead(house: House):
    agree(house, until=date(2027, 1, 24))  # 61 days ahead
    told = "SELECT staff_id FROM message WHERE kind = 'agreement'"
    for days, expected in ((0, []), (1, [(house.staff["tovholder"],)]), (1, [(house.staff["tovholder"],)])):
        house.clock.turn(days=days)
        with house.runtime.work(system(house, POLICE)) as ctx:
            news.tell_agreements(ctx)
            ctx.session.commit()
        assert look(house, told) == expected
