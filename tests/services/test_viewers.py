"""Who has seen a case, told to those who work on it: colleagues by name, the others' staff by authority and unit."""

import pytest

from casehub.services.errors import NotFound
from casehub.services.viewers import ViewersView, read_viewers
from tests.house import House
from tests.services.scenes import POLICE, open_case, read, write_note


def seen_by(house: House, login: str, case_id: object) -> ViewersView:
    with house.work(login) as ctx:
        return read_viewers(ctx, case_id=case_id)  # type: ignore[arg-type]


def test_colleagues_stand_with_their_names_and_others_with_their_unit(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "Aftale.", [(POLICE, "samtykke")])
    house.clock.turn(hours=1)
    read(house, "politi.herning", case_id)
    read(house, "kommune.herning", case_id)
    name = {login: house.actor(login).name for login in ("politi.herning", "kommune.herning")}
    told = {view.authority: view for view in seen_by(house, "psykiatri.midt", case_id).viewers}
    # the police read a note of psychiatry's: their unit is told, and nothing that names the person
    assert (told["Midt- og Vestjyllands Politi"].name, told["Midt- og Vestjyllands Politi"].title) == ("", "")
    assert name["politi.herning"] not in str(told)
    kommune = seen_by(house, "kommune.herning", case_id).viewers
    own = [view for view in kommune if view.name]
    assert [view.name for view in own] == [name["kommune.herning"]]
    assert own[0].acts == ("Åbnede en sag", "Så, hvem der har set en sag")
    assert own[0].times == 2


def test_whoever_may_not_read_the_case_learns_nothing(house: House) -> None:
    case_id = open_case(house)
    for login in ("politi.skive", "kontrol.politi", "administrator", "kriminalforsorgen"):
        with pytest.raises(NotFound):
            seen_by(house, login, case_id)
