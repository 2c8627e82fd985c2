"""What a card can say besides order and deadlines, each on the smallest card that shows it."""

import pytest

from casehub.definitions.cards import DeadlineUnit, Mover
from casehub.workflow.adjusting import add, extend, hand_over, reopen, repeat, suspend
from casehub.workflow.engine import (
    Event,
    Party,
    Run,
    StepRefused,
    StepStatus,
    blocking_closure,
    complete,
    is_closed,
    join,
    mark_impossible,
    occur,
    owed,
    reasons,
)
from tests.workflow.cards import CALENDAR, MAY, PARTIES, card, deadline, local, milestone, started, step

AT = local("2026-11-23 11:00")  # a Monday
LATER = local("2026-11-25 11:00")
DAYS, HOURS = DeadlineUnit.CALENDAR_DAYS, DeadlineUnit.HOURS


def done(run: Run, key: str, *, party: str | None = None, outcome: str | None = None, at=AT) -> Run:
    return complete(run, key=key, party=party, at=at, outcome=outcome, calendar=CALENDAR)


def joined(run: Run, *parties: Party) -> Run:
    return join(run, parties or PARTIES, at=AT, calendar=CALENDAR)


def status(run: Run, key: str, party: str | None = None) -> StepStatus:
    return run.part(key, party).status


def test_a_milestone_is_reached_when_its_prerequisites_are_and_counts_from_the_last_of_them() -> None:
    of = card(
        step("a"),
        step("b"),
        milestone("both", "a", "b", when=("child_involved",)),
        milestone("after", "both"),
        step("next", "after", due=deadline(2, DAYS, "step.both")),
    )
    run = occur(done(started(of), "a"), Event("child_involved", AT), calendar=CALENDAR)
    assert reasons(run, key="next") == ("Kan først udføres, når trin 4 »After« er nået.",)
    assert reasons(run, key="both") == ("Kan først udføres, når trin 2 »B« er udført.",)
    run = done(run, "b", at=LATER)
    assert (status(run, "both"), run.part("both").done_at) == (StepStatus.DONE, LATER)
    assert status(run, "after") is StepStatus.DONE
    assert run.part("next").due_at == local("2026-11-27 23:59:59")
    assert [event.name for event in run.events][-3:] == ["step.b", "step.both", "step.after"]
    with pytest.raises(StepRefused, match="er allerede nået"):
        done(run, "both")


def test_a_step_of_several_kinds_needs_every_one_of_them() -> None:
    run = started(card(step("close", party="each", each_of=("politi", "kommune"), effect="close")))
    run = joined(run, *PARTIES)  # psychiatry shares no part of it
    assert [part.party for part in run.parts("close")] == ["politi-mv", "holstebro"]
    run = done(run, "close", party="politi-mv")
    assert not is_closed(run)
    assert is_closed(done(run, "close", party="holstebro"))


def test_a_kind_that_is_not_in_the_case_yet_holds_a_shared_step_open() -> None:
    shared = step("agree", party="each", each_of=("politi", "kommune"))
    run = started(card(shared, step("next", "agree"), step("told", when=("step.agree",))))
    run = done(joined(run, PARTIES[0]), "agree", party="politi-mv")
    assert reasons(run, key="next") == (
        "Kan først udføres, når parterne er inddraget og har gjort deres del af trin 1 »Agree«.",
    )
    assert status(run, "told") is StepStatus.WAITING
    run = done(joined(run), "agree", party="holstebro")
    assert (status(run, "next"), status(run, "told")) == (StepStatus.READY, StepStatus.READY)


def test_what_is_impossible_is_told_apart_from_what_is_not_needed_and_blocks_nothing() -> None:
    of = card(step("gate", gate=True), step("must"), step("told", when=("step.must",)), step("next", "must"))
    run = done(started(of), "gate")
    run = mark_impossible(run, key="must", at=AT, calendar=CALENDAR)
    assert status(run, "must") is StepStatus.IMPOSSIBLE
    assert reasons(run, key="must") == ("Trin 2 »Must« er registreret som umuligt.",)
    assert reasons(run, key="next") == ()
    assert reasons(run, key="told") == ("Kun relevant, hvis trin 2 »Must« er udført.",)
    assert [part.key for part in blocking_closure(run)] == ["next"]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("gate", "Sagen kan ikke komme videre uden trin 1 »Gate«"),
        ("close", "Sagen kan ikke komme videre uden trin 4 »Close«"),
        ("must", "Kan først udføres, når trin 1 »Gate« er udført"),
        ("child", "Kun relevant, hvis der er børn involveret"),
    ],
)
def test_what_the_case_needs_or_waits_for_cannot_be_recorded_as_impossible(key: str, told: str) -> None:
    of = card(
        step("gate", gate=True),
        step("must"),
        step("child", when=("child_involved",)),
        step("close", effect="close"),
    )
    with pytest.raises(StepRefused, match=told):
        mark_impossible(started(of), key=key, at=AT, calendar=CALENDAR)


