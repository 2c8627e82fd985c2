"""The finer rules of a card, each on the smallest card that shows it."""

from casehub.definitions.cards import DeadlineUnit
from casehub.workflow.calendar import end_of_day
from casehub.workflow.engine import Event, Run, StepStatus, complete, join, occur, reasons, skip
from tests.workflow.cards import CALENDAR, MAY, PARTIES, card, deadline, local, started, step

NEXT_DAY = DeadlineUnit.CALENDAR_DAYS
ANSWERS = {"disclose": "Videregiver", "nothing": "Intet at videregive"}


def done(run: Run, key: str, at: str, *, party: str | None = None, outcome: str | None = None) -> Run:
    return complete(run, key=key, party=party, at=local(at), outcome=outcome, calendar=CALENDAR)


def joined(run: Run) -> Run:
    return join(run, PARTIES, at=local("2026-11-23 11:00"), calendar=CALENDAR)


def test_a_step_that_does_not_apply_passes_on_what_it_would_itself_wait_for() -> None:
    run = started(
        card(step("first"), step("child", "first", when=("child_involved",)), step("last", "child"))
    )
    assert reasons(run, key="last") == ("Kan først udføres, når trin 1 »First« er udført.",)
    run = done(run, "first", "2026-11-23 11:00")
    assert reasons(run, key="last") == ()
    run = occur(run, Event("child_involved", local("2026-11-23 12:00")), calendar=CALENDAR)
    assert reasons(run, key="last") == ("Kan først udføres, når trin 2 »Child« er udført.",)


def test_a_meeting_can_be_moved_later_as_well_as_earlier() -> None:
    run = started(card(step("meet", due=deadline(0, DeadlineUnit.AT_EVENT, "meeting"))))
    for day in ("2026-12-10", "2026-12-17", "2026-12-08"):
        run = occur(run, Event("meeting", local(f"{day} 13:00")), calendar=CALENDAR)
        assert run.part("meet").due_at == end_of_day(local(f"{day} 13:00").date())


def test_what_was_optional_waits_no_more_once_the_case_is_closed() -> None:
    run = started(
        card(
            step("mentor", kind=MAY, due=deadline(1, NEXT_DAY, "case.created")), step("close", effect="close")
        )
    )
    assert run.part("mentor").due_at is not None
    run = done(run, "close", "2026-11-23 11:00")
    assert (run.part("mentor").status, run.part("mentor").due_at) == (StepStatus.WAITING, None)


def test_a_shared_step_is_done_when_its_last_part_is() -> None:
    due = deadline(1, NEXT_DAY, "step.answer")
    run = joined(
        started(
            card(step("answer", party="each"), step("after", due=due), step("own", party="each", due=due))
        )
    )
    run = done(run, "answer", "2026-11-24 09:00", party="politi-mv")
    run = done(run, "answer", "2026-11-26 09:00", party="holstebro")
    assert run.part("after").due_at is None
    assert run.part("own", "politi-mv").due_at == local("2026-11-25 23:59:59")
    assert run.part("own", "psyk-midt").due_at is None
    run = done(run, "answer", "2026-11-25 09:00", party="psyk-midt")
    assert run.part("after").due_at == local("2026-11-27 23:59:59")
    assert run.part("own", "psyk-midt").due_at == local("2026-11-26 23:59:59")


def test_one_partys_answer_concerns_that_partys_part_alone() -> None:
    followed = step("list", party="each", when=("step.answer.disclose",))
    run = joined(started(card(step("answer", party="each", answers=ANSWERS), followed)))
    run = done(run, "answer", "2026-11-24 09:00", party="holstebro", outcome="disclose")
    run = done(run, "answer", "2026-11-24 09:00", party="psyk-midt", outcome="nothing")
    assert reasons(run, key="list", party="holstebro") == ()
    assert reasons(run, key="list", party="psyk-midt") == (
        "Kun relevant, hvis trin 1 »Answer« er besvaret med »Videregiver«.",
    )


def test_what_follows_a_step_does_not_apply_when_that_step_was_not_needed() -> None:
    of = card(step("talk", kind=MAY), step("note", when=("step.talk",)), step("next", "talk"))
    run = skip(started(of), key="talk", at=local("2026-11-23 11:00"), calendar=CALENDAR)
    assert reasons(run, key="note") == ("Kun relevant, hvis trin 1 »Talk« er udført.",)
    assert reasons(run, key="next") == ()
    assert reasons(done(started(of), "talk", "2026-11-23 11:00"), key="note") == ()


def test_an_optional_step_nobody_in_the_case_can_do_holds_nothing_back_but_a_required_one_does() -> None:
    optional = card(step("sparring", kind=MAY, party="psykiatri"), step("next", "sparring"))
    assert reasons(started(optional), key="next") == ()
    assert reasons(joined(started(optional)), key="next") == (
        "Kan først udføres, når trin 1 »Sparring« er udført.",
    )
    required = card(step("sparring", party="psykiatri"), step("next", "sparring"))
    assert reasons(started(required), key="next") == ("Kan først udføres, når trin 1 »Sparring« er udført.",)
    assert reasons(started(required), key="sparring") == (
        "Kan først udføres, når en part af typen »psykiatri« er med i sagen.",
    )


def test_an_event_the_engine_has_no_words_for_is_named_as_it_is() -> None:
    run = started(card(step("visit", when=("moved_home",))))
    assert reasons(run, key="visit") == ("Kun relevant, hvis hændelsen »moved_home« er registreret.",)
