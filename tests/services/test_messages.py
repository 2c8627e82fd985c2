"""Whoever it concerns is told once, of what they may see; whoever has looked is told of what comes next."""

from datetime import time, timedelta
from uuid import UUID

import pytest

from casehub.services import deadlines, messages, news
from casehub.services.errors import FormRefused, NotFound
from casehub.workflow.delivery import Choice, Delivery
from tests.house import House
from tests.services.scenes import (
    KOMMUNE,
    POLICE,
    alter,
    end,
    entries_of,
    look,
    open_case,
    refer,
    system,
    triage,
    write_note,
)

LEADER = "politi.sekretariat.leder"


def work(house: House, authority: str = POLICE) -> None:
    """What the worker does for an authority each minute and hour."""
    for use in (deadlines.watch_deadlines, news.tell_news, news.tell_deletions):
        with house.runtime.work(system(house, authority)) as ctx:
            use(ctx)


def told(house: House, login: str) -> list[str]:
    with house.work(login) as ctx:
        return [line.text for line in messages.read_messages(ctx) if line.unread]


def unread(house: House, login: str) -> int:
    with house.work(login) as ctx:
        return messages.count_unread(ctx)


def read_all(house: House, *logins: str) -> None:
    for login in logins:
        with house.work(login) as ctx:
            messages.mark_all_read(ctx)


def recipients(house: House, kind: str) -> set[str]:
    query = "SELECT login FROM message JOIN staff ON staff.id = staff_id WHERE kind = %s"
    return {login for (login,) in look(house, query, kind)}


def test_a_deadline_reaches_its_own_then_the_deputy_then_the_leader(house: House) -> None:
    refer(house)
    house.clock.turn(days=30)
    for _ in range(2):
        work(house)
    coordinators = {"tovholder"}  # of the two only one is in the cast
    assert recipients(house, "reminder") == recipients(house, "overdue") == coordinators
    assert recipients(house, "deputy") == coordinators  # nobody is deputy there
    assert recipients(house, "leader") == {LEADER}
    assert look(house, "SELECT count(*) FROM message WHERE kind <> 'news'") == [(4,)]
    assert "En frist i din enhed er stadig overskredet" in told(house, LEADER)


def test_a_step_that_was_given_to_somebody_is_theirs_to_be_told_of_and_then_their_leaders(
    house: House,
) -> None:
    refer(house)
    given = f"UPDATE step SET assigned_to = '{house.staff['politi.herning']}' WHERE key = 'triage'"
    alter(house, f"SET session_replication_role = replica; {given}")
    house.clock.turn(days=30)
    work(house)
    assert recipients(house, "reminder") == recipients(house, "overdue") == {"politi.herning"}
    assert recipients(house, "leader") == {LEADER}


def test_what_is_older_than_it_is_kept_is_let_go_and_told_of_no_more(house: House) -> None:
    refer(house)
    work(house)
    told_of = "SELECT count(*) FROM message"
    [(before,)] = look(house, told_of)
    assert before
    for days, left in ((179, before), (2, 0)):
        house.clock.turn(days=days)
        with house.runtime.work(system(house, POLICE)) as ctx:
            messages.prune_messages(ctx, kept=timedelta(days=180))
        assert look(house, told_of) == [(left,)]


def test_a_deadline_of_a_unit_without_anybody_reaches_the_administrators(house: House) -> None:
    refer(house)
    house.clock.turn(days=30)
    alter(
        house,
        "ALTER TABLE contact_duty DISABLE TRIGGER USER",
        "UPDATE contact_duty SET valid_to = '2026-11-25' WHERE unit_id = 'mvj-politi/sekretariat'",
    )
    work(house)
    assert recipients(house, "unmanned") == {"administrator"}
    assert unread(house, "administrator") == 4


