"""Forums: seen by those with a seat; minutes approved by the right ones and then sent; a plan adopted whole or not at all."""

from uuid import UUID

import pytest

from casehub.services import day, forums, plans, wheel
from casehub.services.errors import Conflict, FormRefused, NotFound
from casehub.services.forum_views import ForumMeetingView
from tests.house import House
from tests.services.scenes import POLICE, alter, entries_of, look, system

LOKALRAAD = "lokalraad-0657"
TEXTS = {key: f"Om {key}." for key in ("prioriteringer", "initiativer", "fora", "evaluering", "aftaler")}


def call(house: House, login: str, forum_id: str, *guests: str) -> UUID:
    data = forums.CallInput("2026-12-28T10:00", "Holstebro", "1. Samarbejdsplanen", guests)
    with house.work(login) as ctx:
        return forums.call_meeting(ctx, forum_id=forum_id, data=data)


def read(house: House, login: str, forum_id: str, meeting_id: UUID) -> ForumMeetingView:
    with house.work(login) as ctx:
        return forums.read_meeting(ctx, forum_id=forum_id, meeting_id=meeting_id)


def write(house: House, login: str, forum_id: str, meeting_id: UUID, text: str = "Godkendt.") -> None:
    version = read(house, login, forum_id, meeting_id).version
    with house.work(login) as ctx:
        forums.write_minutes(ctx, forum_id=forum_id, meeting_id=meeting_id, text=text, version=version)


def approve(house: House, login: str, forum_id: str, meeting_id: UUID) -> None:
    version = read(house, login, forum_id, meeting_id).version
    with house.work(login) as ctx:
        forums.approve_minutes(ctx, forum_id=forum_id, meeting_id=meeting_id, version=version)


def send(house: House, login: str, forum_id: str, meeting_id: UUID) -> None:
    with house.work(login) as ctx:
        forums.send_minutes(ctx, forum_id=forum_id, meeting_id=meeting_id)


def test_one_sees_the_forums_ones_unit_has_a_seat_in(house: House) -> None:
    seen = {}
    for login in ("tovholder", "kommune.herning", "politi.herning", "psykiatri.midt"):
        with house.work(login) as ctx:
            seen[login] = {line.id for line in forums.list_forums(ctx)}
    assert seen == {
        "tovholder": {"kredsraad", "kontaktudvalg", "psp-styregruppe"},
        "kommune.herning": {"kredsraad", "kontaktudvalg", "psp-styregruppe", LOKALRAAD},
        "politi.herning": {LOKALRAAD, "lokalraad-0756"},
        "psykiatri.midt": {"psp-styregruppe"},
    }
    for login, forum_id in (
        ("kommune.skive", LOKALRAAD),
        ("psykiatri.midt", "kredsraad"),
        ("tovholder", "tinget"),
    ):
        with pytest.raises(NotFound), house.work(login) as ctx:
            forums.read_forum(ctx, forum_id=forum_id)


def test_minutes_go_from_draft_over_approval_by_another_to_sent(house: House) -> None:
    meeting_id = call(house, "politi.herning", LOKALRAAD)
    with house.work("kommune.herning") as ctx:
        assert [line.id for line in day.read_day(ctx).seats] == [meeting_id]
    with pytest.raises(FormRefused):
        write(house, "politi.herning", LOKALRAAD, meeting_id)  # it has not begun
    house.clock.turn(days=40)
    with pytest.raises(FormRefused) as refused:
        write(house, "politi.herning", LOKALRAAD, meeting_id, "Om 670385-1234.")
    assert "CPR" in refused.value.errors["text"]
    write(house, "politi.herning", LOKALRAAD, meeting_id)
    assert read(house, "kommune.herning", LOKALRAAD, meeting_id).minutes is None
    with pytest.raises(Conflict, match="alle, der skal"):
        send(house, "politi.herning", LOKALRAAD, meeting_id)
    for login in ("politi.herning", "kommune.herning"):  # who wrote it; who does not approve
        with pytest.raises(NotFound):
            approve(house, login, LOKALRAAD, meeting_id)
    approve(house, "politi.herning-stedfortraeder", LOKALRAAD, meeting_id)
    write(house, "politi.herning", LOKALRAAD, meeting_id, "Rettet.")
    assert read(house, "politi.herning", LOKALRAAD, meeting_id).state == "udkast"
    approve(house, "politi.herning-stedfortraeder", LOKALRAAD, meeting_id)
    left = entries_of(house, lambda: send(house, "politi.herning", LOKALRAAD, meeting_id))
    assert [entry["event"] for entry in left] == ["forum.minutes_sent"]
    page = read(house, "kommune.herning", LOKALRAAD, meeting_id)
    assert (page.state, page.minutes) == ("udsendt", "Rettet.")
    with pytest.raises(Conflict, match="kan ikke ændres"):
        write(house, "politi.herning", LOKALRAAD, meeting_id)


