"""A case from start to closure through card A's rules."""

import pytest

from casehub.workflow.calendar import end_of_day
from casehub.workflow.engine import (
    Event,
    Party,
    Run,
    StepRefused,
    StepStatus,
    appoint,
    blocking_closure,
    complete,
    join,
    occur,
    reasons,
    skip,
)
from tests.workflow.cards import CALENDAR, CARD_A, PARTIES, local, started


def done(run: Run, key: str, at: str, *, party: str | None = None, outcome: str | None = None) -> Run:
    return complete(run, key=key, party=party, at=local(at), outcome=outcome, calendar=CALENDAR)


def referred() -> Run:
    return done(done(started(CARD_A), "create", "2026-11-23 10:00"), "necessity", "2026-11-23 10:00")


def shared() -> Run:
    run = done(referred(), "triage", "2026-11-24 09:00", outcome="accept")
    return join(run, PARTIES, at=local("2026-11-24 09:30"), calendar=CALENDAR)


def answered() -> Run:
    run = done(shared(), "answer", "2026-11-25 09:00", party="politi-mv", outcome="disclose")
    run = done(run, "answer", "2026-11-25 10:00", party="holstebro", outcome="nothing")
    return done(run, "answer", "2026-11-25 11:00", party="psyk-midt", outcome="declines")


def statuses(run: Run) -> dict[str, str]:
    return {
        part.key if part.party is None else f"{part.key}/{part.party}": part.status.value
        for part in run.steps
    }


def test_a_case_runs_from_referral_to_closure() -> None:
    run = occur(answered(), Event("meeting", local("2026-12-10 13:00")), calendar=CALENDAR)
    run = done(run, "meeting", "2026-12-10 15:00")
    run = done(run, "appoint", "2026-12-10 15:00")
    assert reasons(run, key="plan") == ("Kan først udføres, når den ansvarlige myndighed er udpeget.",)
    run = appoint(run, "holstebro", at=local("2026-12-10 15:00"), calendar=CALENDAR)
    assert run.part("plan").responsible == "holstebro"
    run = done(run, "plan", "2026-12-14 12:00")
    assert [part.key for part in blocking_closure(run)] == ["status"]
    run = done(run, "status", "2027-01-10 12:00")
    run = skip(run, key="mentor", at=local("2027-01-10 12:00"), calendar=CALENDAR)
    run = done(run, "close", "2027-01-10 12:00")
    assert blocking_closure(run) == ()
    assert {part.key: part.status for part in run.steps if not part.status.is_settled} == {
        "child": StepStatus.WAITING,
        "inform": StepStatus.WAITING,
    }


def test_at_first_only_the_first_step_is_ready() -> None:
    assert statuses(started(CARD_A)) == {
        "create": "ready",
        **dict.fromkeys(
            (
                "necessity",
                "child",
                "triage",
                "meeting",
                "appoint",
                "plan",
                "inform",
                "status",
                "mentor",
                "close",
            ),
            "waiting",
        ),
    }


def test_each_party_has_its_own_part_and_all_must_answer() -> None:
    run = done(shared(), "answer", "2026-11-25 09:00", party="holstebro", outcome="disclose")
    assert statuses(run)["answer/holstebro"] == "done"
    assert statuses(run)["answer/psyk-midt"] == "ready"
    assert reasons(run, key="meeting") == (
        "Kan først udføres, når alle parter har gjort deres del af trin 5 »Svar«.",
    )
    assert run.part("answer", "psyk-midt").responsible == "psyk-midt"
    assert statuses(answered())["meeting"] == "ready"


def test_a_party_that_joins_late_must_answer_too() -> None:
    run = join(answered(), [Party("kif", "kriminalforsorg")], at=local("2026-11-26 09:00"), calendar=CALENDAR)
    assert statuses(run)["answer/kif"] == "ready"
    assert statuses(run)["meeting"] == "waiting"
    assert statuses(run)["answer/holstebro"] == "done"


def test_joining_again_changes_nothing() -> None:
    assert join(shared(), PARTIES, at=local("2026-11-29 09:00"), calendar=CALENDAR) == shared()


def test_a_rejected_referral_can_be_closed_at_once() -> None:
    run = done(referred(), "triage", "2026-11-24 09:00", outcome="reject")
    assert reasons(run, key="meeting") == (
        "Kun relevant, hvis trin 4 »Visitation« er besvaret med »Modtag«.",
    )
    assert statuses(done(run, "close", "2026-11-24 09:10"))["close"] == "done"


def test_before_triage_closing_waits_for_triage_though_what_it_requires_does_not_apply_yet() -> None:
    assert reasons(referred(), key="close") == ("Kan først udføres, når trin 4 »Visitation« er udført.",)


def test_after_acceptance_closing_waits_for_parties_nobody_has_named_yet() -> None:
    run = done(referred(), "triage", "2026-11-24 09:00", outcome="accept")
    assert next((part.key, part.party) for part in blocking_closure(run)) == ("answer", None)
    assert reasons(run, key="close")[0] == (
        "Kan først udføres, når parterne er inddraget og har gjort deres del af trin 5 »Svar«."
    )


def test_a_required_step_that_comes_to_apply_blocks_closure_from_then_on() -> None:
    run = done(referred(), "triage", "2026-11-24 09:00", outcome="reject")
    run = occur(run, Event("child_involved", local("2026-11-24 10:00")), calendar=CALENDAR)
    assert [part.key for part in blocking_closure(run)] == ["child"]
    with pytest.raises(StepRefused) as refused:
        done(run, "close", "2026-11-24 10:05")
    assert refused.value.reasons == ("Kan først udføres, når trin 3 »Underretning« er udført.",)