def test_news_reach_all_who_follow_but_the_one_who_made_them_and_once_until_they_look(house: House) -> None:
    case_id = refer(house)
    work(house)
    assert recipients(house, "news") == {"tovholder", "politi.herning-stedfortraeder"}
    triage(house, case_id)
    for _ in range(2):
        work(house)
    assert recipients(house, "news") == {"tovholder", "politi.herning-stedfortraeder", "politi.herning"}
    assert (unread(house, "politi.herning"), unread(house, "politi.skive")) == (1, 0)
    assert told(house, "politi.herning") == ["Der er nyt i en sag, du følger"]


def test_a_message_leads_to_its_case_and_is_read_by_that(house: House) -> None:
    case_id = refer(house)
    work(house)
    with house.work("tovholder") as ctx:
        [line] = messages.read_messages(ctx)
    with pytest.raises(NotFound), house.work("politi.herning") as ctx:
        messages.open_message(ctx, message_id=line.id)
    with house.work("tovholder") as ctx:
        assert messages.open_message(ctx, message_id=line.id) == case_id
    assert unread(house, "tovholder") == 0
    work(house)  # nothing happened since
    assert unread(house, "tovholder") == 0


def test_what_one_may_not_see_any_more_is_not_told_of_and_not_counted(house: House) -> None:
    open_case(house)
    work(house, KOMMUNE)
    assert unread(house, "kommune.herning") == 1
    alter(
        house,
        "ALTER TABLE contact_duty DISABLE TRIGGER USER",
        "UPDATE contact_duty SET valid_to = '2026-11-01' WHERE unit_id = 'herning-kommune/social'",
    )
    assert (unread(house, "kommune.herning"), told(house, "kommune.herning")) == (0, [])


def test_a_case_that_is_to_be_erased_is_told_once(house: House) -> None:
    case_id = open_case(house)
    end(house, case_id, "2026-11-26")
    work(house)
    assert recipients(house, "deletion") == set()
    house.clock.turn(days=2)
    for _ in range(2):
        work(house)
    assert "tovholder" in recipients(house, "deletion")
    assert look(house, "SELECT count(*) FROM message WHERE kind = 'deletion'")[0][0] == len(
        recipients(house, "deletion")
    )


def test_telling_leaves_no_word_of_the_case(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "tovholder", case_id, "Løber ind ad hoveddøren.")
    assert entries_of(house, lambda: work(house)) == []
    columns = look(
        house, "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'message'"
    )
    assert {name for name, kind in columns if kind == "text"} == {"authority_id", "kind"}


def test_a_choice_that_cannot_be_meant_is_refused_and_the_last_good_one_stands(house: House) -> None:
    typed = {
        ("altid", "", ""): {"delivery"},
        ("digest", "20:00", ""): {"quiet_to"},
        ("digest", "", "6.00"): {"quiet_from"},
        ("digest", "i aften", "25:00"): {"quiet_from", "quiet_to"},
        ("digest", "20:00", "20:00"): {"quiet_to"},
        ("digest", "20:00", "6.30"): None,
    }
    for (delivery, begin, until), wrong in reversed(typed.items()):
        with house.work("tovholder") as ctx:
            if wrong is None:
                messages.save_choice(ctx, delivery=delivery, quiet_from=begin, quiet_to=until)
                continue
            with pytest.raises(FormRefused) as refused:
                messages.save_choice(ctx, delivery=delivery, quiet_from=begin, quiet_to=until)
            assert refused.value.errors.keys() == wrong
    with house.work("tovholder") as ctx:
        assert messages.read_choice(ctx) == Choice(Delivery.DIGEST, (time(20), time(6, 30)))


def test_another_persons_messages_are_not_marked_or_counted(house: House) -> None:
    refer(house)
    work(house)
    read_all(house, "politi.herning", "kommune.herning")
    assert unread(house, "tovholder") == 1
    [(own,)] = look(house, "SELECT id FROM message WHERE staff_id = %s", house.staff["tovholder"])
    assert isinstance(own, UUID)
