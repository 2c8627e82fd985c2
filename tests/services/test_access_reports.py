"""A citizen's answer: asked for by one, confirmed by another, made by the first, of what their own authority holds."""

from dataclasses import asdict
from uuid import UUID

import pytest

from casehub.services import access_reports, approvals
from casehub.services.access_report_views import AccessReport
from casehub.services.errors import Conflict, FormRefused, NotFound
from tests.house import House
from tests.services.scenes import POLICE, entries_of, open_case, read, write_note

CPR = "670385-1234"
ASKER, COLLEAGUE = "politi.herning-stedfortraeder", "politi.herning"


def ask(house: House, login: str = ASKER) -> UUID:
    with house.work(login) as ctx:
        return access_reports.ask_report(ctx, cpr=CPR, reason="Har bedt om indsigt.", acknowledged="ja")


def confirm(house: House, approval_id: UUID, login: str = COLLEAGUE) -> None:
    with house.work(login) as ctx:
        approvals.confirm_approval(ctx, approval_id=approval_id)


def make(
    house: House,
    approval_id: UUID,
    login: str = ASKER,
    leave_out: tuple[str, ...] = (),
    ground: str = "",
    *,
    named: bool = False,
    acknowledged: str = "ja",
) -> AccessReport:
    with house.work(login) as ctx:
        return access_reports.make_report(
            ctx,
            approval_id=approval_id,
            leave_out=leave_out,
            ground=ground,
            named=named,
            acknowledged=acknowledged,
        )


def test_it_takes_two_people_and_is_made_by_the_one_who_asked(house: House) -> None:
    open_case(house)
    question = ask(house)
    with pytest.raises(Conflict, match="ikke godkendt"):
        make(house, question)
    with pytest.raises(NotFound):
        confirm(house, question, ASKER)
    with pytest.raises(NotFound):
        confirm(house, question, "politi.skive")  # has no access to the case, so there is no question either
    confirm(house, question)
    for other in (COLLEAGUE, "kommune.herning", "kontrol.politi", "administrator"):
        with pytest.raises(NotFound):
            make(house, question, other)
    [left] = entries_of(house, lambda: make(house, question))
    assert (left["event"], left["outcome"]) == ("access_report.made", "allowed")
    assert {ref["kind"] for ref in left["objects"]} == {
        "approval",
        "case",
        "consent",
        "identity",
        "referral",
        "evidence",
        "necessity",
    }
    assert CPR[:6] not in str(left)
    house.clock.turn(days=13)
    make(house, question)  # the browser may have lost it
    house.clock.turn(days=2)
    with pytest.raises(Conflict, match="gælder ikke længere"):
        make(house, question)
    ask(house)  # and one can ask anew


def test_it_holds_what_the_authority_has_and_nothing_of_what_it_was_not_given(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "Kun for psykiatrien.")
    write_note(house, "psykiatri.midt", case_id, "Til politiet.", [(POLICE, "samtykke")])
    mine = write_note(house, ASKER, case_id, "Vores eget notat.")
    house.run_jobs(POLICE)
    read(house, "kommune.herning", case_id)
    question = ask(house)
    confirm(house, question)
    report = make(house, question)
    [case] = report.cases
    told = str(asdict(report))
    assert "Kun for psykiatrien." not in told
    notes = {item.lines[0][1]: item for item in case.held.items if item.title == "Notat"}
    assert notes["Til politiet."].received_on
    assert notes["Til politiet."].source != report.authority
    assert notes["Vores eget notat."].received_on is None
    assert [row.recipient for row in case.held.given]
    assert [row.necessity for row in case.held.received] == ["De møder ham om natten."]
    assert report.law == "retshåndhævelseslovens § 15"
    # who looked: by authority and unit alone, until it is asked for; and never another authority's staff
    names = {house.actor(login).name for login in (ASKER, COLLEAGUE, "kommune.herning", "psykiatri.midt")}
    assert case.look_ups
    assert not [name for name in names if name in told]
    named = {line.name for line in make(house, question, named=True).cases[0].look_ups if line.name}
    assert named <= {house.actor(login).name for login in (ASKER, COLLEAGUE, "tovholder")}
    assert house.actor(ASKER).name in named
    # what is left out is not opened, and that something is, is said
    [left] = entries_of(house, lambda: make(house, question, leave_out=(str(mine),), ground="inquiry"))
    assert str(mine) not in {ref["id"] for ref in left["objects"]}
    assert left["detail"]["left_out"] == "1"
    without = make(house, question, leave_out=(str(mine),), ground="inquiry")
    assert "Vores eget notat." not in str(asdict(without))
    assert (without.left_out, without.left_out_ground[:19]) == (1, "Afgørende hensyn ti")


def test_how_the_citizen_may_be_reached_is_acknowledged_first_and_leaving_out_has_a_ground(
    house: House,
) -> None:
    open_case(house)
    with house.work(ASKER) as ctx:
        found = access_reports.prepare_report(ctx, cpr=CPR)
    assert found.safe_contacts == ("Ring kun på hverdage før kl. 12, aldrig til søsteren.",)
    with house.work(ASKER) as ctx, pytest.raises(FormRefused) as refused:
        access_reports.ask_report(ctx, cpr=CPR, reason="Har bedt.", acknowledged="")
    assert refused.value.errors.keys() == {"acknowledged"}
    question = ask(house)
    confirm(house, question)
    with pytest.raises(FormRefused) as refused:
        make(house, question, leave_out=("x",), acknowledged="")
    assert refused.value.errors.keys() == {"acknowledged", "ground"}


def test_a_citizen_whose_cases_one_may_not_read_is_one_there_is_no_case_about(house: House) -> None:
    open_case(house)
    for login, cpr in (("kommune.skive", CPR), ("politi.skive", CPR), (ASKER, "680385-1234")):
        with house.work(login) as ctx, pytest.raises(FormRefused, match="cpr"):
            access_reports.prepare_report(ctx, cpr=cpr)


def test_the_other_side_answers_for_itself(house: House) -> None:
    """What was received is the receiver's to answer for: the kommune finds the case by the number it was given."""
    open_case(house)
    with house.work("kommune.herning") as ctx:
        assert len(access_reports.prepare_report(ctx, cpr=CPR).cases) == 1
