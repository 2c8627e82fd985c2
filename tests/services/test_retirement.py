"""Whoever leaves is nobody on the next request, and nothing of theirs is left to nobody unknowingly."""

from uuid import UUID

import pytest

from casehub.services import coverage, retirement, step_changes
from casehub.services.errors import Conflict, FormRefused, NotFound
from tests.house import House
from tests.services.scenes import entries_of, look, open_case, read, step_of

ADMINISTRATOR, LEAVING, HEIR = "administrator", "politi.herning", "politi.skive"
LEADER = "politi.sekretariat.leder"


def retire(house: House, login: str = LEAVING, *, to: str = "", despite_gap: bool = False) -> None:
    successor = str(house.staff[to]) if to else ""
    with house.work(ADMINISTRATOR) as ctx:
        retirement.retire_staff(
            ctx, staff_id=house.staff[login], successor=successor, despite_gap=despite_gap
        )


def answer_given_to(house: House, login: str) -> tuple[UUID, UUID]:
    """A case whose step »svar« was given to somebody by their leader; the case and the step."""
    case_id = open_case(house)
    found = step_of(house, LEADER, case_id, "svar")
    with house.work(LEADER) as ctx:
        step_changes.assign_step(
            ctx, case_id=case_id, step_id=found.id, version=found.version, staff_id=str(house.staff[login]),
            reason="Har mødt ham.",
        )  # fmt: skip
    return case_id, found.id


def test_everything_goes_to_the_one_who_takes_over(house: House) -> None:
    case_id, step_id = answer_given_to(house, LEAVING)
    with house.work(ADMINISTRATOR) as ctx:
        view = retirement.read_retirement(ctx, staff_id=house.staff[LEAVING])
    assert (view.steps, "kontaktperson i PSP-samarbejdet, Lokalstation Herning" in view.duties) == (1, True)
    with pytest.raises(NotFound):
        read(house, HEIR, case_id)
    [entry] = entries_of(house, lambda: retire(house, to=HEIR))
    assert entry["event"] == "staff.retired"
    assert {ref["kind"] for ref in entry["objects"]} == {"staff", "contact_duty", "step"}
    assert house.runtime.actor(house.staff[LEAVING]) is None
    [mine] = [view for view in read(house, HEIR, case_id).steps if view.id == step_id]
    assert mine.can_complete
    assert look(house, "SELECT assigned_to FROM step WHERE id = %s", step_id) == [(house.staff[HEIR],)]
    with house.work(LEADER) as ctx:
        missing = {(cell.network, cell.unit_id) for cell in coverage.read_coverage(ctx).missing}
    assert ("psp", "mvj-politi/herning") not in missing


def test_without_anyone_it_is_asked_first_and_then_stands_open(house: House) -> None:
    _, step_id = answer_given_to(house, LEAVING)
    with pytest.raises(FormRefused) as told:
        retire(house)
    assert "hvem der tager over" in told.value.errors["successor"]
    assert house.runtime.actor(house.staff[LEAVING])
    retire(house, despite_gap=True)
    assert look(house, "SELECT assigned_to FROM step WHERE id = %s", step_id) == [(None,)]
    with house.work(LEADER) as ctx:
        missing = {(cell.network, cell.unit_id) for cell in coverage.read_coverage(ctx).missing}
    assert ("psp", "mvj-politi/herning") in missing
    with pytest.raises(Conflict):
        retire(house, despite_gap=True)


def test_only_another_administrator_of_the_authority_does_it(house: House) -> None:
    with house.work(LEADER) as ctx, pytest.raises(NotFound):
        retirement.retire_staff(ctx, staff_id=house.staff[HEIR], successor="", despite_gap=True)
    for login in (ADMINISTRATOR, "kommune.herning"):  # oneself, and another authority's
        with pytest.raises(NotFound):
            retire(house, login, despite_gap=True)
    with pytest.raises(FormRefused):  # nor to another authority's
        retire(house, to="kommune.herning")


def test_the_one_who_keeps_the_contacts_is_appointed_and_can_pass_it_on(house: House) -> None:
    def keeps(login: str) -> bool:
        return house.actor(login).keeps_contacts

    with house.work(ADMINISTRATOR) as ctx:
        retirement.keep_contacts(ctx, staff_id=house.staff["tovholder"], keeps=True)
    assert keeps("tovholder")
    with house.work("tovholder") as ctx, pytest.raises(NotFound):
        retirement.keep_contacts(ctx, staff_id=house.staff[HEIR], keeps=True)
    with house.work(ADMINISTRATOR) as ctx:
        retirement.keep_contacts(ctx, staff_id=house.staff["tovholder"], keeps=False)
    assert not keeps("tovholder")
    retire(house, LEADER, to=HEIR)
    assert keeps(HEIR)
