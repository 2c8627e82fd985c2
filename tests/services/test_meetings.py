"""Meetings: called with an agenda of cases due, held, written of; for who is not invited they do not exist."""

from datetime import timedelta
from uuid import UUID

import pytest

from casehub.services import calling, day, meetings, messages, minutes, news, steps
from casehub.services.errors import Conflict, FormRefused, NotFound
from casehub.services.meeting_views import AgendaView, MeetingView
from casehub.services.notes import ReaderChoice
from casehub.workflow.calendar import COPENHAGEN, danish_day
from tests.house import House
from tests.services.scenes import (
    DISTRICT,
    GROUP,
    KIF,
    KOMMUNE,
    PRISONS,
    call_meeting,
    complete,
    entries_of,
    look,
    open_case,
    read,
    refer,
    share,
    step_of,
    system,
    triage,
)


def meeting(house: House, login: str, meeting_id: UUID) -> MeetingView:
    with house.work(login) as ctx:
        return meetings.read_meeting(ctx, meeting_id=meeting_id)


def on_agenda(house: House, login: str, meeting_id: UUID) -> AgendaView:
    [item] = meeting(house, login, meeting_id).agenda
    return item


def answer_all(house: House, case_id: UUID) -> None:
    for login, answer in (
        ("politi.herning", "nothing"),
        ("kommune.herning", "disclose"),
        ("psykiatri.midt", "declines"),
    ):
        complete(house, login, case_id, "svar", answer=answer)


def hold(house: House, meeting_id: UUID, *logins: str, on_paper: tuple[str, ...] = ()) -> None:
    with house.work("tovholder") as ctx:
        meetings.hold_meeting(
            ctx,
            meeting_id=meeting_id,
            attended=[house.staff[login] for login in logins],
            on_paper=[house.staff[login] for login in on_paper],
        )


def confirm(house: House, meeting_id: UUID, login: str) -> None:
    with house.work(login) as ctx:
        meetings.confirm_confidentiality(ctx, meeting_id=meeting_id)


def test_who_is_not_invited_finds_nothing_of_it(house: House) -> None:
    case_id = open_case(house)
    share(house, case_id, KIF)
    meeting_id = call_meeting(house, case_id, guests=("kommune.herning",))
    for outsider in (
        "psykiatri.midt",
        "politi.herning",
        "politi.skive",
        "kriminalforsorgen",
        "kontrol.politi",
    ):
        with pytest.raises(NotFound):
            meeting(house, outsider, meeting_id)
        if outsider.startswith("kontrol"):
            continue
        with house.work(outsider) as ctx:
            assert meetings.list_meetings(ctx).coming == ()
        with house.work(outsider) as ctx:
            assert day.read_day(ctx).meetings == ()
    for login in ("psykiatri.midt", "kriminalforsorgen"):
        assert read(house, login, case_id).meetings == ()
    assert [line.id for line in read(house, "kommune.herning", case_id).meetings] == [meeting_id]


def test_the_database_hides_it_from_authorities_that_are_not_invited(house: House) -> None:
    case_id = open_case(house)
    call_meeting(house, case_id, guests=("kommune.herning",))
    tables = ("meeting", "meeting_invitee", "meeting_case")
    for login, seen in (("kommune.herning", True), ("psykiatri.midt", False)):
        with house.work(login) as ctx:
            for table in tables:
                found = ctx.session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
                assert bool(found) is seen, (login, table)


def test_each_sees_only_the_cases_they_take_part_in(house: House) -> None:
    one, other = open_case(house), refer(house, cpr="610490-1234")
    triage(house, other)
    share(house, other, DISTRICT)
    meeting_id = call_meeting(house, one, other)
    assert {item.case_id for item in meeting(house, "tovholder", meeting_id).agenda} == {one, other}
    assert [item.case_id for item in meeting(house, "kommune.herning", meeting_id).agenda] == [one]


def test_the_agenda_is_proposed_from_cases_due_by_the_next_working_day_of_the_cadence(house: House) -> None:
    case_id = open_case(house)
    with house.work("tovholder") as ctx:
        form = calling.read_call_form(ctx, group=GROUP, chosen=[case_id])
    assert form.starts_at == "2026-11-25T09:00"
    assert [(case.id, case.due) for case in form.cases] == [(case_id, False)]
    assert {person.authority for person in form.invitees if person.preselected} == {
        "Midt- og Vestjyllands Politi",
        "Herning Kommune",
        "Psykiatrien i Region Midtjylland",
    }
    call_meeting(house, case_id, days=21)
    with house.work("tovholder") as ctx:
        form = calling.read_call_form(ctx, group=GROUP)
    assert form.starts_at == "2027-01-12T09:00"  # 28 days after 15 December
    assert [case.due for case in form.cases] == [True]