def test_a_gate_holds_back_everything_after_it_even_what_does_not_require_it() -> None:
    run = done(started(CARD_A), "create", "2026-11-23 10:00")
    run = occur(run, Event("child_involved", local("2026-11-23 10:00")), calendar=CALENDAR)
    assert reasons(run, key="child") == ("Kan først udføres, når trin 2 »Nødvendighed« er udført.",)
    assert reasons(done(run, "necessity", "2026-11-23 10:05"), key="child") == ()


def test_a_step_is_completed_once() -> None:
    with pytest.raises(StepRefused, match="Trin 2 »Nødvendighed« er allerede udført"):
        done(referred(), "necessity", "2026-11-23 10:01")


def test_a_step_out_of_order_is_refused_with_what_it_waits_for() -> None:
    with pytest.raises(StepRefused, match="Kan først udføres, når trin 2 »Nødvendighed« er udført"):
        done(
            done(started(CARD_A), "create", "2026-11-23 10:00"),
            "triage",
            "2026-11-23 11:00",
            outcome="accept",
        )


def test_an_answer_must_be_one_of_the_cards() -> None:
    with pytest.raises(StepRefused, match="Vælg et svar i trin 4 »Visitation«"):
        done(referred(), "triage", "2026-11-24 09:00")
    with pytest.raises(StepRefused, match="Svaret findes ikke i trin 4 »Visitation«"):
        done(referred(), "triage", "2026-11-24 09:00", outcome="måske")


def test_a_must_step_cannot_be_recorded_as_not_needed() -> None:
    with pytest.raises(StepRefused, match="Trin 4 »Visitation« skal udføres og kan ikke registreres"):
        skip(referred(), key="triage", at=local("2026-11-24 09:00"), calendar=CALENDAR)


def test_a_step_not_needed_is_not_done_later() -> None:
    run = skip(started(CARD_A), key="create", at=local("2026-11-23 10:00"), calendar=CALENDAR)
    with pytest.raises(StepRefused, match="Trin 1 »Create« er registreret som ikke nødvendigt"):
        done(run, "create", "2026-11-23 10:05")
    assert statuses(run)["necessity"] == "ready"


def test_nothing_more_happens_in_a_closed_case() -> None:
    run = done(done(referred(), "triage", "2026-11-24 09:00", outcome="reject"), "close", "2026-11-24 09:10")
    later = local("2026-11-25 09:00")
    assert reasons(run, key="child") == ("Sagen er lukket.",)
    with pytest.raises(StepRefused, match="Sagen er lukket"):
        occur(run, Event("child_involved", later), calendar=CALENDAR)
    with pytest.raises(StepRefused, match="Sagen er lukket"):
        join(run, PARTIES, at=later, calendar=CALENDAR)
    with pytest.raises(StepRefused, match="Sagen er lukket"):
        appoint(run, "politi-mv", at=later, calendar=CALENDAR)


def test_only_a_participant_can_be_made_responsible() -> None:
    with pytest.raises(StepRefused, match="Kun en myndighed, der er med i sagen"):
        appoint(shared(), "skive", at=local("2026-11-25 09:00"), calendar=CALENDAR)


def test_the_engines_own_events_cannot_be_slipped_in() -> None:
    with pytest.raises(ValueError, match=r"step\.triage"):
        occur(referred(), Event("step.triage", local("2026-11-25 09:00")), calendar=CALENDAR)


def test_deadlines_count_from_the_events_own_time() -> None:
    run = occur(shared(), Event("meeting", local("2026-12-10 13:00")), calendar=CALENDAR)
    assert run.part("triage").due_at == end_of_day(local("2026-11-25 10:00").date())
    assert run.part("answer", "holstebro").due_at == end_of_day(local("2026-12-03 10:00").date())
    told_late = occur(run, Event("child_involved", local("2026-11-20 22:00")), calendar=CALENDAR)
    assert told_late.part("child").due_at == end_of_day(local("2026-11-20 22:00").date())


def test_a_moved_meeting_moves_its_deadlines_but_telling_an_event_again_does_not() -> None:
    run = occur(shared(), Event("meeting", local("2026-12-10 13:00")), calendar=CALENDAR)
    run = occur(run, Event("meeting", local("2026-12-08 13:00")), calendar=CALENDAR)
    assert run.part("meeting").due_at == end_of_day(local("2026-12-08 13:00").date())
    run = occur(run, Event("child_involved", local("2026-12-01 13:00")), calendar=CALENDAR)
    run = occur(run, Event("child_involved", local("2026-12-05 13:00")), calendar=CALENDAR)
    assert run.part("child").due_at == end_of_day(local("2026-12-01 13:00").date())


def test_an_acute_case_has_the_acute_deadline() -> None:
    assert started(CARD_A, acute=True).part("triage").due_at == end_of_day(local("2026-11-23 10:00").date())


def test_a_settled_step_keeps_the_deadline_it_had() -> None:
    run = occur(answered(), Event("meeting", local("2026-12-10 13:00")), calendar=CALENDAR)
    run = done(run, "meeting", "2026-12-10 15:00")
    moved = occur(run, Event("meeting", local("2026-12-20 13:00")), calendar=CALENDAR)
    assert moved.part("meeting") == run.part("meeting")


def test_ready_at_is_when_the_last_thing_it_waited_for_happened() -> None:
    assert answered().part("meeting").ready_at == local("2026-11-25 11:00")
    run = done(referred(), "triage", "2026-11-24 09:00", outcome="accept")
    assert join(run, PARTIES, at=local("2026-11-24 09:30"), calendar=CALENDAR).part(
        "answer", "holstebro"
    ).ready_at == local("2026-11-24 09:30")


def test_an_event_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Event("meeting", local("2026-12-10 13:00").replace(tzinfo=None))
