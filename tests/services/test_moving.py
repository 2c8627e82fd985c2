"""When the citizen moves, the new kommune is brought in, and gets nothing that was given to the one left behind."""

import pytest

from casehub.services import moving, parties
from casehub.services.errors import Conflict, FormRefused, NotFound
from tests.house import House
from tests.services.scenes import KOMMUNE, entries_of, open_case, read, share, write_note

SKIVE, NEW_UNIT = "0779", "skive-kommune/social"


def move(
    house: House, case_id: object, kommune: str = SKIVE, *, login: str = "tovholder", seen: str = "0657"
) -> None:
    with house.work(login) as ctx:
        moving.move_case(ctx, case_id=case_id, kommune=kommune, seen=seen)  # type: ignore[arg-type]


def test_the_new_kommune_is_brought_in_and_each_disclosure_is_decided_again(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "Til den gamle kommune.", [(KOMMUNE, "samtykke")])
    house.run_jobs(KOMMUNE)
    with house.work("tovholder") as ctx:
        assert NEW_UNIT not in {
            each.unit_id for each in parties.propose_parties(ctx, case_id=case_id).proposals
        }
    [entry] = entries_of(house, lambda: move(house, case_id))
    assert entry["event"] == "case.moved"
    with pytest.raises(NotFound):  # nothing follows by itself
        read(house, "kommune.skive", case_id)
    share(house, case_id, NEW_UNIT)
    house.run_jobs()
    new, old = (read(house, login, case_id) for login in ("kommune.skive", "kommune.herning"))
    assert (new.kommune, new.identity is not None, new.referral != ()) == ("Skive", True, True)
    assert new.notes == ()
    assert [note.text for note in old.notes] == ["Til den gamle kommune."]


def test_only_the_tovholder_notes_it_and_only_where_they_coordinate(house: House) -> None:
    case_id = open_case(house)
    for login in ("politi.herning", "kommune.herning", "politi.skive"):
        with pytest.raises(NotFound):
            move(house, case_id, login=login)
    for kommune in ("0657", "0101", ""):
        with pytest.raises(FormRefused) as told:
            move(house, case_id, kommune)
        assert set(told.value.errors) == {"kommune"}
    move(house, case_id)
    with pytest.raises(Conflict):
        move(house, case_id)