def test_the_deadlines_of_the_card_follow_the_meeting(house: House) -> None:
    case_id = open_case(house)
    before = step_of(house, "kommune.herning", case_id, "svar").due_at
    call_meeting(house, case_id, days=14)
    after = step_of(house, "kommune.herning", case_id, "svar").due_at
    assert before
    assert after == before - timedelta(days=7)
    assert danish_day(read(house, "kommune.herning", case_id).meeting_at).isoformat() == "2026-12-08"  # type: ignore[arg-type]


def test_answers_and_minutes_are_those_of_the_card(house: House) -> None:
    case_id = open_case(house)
    meeting_id = call_meeting(house, case_id)
    item = on_agenda(house, "kommune.herning", meeting_id)
    assert [answer.text for answer in item.answers] == [None, None, None]
    assert [bool(answer.step_id) for answer in item.answers].count(True) == 1
    assert item.minutes == "waiting"
    assert item.reasons
    answer_all(house, case_id)
    house.clock.turn(days=21, hours=1)
    item = on_agenda(house, "tovholder", meeting_id)
    assert {answer.text for answer in item.answers} == {"Videregiver", "Intet at videregive", "Afslår"}
    assert item.minutes_step
    with house.work("tovholder") as ctx:
        form = steps.read_step(ctx, case_id=case_id, step_id=item.minutes_step)
    assert form.suggested == {"held_on": "2026-12-15", "next_meeting": "2027-01-12"}
    complete(house, "tovholder", case_id, "moede", minutes="Aftalt.", **form.suggested)
    assert on_agenda(house, "kommune.herning", meeting_id).minutes == "written"


def test_who_was_there_must_have_confirmed_their_confidentiality(house: House) -> None:
    case_id = open_case(house)
    meeting_id = call_meeting(house, case_id)
    with pytest.raises(FormRefused) as refused:
        hold(house, meeting_id, "tovholder")
    assert "ikke begyndt" in refused.value.errors["attended"]
    house.clock.turn(days=22)
    confirm(house, meeting_id, "tovholder")
    with pytest.raises(FormRefused) as refused:
        hold(house, meeting_id, "tovholder", "kommune.herning")
    assert "Birgitte Fuglsang" in refused.value.errors["attended"]
    hold(house, meeting_id, "tovholder", "kommune.herning", on_paper=("kommune.herning",))
    page = meeting(house, "tovholder", meeting_id)
    assert page.line.state == "held"
    assert {person.name: person.attended for person in page.invitees}["Astrid Lyngholm"] is False
    assert page.line.minutes_due_at is not None
    assert danish_day(page.line.minutes_due_at).isoformat() == "2026-12-22"
    for again in (lambda: hold(house, meeting_id, "tovholder"), lambda: cancel(house, meeting_id)):
        with pytest.raises(Conflict):
            again()


def cancel(house: House, meeting_id: UUID) -> None:
    with house.work("tovholder") as ctx:
        meetings.cancel_meeting(ctx, meeting_id=meeting_id)


def test_a_cancelled_meeting_is_off_the_day_and_nothing_is_written_of_it(house: House) -> None:
    case_id = open_case(house)
    meeting_id = call_meeting(house, case_id)
    with house.work("kommune.herning") as ctx:
        assert [line.id for line in day.read_day(ctx).meetings] == [meeting_id]
    cancel(house, meeting_id)
    with house.work("kommune.herning") as ctx:
        assert day.read_day(ctx).meetings == ()
    with pytest.raises(NotFound), house.work("tovholder") as ctx:
        minutes.read_agenda_form(ctx, meeting_id=meeting_id, case_id=case_id)
    with pytest.raises(Conflict):
        confirm(house, meeting_id, "kommune.herning")


def test_only_the_tovholder_calls_and_holds(house: House) -> None:
    case_id = open_case(house)
    meeting_id = call_meeting(house, case_id)
    for login in ("kommune.herning", "politi.herning"):
        with pytest.raises(NotFound), house.work(login) as ctx:
            calling.read_call_form(ctx, group=GROUP)
    with pytest.raises(NotFound), house.work("kommune.herning") as ctx:
        meetings.cancel_meeting(ctx, meeting_id=meeting_id)


def test_a_decision_becomes_a_task_of_its_owner_alone(house: House) -> None:
    case_id = open_case(house)
    meeting_id = call_meeting(house, case_id)

    def decide(**changed: object) -> UUID:
        values = {
            "text": "Boligsocial støtte fra mandag.",
            "owner": KOMMUNE,
            "due_on": "2026-12-20",
            "readers": [ReaderChoice(KOMMUNE, "retsplejelov-115-1-2")],
            "purpose": "forebyggelse",
            "necessity": "De skal gøre det.",
            **changed,
        }
        with house.work("tovholder") as ctx:
            return minutes.write_decision(ctx, meeting_id=meeting_id, case_id=case_id, **values)  # type: ignore[arg-type]

    with pytest.raises(FormRefused) as refused:
        decide(readers=[])
    assert "Herning Kommune" in refused.value.errors["readers"]
    with pytest.raises(FormRefused):
        decide(due_on="2026-11-01")
    with pytest.raises(FormRefused):
        decide(owner=PRISONS)
    left = entries_of(house, decide)
    assert [entry["event"] for entry in left] == ["decision.written"]
    house.run_jobs(KOMMUNE)
    with house.work("kommune.herning") as ctx:
        [task] = day.read_day(ctx).given
    [view] = read(house, "kommune.herning", case_id).decisions
    assert view.text == "Boligsocial støtte fra mandag."
    assert read(house, "psykiatri.midt", case_id).decisions == ()
    with pytest.raises(NotFound), house.work("psykiatri.midt") as ctx:
        minutes.complete_decision(ctx, case_id=case_id, decision_id=task.id)
    with house.work("kommune.herning") as ctx:
        minutes.complete_decision(ctx, case_id=case_id, decision_id=task.id)
    with pytest.raises(Conflict), house.work("kommune.herning") as ctx:
        minutes.complete_decision(ctx, case_id=case_id, decision_id=task.id)
    with house.work("kommune.herning") as ctx:
        assert day.read_day(ctx).given == ()


