"""The cards that the service ships with run from start to closure, with their own calendars."""

from datetime import timedelta
from pathlib import Path

import pytest

from casehub.definitions.cards import Card, Step, StepKind
from casehub.definitions.loading import load_definitions
from casehub.workflow.adjusting import add
from casehub.workflow.calendar import Calendar
from casehub.workflow.engine import (
    Event,
    Party,
    Run,
    StepRefused,
    StepRun,
    StepStatus,
    appoint,
    blocking_closure,
    complete,
    is_closed,
    join,
    occur,
    reasons,
    start,
)
from tests.workflow.cards import ROLES, local

DEFINITIONS = load_definitions(Path(__file__).parents[2] / "policies")
PSP = DEFINITIONS.cards["psp-henvendelse"]
PARTIES = [Party("politi-mv", "politi"), Party("holstebro", "kommune"), Party("psyk-midt", "psykiatri")]


def calendar_of(card: Card) -> Calendar:
    definition = DEFINITIONS.calendars[card.calendar]
    return Calendar(definition.saturday_counts, definition.closed, definition.holidays)


CALENDAR = calendar_of(PSP)


def done(run: Run, key: str, at: str, *, party: str | None = None, outcome: str | None = None) -> Run:
    return complete(run, key=key, party=party, at=local(at), outcome=outcome, calendar=CALENDAR)


def due(run: Run, key: str, party: str | None = None) -> str:
    at = run.part(key, party).due_at
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def referred(*, acute: bool = False) -> Run:
    run = start(PSP, acute=acute, roles=ROLES, at=local("2026-11-26 15:00"), calendar=CALENDAR)
    run = join(run, PARTIES[:1], at=local("2026-11-26 15:00"), calendar=CALENDAR)
    run = done(run, "henvendelse", "2026-11-26 15:00")
    run = done(run, "noedvendighed", "2026-11-26 15:00")
    return occur(run, Event("child_involved", local("2026-11-26 15:00")), calendar=CALENDAR)


def test_the_psp_card_runs_from_referral_to_closure_with_the_deadlines_of_its_file() -> None:
    run = referred()
    assert due(run, "underretning") == "2026-11-26 23:59"
    assert due(run, "triage") == "2026-11-30 23:59"  # two working days over a weekend
    assert reasons(run, key="svar", party="politi-mv") == (
        "Kan først udføres, når trin 4 »Vurdér henvendelsen« er udført.",
    )
    run = done(run, "underretning", "2026-11-26 16:00")
    run = done(run, "triage", "2026-11-27 10:00", outcome="accept")
    run = occur(run, Event("meeting", local("2027-01-05 13:00")), calendar=CALENDAR)
    run = join(run, PARTIES, at=local("2026-11-27 10:30"), calendar=CALENDAR)
    assert due(run, "svar", "holstebro") == "2026-12-23 23:59"  # 4 Jan, 30, 29, 28 and 23 Dec
    run = done(run, "svar", "2026-12-01 10:00", party="politi-mv", outcome="nothing")
    run = occur(run, Event("health_disclosed", local("2026-12-02 10:00"), "psyk-midt"), calendar=CALENDAR)
    run = done(run, "svar", "2026-12-02 10:00", party="psyk-midt", outcome="disclose")
    assert [part.party for part in blocking_closure(run) if part.key == "svar"] == ["holstebro"]
    run = done(run, "svar", "2026-12-03 10:00", party="holstebro", outcome="declines")
    assert run.part("orientering").responsible == "psyk-midt"
    assert due(run, "orientering") == "2026-12-09 23:59"
    run = done(run, "orientering", "2026-12-04 10:00", outcome="informed")
    run = done(run, "moede", "2027-01-05 15:00")
    run = occur(run, Event("next_meeting", local("2027-02-02 13:00")), calendar=CALENDAR)
    run = done(run, "ansvarlig", "2027-01-05 15:00")
    run = appoint(run, "holstebro", at=local("2027-01-05 15:00"), calendar=CALENDAR)
    assert due(run, "handlinger") == "2027-01-19 23:59"
    run = done(run, "handlinger", "2027-01-12 10:00")
    assert due(run, "status") == "2027-02-02 23:59"
    assert due(run, "luk") == "2027-11-27 23:59"
    with pytest.raises(
        StepRefused, match="Kan først udføres, når trin 10 »Gør status på handlingerne« er udført"
    ):
        done(run, "luk", "2027-01-12 10:00", outcome="resolved")
    run = done(run, "status", "2027-02-02 14:00", outcome="finished")
    run = done(run, "luk", "2027-02-02 15:00", outcome="resolved")
    assert is_closed(run)
    assert {part.status for part in run.steps} == {StepStatus.DONE}


def test_an_acute_referral_is_triaged_the_same_day() -> None:
    assert due(referred(acute=True), "triage") == "2026-11-26 23:59"


def answer_of(step: Step) -> str | None:
    """The answer that goes on: the first the card gives."""
    return next(
        (choice.id for field in step.evidence if field.id == step.outcome_field for choice in field.choices),
        None,
    )


@pytest.mark.parametrize("card", DEFINITIONS.cards.values(), ids=lambda card: card.id)
def test_every_card_can_be_done_to_its_end_when_everything_applies(card: Card) -> None:
    calendar, at = calendar_of(card), local("2026-11-26 15:00")
    run = start(card, acute=False, roles=ROLES, at=at, calendar=calendar)
    kinds = {step.party for step in card.steps} - {"referrer", "coordinator", "responsible", "each"}
    run = join(run, [*PARTIES, *(Party(f"a-{kind}", kind) for kind in kinds)], at=at, calendar=calendar)
    told = {
        name
        for step in card.steps
        for name in (*step.when, step.deadline.of if step.deadline else "case.created")
    }
    for name in sorted(told):
        if not name.startswith(("step.", "case.", "parties.", "responsible.", "add.")):
            run = occur(run, Event(name, at), calendar=calendar)
    for step in card.steps:
        if step.discretionary:
            run = add(run, key=step.key, at=at, calendar=calendar)

    while part := next((part for part in run.steps if part.status is StepStatus.READY), None):
        at += timedelta(hours=3)
        run = complete_part(run, part, at, calendar)
    assert is_closed(run), {part.key: reasons(run, key=part.key, party=part.party) for part in run.steps}
    left = [part.key for part in run.steps if not part.status.is_settled]
    assert [key for key in left if card.step(key).kind is StepKind.MUST and not card.step(key).when] == []


def complete_part(run: Run, part: StepRun, at, calendar: Calendar) -> Run:
    step = run.card.step(part.key)
    run = complete(run, key=part.key, party=part.party, at=at, outcome=answer_of(step), calendar=calendar)
    return appoint(run, "holstebro", at=at, calendar=calendar) if step.effect == "appoint" else run