def test_a_required_step_that_nobody_in_the_case_can_do_can_be_recorded_as_impossible() -> None:
    run = started(card(step("talk", party="psykiatri"), step("close", effect="close")))
    run = mark_impossible(run, key="talk", at=AT, calendar=CALENDAR)
    assert reasons(run, key="close") == ()


def test_a_discretionary_step_applies_once_it_is_added() -> None:
    of = card(
        step("extra", discretionary=True, due=deadline(5, DAYS, "case.created")),
        step("close", effect="close"),
    )
    run = started(of)
    assert reasons(run, key="extra") == ("Kun relevant, hvis trin 1 »Extra« er tilføjet sagen.",)
    assert blocking_closure(run) == ()
    run = add(run, key="extra", at=AT, calendar=CALENDAR)
    assert status(run, "extra") is StepStatus.READY
    assert [part.key for part in blocking_closure(run)] == ["extra"]
    with pytest.raises(StepRefused, match="er allerede tilføjet"):
        add(run, key="extra", at=AT, calendar=CALENDAR)
    with pytest.raises(StepRefused, match="hører med i alle sager"):
        add(run, key="close", at=AT, calendar=CALENDAR)


def test_a_step_is_repeated_up_to_its_limit_and_each_round_stands_beside_the_last() -> None:
    due = deadline(3, DAYS, "case.created")
    run = started(card(step("status", repeat_limit=2, due=due), step("once"), step("next", "status")))
    with pytest.raises(StepRefused, match="kan først gentages, når det er udført"):
        repeat(run, key="status", at=AT, calendar=CALENDAR)
    run = repeat(done(run, "status"), key="status", at=LATER, calendar=CALENDAR)
    first, second = (part for part in run.steps if part.key == "status")
    assert (first.status, first.round) == (StepStatus.DONE, 1)
    assert (second.status, second.round, second.ready_at) == (StepStatus.READY, 2, LATER)
    assert second.due_at == local("2026-11-28 23:59:59")  # counted from when the round began
    assert reasons(run, key="next") == ("Kan først udføres, når trin 1 »Status« er udført.",)
    run = done(run, "status", at=LATER)
    with pytest.raises(StepRefused, match="højst 2 gange"):
        repeat(run, key="status", at=LATER, calendar=CALENDAR)
    with pytest.raises(StepRefused, match="gentages trin 2 »Once« ikke"):
        repeat(done(run, "once"), key="once", at=LATER, calendar=CALENDAR)


def test_a_reopened_step_holds_back_again_and_its_new_answer_replaces_the_old() -> None:
    answers = {"yes": "Ja", "no": "Nej"}
    of = card(
        step("ask", answers=answers),
        step("if_yes", "ask", when=("step.ask.yes",)),
        step("close", effect="close"),
    )
    run = reopen(done(started(of), "ask", outcome="yes"), key="ask", at=AT, calendar=CALENDAR)
    assert reasons(run, key="if_yes") == ("Kan først udføres, når trin 1 »Ask« er udført.",)
    run = done(run, "ask", outcome="no", at=LATER)
    assert [part.outcome for part in run.steps if part.key == "ask"] == ["yes", "no"]
    assert reasons(run, key="if_yes") == ("Kun relevant, hvis trin 1 »Ask« er besvaret med »Ja«.",)
    assert reasons(run, key="close") == ()
    with pytest.raises(StepRefused, match="er ikke afsluttet"):
        reopen(run, key="close", at=AT, calendar=CALENDAR)


def test_reopening_what_closed_the_case_opens_it_and_those_who_closed_it_close_it_again() -> None:
    both = step("close", party="each", each_of=("politi", "kommune"), effect="close")
    run = joined(started(card(step("mentor", kind=MAY), step("create", effect="referral"), both)))
    run = done(run, "create")
    for party in ("politi-mv", "holstebro"):
        run = done(run, "close", party=party)
    with pytest.raises(StepRefused, match="Sagen er lukket"):
        reopen(run, key="create", at=LATER, calendar=CALENDAR)
    run = reopen(run, key="close", party="politi-mv", at=LATER, calendar=CALENDAR)
    assert not is_closed(run)
    assert status(run, "mentor") is StepStatus.READY
    assert {part.party: part.status for part in run.parts("close")} == dict.fromkeys(
        ("politi-mv", "holstebro"), StepStatus.READY
    )
    with pytest.raises(StepRefused, match="kan ikke genåbnes"):
        reopen(run, key="create", at=LATER, calendar=CALENDAR)