def test_a_later_meeting_has_minutes_of_its_own(house: House) -> None:
    case_id = open_case(house)
    first = call_meeting(house, case_id)

    def write(meeting_id: UUID) -> None:
        with house.work("tovholder") as ctx:
            minutes.write_minutes(ctx, meeting_id=meeting_id, case_id=case_id, text="Aftalt igen.")

    with pytest.raises(Conflict, match="Kortet har et trin"):
        write(first)
    answer_all(house, case_id)
    house.clock.turn(days=21, hours=1)
    complete(
        house,
        "tovholder",
        case_id,
        "moede",
        held_on="2026-12-15",
        minutes="Aftalt.",
        next_meeting="2027-01-12",
    )
    second = call_meeting(house, case_id, days=28)
    assert on_agenda(house, "tovholder", second).minutes == "ready"
    assert [entry["event"] for entry in entries_of(house, lambda: write(second))] == ["minutes.written"]
    assert on_agenda(house, "tovholder", second).minutes == "written"
    assert "Aftalt igen." in [note.text for note in read(house, "tovholder", case_id).notes]


def test_no_word_about_a_case_stands_in_the_meetings_own_rows(house: House) -> None:
    case_id = open_case(house)
    call_meeting(house, case_id)
    told = look(house, "SELECT place FROM meeting")
    assert told == [("Mødelokale 2, Nørreport 1, Holstebro",)]
    columns = look(
        house,
        """SELECT column_name FROM information_schema.columns WHERE data_type IN ('text', 'jsonb')
           AND table_name IN ('meeting', 'meeting_invitee', 'meeting_case', 'decision') ORDER BY 1""",
    )
    assert {name for (name,) in columns} == {
        "network", "authority_id", "unit_id", "place", "state", "owner_authority", "outcome",
    }  # fmt: skip
    [(outcomes,)] = look(
        house,
        """SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'decision'::regclass AND contype = 'c'
           AND pg_get_constraintdef(oid) LIKE '%%partly%%'""",
    )
    assert "done" in outcomes  # one of a closed list, and no words


def test_a_meeting_is_moved_with_the_deadlines_of_its_cases_and_everyone_in_them_is_told(
    house: House,
) -> None:
    case_id = open_case(house)
    called = call_meeting(house, case_id)
    with house.runtime.work(system(house, KOMMUNE)) as ctx:
        news.tell_news(ctx)
    with house.work("kommune.herning") as ctx:
        messages.mark_all_read(ctx)
    house.clock.turn(hours=1)

    def move(login: str = "tovholder", starts_at: str = "2027-01-19T10:00") -> None:
        with house.work(login) as ctx:
            calling.move_meeting(ctx, meeting_id=called, starts_at=starts_at, place="Herning")

    with pytest.raises(NotFound):
        move("kommune.herning")
    with pytest.raises(FormRefused):
        move(starts_at="2026-01-01T10:00")
    [entry] = entries_of(house, move)
    assert (entry["event"], {ref["kind"] for ref in entry["objects"]}) == (
        "meeting.moved",
        {"meeting", "case"},
    )
    with house.work("kommune.herning") as ctx:
        seen = meetings.read_meeting(ctx, meeting_id=called).line
    assert (seen.place, f"{seen.starts_at.astimezone(COPENHAGEN):%Y-%m-%d %H.%M}") == (
        "Herning",
        "2027-01-19 10.00",
    )
    [answer] = [
        step
        for step in read(house, "kommune.herning", case_id).steps
        if step.key == "svar" and step.can_complete
    ]
    assert f"{answer.due_at:%Y-%m-%d}" == "2027-01-12"  # five working days before
    with house.runtime.work(system(house, KOMMUNE)) as ctx:
        news.tell_news(ctx)
    with house.work("kommune.herning") as ctx:
        assert messages.count_unread(ctx) == 1
    with house.work("tovholder") as ctx:
        meetings.cancel_meeting(ctx, meeting_id=called)
    with pytest.raises(Conflict):
        move()
