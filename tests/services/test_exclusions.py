"""Who is barred from a case: for them it does not exist, nobody tells, calls or invites them, and nobody says why."""

from uuid import UUID, uuid4

import pytest

from casehub.audit import Event
from casehub.services import calling, cases, day, exclusions, meetings, messages, news
from casehub.services.errors import FormRefused, NotFound
from tests.house import House
from tests.services.scenes import (
    GROUP,
    KOMMUNE,
    POLICE,
    bar,
    call_meeting,
    entries_of,
    look,
    open_case,
    read,
    refer,
    share,
    system,
    traffic,
    triage,
    write_note,
)

BARRED = "kommune.herning"


@pytest.fixture
def case_id(house: House) -> UUID:
    """A case that the kommune's contact has had news of, and is then barred from."""
    found = open_case(house)
    write_note(house, "politi.herning", found, "Noget nyt.", [(KOMMUNE, "samtykke")])
    with house.runtime.work(system(house, KOMMUNE)) as ctx:
        news.tell_news(ctx)
    return found


def seen_of(house: House, login: str, case_id: UUID) -> set[str]:
    """Where this person comes across the case."""
    seen = set()
    with house.work(login) as ctx:
        listed = cases.list_cases(ctx)
    if any(line.id == case_id for line in listed):
        seen.add("list")
    with house.work(login) as ctx:
        today = day.read_day(ctx)
    if str(case_id) in repr(today) or today.contacts:
        seen.add("day")
    with house.work(login) as ctx:
        if cases.find_known(ctx, network="psp", cpr="670385-1234"):
            seen.add("known")
    with house.work(login) as ctx:
        if messages.count_unread(ctx) or messages.read_messages(ctx):
            seen.add("messages")
    with house.work(login) as ctx:
        if any(
            meetings.read_meeting(ctx, meeting_id=line.id).agenda
            for line in meetings.list_meetings(ctx).coming
        ):
            seen.add("agenda")
    return seen


def test_for_who_is_barred_the_case_is_nowhere_and_afterwards_it_is_again(
    house: House, case_id: UUID
) -> None:
    call_meeting(house, case_id)
    everywhere = {"list", "day", "known", "messages", "agenda"}
    assert seen_of(house, BARRED, case_id) == everywhere
    exclusion = bar(house, "tovholder", case_id, BARRED)
    assert seen_of(house, BARRED, case_id) == set()
    assert "list" in seen_of(house, "psykiatri.midt", case_id)
    with house.work("tovholder") as ctx:
        exclusions.lift_exclusion(ctx, case_id=case_id, exclusion_id=exclusion)
    assert seen_of(house, BARRED, case_id) == everywhere


def test_the_answer_and_the_work_are_those_of_a_case_that_is_not_there(house: House, case_id: UUID) -> None:
    bar(house, "tovholder", case_id, BARRED)
    heard = []
    for asked in (case_id, uuid4()):
        actor = house.actor(BARRED)
        with traffic(house) as sent, pytest.raises(NotFound), house.runtime.work(actor) as ctx:
            cases.read_case(ctx, case_id=asked)
        heard.append(sent.shape)
    assert heard[0] == heard[1]
    [refused] = entries_of(house, lambda: _refused(house, case_id))
    assert (refused["outcome"], refused["policies"]) == ("refused", ["case-excluded-forbidden"])


def _refused(house: House, case_id: UUID) -> None:
    with pytest.raises(NotFound), house.work(BARRED) as ctx:
        cases.read_case(ctx, case_id=case_id)


def test_nobody_tells_calls_or_invites_who_is_barred_and_others_are_told_instead(
    house: House, case_id: UUID
) -> None:
    def called(login: str) -> str:
        with house.work(login) as ctx:
            form = calling.read_call_form(ctx, group=GROUP, chosen=[case_id]) if login == "tovholder" else ""
        with house.work(login) as ctx:
            today = day.read_day(ctx).contacts
        return repr((read(house, login, case_id).contacts, today, form))

    name = look(house, "SELECT name FROM staff WHERE id = %s", house.staff[BARRED])[0][0]
    assert all(name in called(login) for login in ("tovholder", "politi.herning"))
    bar(house, "tovholder", case_id, BARRED)
    assert not any(name in called(login) for login in ("tovholder", "politi.herning"))
    write_note(house, "politi.herning", case_id, "Mere nyt.", [(KOMMUNE, "samtykke")])
    house.clock.turn(hours=1)
    before = look(house, "SELECT count(*) FROM message WHERE staff_id = %s", house.staff[BARRED])
    for authority in (KOMMUNE, POLICE):
        with house.runtime.work(system(house, authority)) as ctx:
            news.tell_news(ctx)
    assert look(house, "SELECT count(*) FROM message WHERE staff_id = %s", house.staff[BARRED]) == before


def test_an_acute_case_goes_to_another_when_its_contact_is_barred(house: House) -> None:
    case_id = refer(house, acute=True)
    triage(house, case_id)
    share(house, case_id, "herning-kommune/social")
    bar(house, "tovholder", case_id, BARRED)
    house.run_jobs(KOMMUNE)
    told = {staff for (staff,) in look(house, "SELECT staff_id FROM message WHERE kind = 'acute'")}
    assert house.staff[BARRED] not in told


def test_a_leader_bars_their_own_people_and_the_tovholder_everyones(house: House, case_id: UUID) -> None:
    bar(house, "politi.sekretariat.leder", case_id, "tovholder")
    for login, other in (
        ("politi.sekretariat.leder", BARRED),  # of another authority
        ("politi.sekretariat.leder", "politi.sekretariat.leder"),  # oneself
        ("politi.herning", "politi.skive"),  # a contact person leads nobody
        ("tovholder", "politi.skive"),  # is barred
        ("politi.skive", "politi.herning"),  # takes no part
    ):
        with pytest.raises(NotFound), house.work(login) as ctx:
            exclusions.exclude(ctx, case_id=case_id, staff=str(house.staff[other]), reason="Konflikt.")


def test_what_is_missing_is_told_and_nobody_is_barred_twice(house: House, case_id: UUID) -> None:
    bar(house, "tovholder", case_id, BARRED)
    for staff, reason, field in (
        (str(house.staff[BARRED]), "Igen.", "staff"),
        ("ingen", "Konflikt.", "staff"),
        (str(house.staff["politi.skive"]), " ", "reason"),
    ):
        with pytest.raises(FormRefused) as refused, house.work("tovholder") as ctx:
            exclusions.exclude(ctx, case_id=case_id, staff=staff, reason=reason)
        assert set(refused.value.errors) == {field}


def test_why_is_read_by_leaders_and_tovholdere_of_who_wrote_it_alone(house: House, case_id: UUID) -> None:
    bar(house, "tovholder", case_id, BARRED)
    with house.work("tovholder") as ctx:
        [line] = exclusions.read_exclusions(ctx, case_id=case_id).lines
    assert (line.reason, line.lifted_at) == ("Er i familie med borgeren.", None)
    for login in ("politi.herning", "psykiatri.midt"):
        [opened] = entries_of(house, lambda login=login: read(house, login, case_id))
        assert opened["event"] == Event.CASE_READ
        assert "exclusion" not in {ref["kind"] for ref in opened["objects"]}