def test_an_extended_deadline_stays_even_if_what_it_counts_from_moves_nearer() -> None:
    due = deadline(0, DeadlineUnit.AT_EVENT, "meeting")
    run = started(card(step("plan", due=due, may_extend=(Mover.COORDINATOR,)), step("other", due=due)))
    with pytest.raises(StepRefused, match="har endnu ingen frist"):
        extend(run, key="plan", to=local("2027-01-01 12:00"), at=AT, calendar=CALENDAR)
    run = occur(run, Event("meeting", local("2026-12-10 13:00")), calendar=CALENDAR)
    to = local("2026-12-15 23:59:59")
    run = extend(run, key="plan", to=to, at=AT, calendar=CALENDAR)
    run = occur(run, Event("meeting", local("2026-12-08 13:00")), calendar=CALENDAR)
    assert run.part("plan").due_at == to
    with pytest.raises(StepRefused, match="skal ligge efter den, der gælder nu"):
        extend(run, key="plan", to=to, at=AT, calendar=CALENDAR)
    with pytest.raises(StepRefused, match="fristen for trin 2 »Other« ikke forlænges"):
        extend(run, key="other", to=to, at=AT, calendar=CALENDAR)


@pytest.mark.parametrize(
    ("unit", "amount", "until", "expected"),
    [
        (HOURS, 24, "2026-11-24 15:00", "2026-11-25 14:00"),  # as long as it rests, to the minute
        (DAYS, 5, "2026-11-26 23:59:59", "2026-12-01 23:59:59"),
        (DeadlineUnit.WORKING_DAYS, 3, "2026-11-25 23:59:59", "2026-11-30 23:59:59"),  # no Saturday
    ],
)
def test_a_suspended_deadline_moves_by_as_long_as_it_rests(
    unit, amount: int, until: str, expected: str
) -> None:
    due = deadline(amount, unit, "case.created")
    run = started(card(step("plan", due=due, may_suspend=(Mover.LEADER,))))
    run = suspend(run, key="plan", until=local(until), at=AT, calendar=CALENDAR)
    assert run.part("plan").due_at == local(expected)
    assert run.part("plan").suspended_until == local(until)
    with pytest.raises(StepRefused, match="allerede sat i bero"):
        suspend(run, key="plan", until=LATER, at=AT, calendar=CALENDAR)
    with pytest.raises(StepRefused, match="overskredet"):
        suspend(
            run, key="plan", until=local("2027-01-02 12:00"), at=local("2027-01-01 12:00"), calendar=CALENDAR
        )


def test_a_step_is_handed_over_only_where_the_card_allows_it_and_only_to_a_party() -> None:
    run = joined(started(card(step("talk", party="kommune", transferable=True), step("own"))))
    run = hand_over(run, key="talk", to="psyk-midt", at=AT, calendar=CALENDAR)
    assert run.part("talk").responsible == "psyk-midt"
    for key, to, told in [
        ("talk", "psyk-midt", "har allerede trinnet"),
        ("talk", "skive", "Kun en myndighed, der er med i sagen"),
        ("own", "holstebro", "ikke overdrages"),
    ]:
        with pytest.raises(StepRefused, match=told):
            hand_over(run, key=key, to=to, at=AT, calendar=CALENDAR)


def test_target_and_final_date_stand_side_by_side() -> None:
    run = started(
        card(step("plan", target=deadline(2, DAYS, "case.created"), due=deadline(9, DAYS, "case.created")))
    )
    assert run.part("plan").target_at == local("2026-11-25 23:59:59")
    assert run.part("plan").due_at == local("2026-12-02 23:59:59")


def test_in_an_acute_case_what_may_wait_holds_nothing_back_but_is_owed_and_must_be_caught_up() -> None:
    catch_up = deadline(24, HOURS, "step.act")
    of = card(
        step("first"),
        step("form", "first", due=deadline(1, DAYS, "case.created"), catch_up=catch_up),
        step("act", "form"),
        step("close", effect="close"),
    )
    assert reasons(started(of), key="act") == ("Kan først udføres, når trin 2 »Form« er udført.",)
    run = started(of, acute=True)
    assert reasons(run, key="act") == ("Kan først udføres, når trin 1 »First« er udført.",)
    run = done(run, "first")
    assert (owed(run), run.part("form").due_at) == ((), None)
    run = done(run, "act", at=LATER)
    assert [part.key for part in owed(run)] == ["form"]
    assert run.part("form").due_at == local("2026-11-26 11:00")
    assert reasons(run, key="close") == ("Kan først udføres, når trin 2 »Form« er udført.",)
    run = done(run, "form", at=LATER)
    assert (owed(run), reasons(run, key="close")) == ((), ())