def test_the_vice_chairs_approval_comes_from_another_authority(house: House) -> None:
    meeting_id = call(house, "tovholder", "kredsraad")
    house.clock.turn(days=40)
    write(house, "tovholder", "kredsraad", meeting_id)
    page = read(house, "kommune.skive", "kredsraad", meeting_id)
    assert page.minutes == "Godkendt."
    assert len(page.waits_for) == 2
    with house.work("kommune.skive") as ctx:
        assert [line.id for line in day.read_day(ctx).to_approve] == [meeting_id]
    approve(house, "kommune.skive", "kredsraad", meeting_id)
    with pytest.raises(Conflict, match="allerede godkendt"):
        approve(house, "kommune.skive", "kredsraad", meeting_id)
    assert list(read(house, "tovholder", "kredsraad", meeting_id).waits_for) == [
        "Politidirektøren, Det Kriminalpræventive Sekretariat, Midt- og Vestjyllands Politi"
    ]


def test_a_guest_sees_the_meeting_they_are_invited_to_and_is_missed_once_a_year(house: House) -> None:
    with house.work("tovholder") as ctx:
        assert (
            "Kriminalforsorgen skal deltage 1 gang"
            in forums.read_forum(ctx, forum_id="kontaktudvalg").reminders[0]
        )
    without, with_guest = call(house, "tovholder", "kontaktudvalg"), call(
        house, "tovholder", "kontaktudvalg", "kriminalforsorgen/kif"
    )  # fmt: skip
    assert read(house, "kriminalforsorgen", "kontaktudvalg", with_guest).guests == ("Kriminalforsorgen",)
    with pytest.raises(NotFound):
        read(house, "kriminalforsorgen", "kontaktudvalg", without)
    with house.work("tovholder") as ctx:
        assert forums.read_forum(ctx, forum_id="kontaktudvalg").reminders == ()


def save(house: House, **texts: str) -> None:
    with house.work("politi.herning") as ctx:
        plans.write_plan(ctx, forum_id=LOKALRAAD, year=2028, texts=texts)


def adopt(house: House) -> None:
    with house.work("politi.herning") as ctx:
        plans.adopt_plan(ctx, forum_id=LOKALRAAD, year=2028)


def test_a_plan_is_adopted_with_all_its_sections_when_its_time_has_come_and_does_the_wheels_task(
    house: House,
) -> None:
    house.clock.turn(days=365)  # the whole course of the plan of 2028 is still to come, or made
    with house.runtime.work(system(house, POLICE)) as ctx:
        wheel.make_tasks(ctx)
    save(house, prioriteringer="Indbrud.")
    with pytest.raises(FormRefused) as refused:
        adopt(house)
    assert set(refused.value.errors) == {"initiativer", "fora", "evaluering", "aftaler"}
    save(house, **TEXTS)
    with pytest.raises(Conflict, match="Først skal »Samarbejdsplanen træder i kraft« være udført"):
        adopt(house)
    [(task,)] = look(
        house,
        f"SELECT id FROM wheel_task WHERE task = 'handlingsplan' AND subject = '{LOKALRAAD}' AND cycle = 2028",
    )
    with pytest.raises(Conflict, match="når planen er vedtaget"), house.work("politi.herning") as ctx:
        wheel.complete_task(ctx, task_id=task)
    for before in ("hoering-kontaktudvalg", "hoering-lokalraad", "godkendelse", "ikraft"):
        for row in look(
            house, f"SELECT id, unit_id FROM wheel_task WHERE task = '{before}' AND cycle = 2028"
        ):
            settle(house, *row)
    adopt(house)
    assert look(house, f"SELECT done_at IS NOT NULL FROM wheel_task WHERE id = '{task}'") == [(True,)]
    with house.work("kommune.herning") as ctx:
        plan = plans.read_plan(ctx, forum_id=LOKALRAAD, year=2028)
    assert (plan.adopted_by, plan.missing, plan.may_write) == ("Søren Hestbæk", (), False)
    for act in (lambda: adopt(house), lambda: save(house)):
        with pytest.raises(Conflict, match="vedtaget"):
            act()


def settle(house: House, task: UUID, unit: str) -> None:
    """Done by somebody of the unit, or by hand where nobody of the cast works."""
    who = {
        "mvj-politi/sekretariat": "tovholder",
        "mvj-politi/herning": "politi.herning",
        "mvj-politi/skive": "politi.skive",
    }
    if unit in who:
        with house.work(who[unit]) as ctx:
            wheel.complete_task(ctx, task_id=task)
        return

    alter(
        house,
        f"SET session_replication_role = replica; UPDATE wheel_task SET done_at = now(), done_by = '{house.staff['tovholder']}' WHERE id = '{task}'",
    )
