"""Cards for the tests of the engine, built from the dataclasses: a short one, and card A's shape with every kind of rule."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from casehub.definitions.cards import (
    Card,
    Choice,
    Deadline,
    DeadlineKind,
    DeadlineUnit,
    Field,
    Step,
    StepKind,
)
from casehub.workflow.calendar import COPENHAGEN, Calendar
from casehub.workflow.engine import Party, Run, start

CALENDAR = Calendar(saturday_counts=False, closed=())
MUST, MAY = StepKind.MUST, StepKind.MAY
ROLES = {"referrer": "politi-mv", "coordinator": "politi-mv"}
PARTIES = (Party("politi-mv", "politi"), Party("holstebro", "kommune"), Party("psyk-midt", "psykiatri"))


def local(text: str) -> datetime:
    """A Danish local time, e.g. `2026-11-23 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


def deadline(amount: int, unit: DeadlineUnit, of: str, acute: Deadline | None = None) -> Deadline:
    return Deadline(amount=amount, unit=unit, of=of, kind=DeadlineKind.DEFAULT, source="test", acute=acute)


def step(
    key: str,
    *requires: str,
    title: str = "",
    kind: StepKind = MUST,
    party: str = "coordinator",
    due: Deadline | None = None,
    when: tuple[str, ...] = (),
    gate: bool = False,
    effect: str | None = None,
    answers: dict[str, str] | None = None,
    **more: Any,
) -> Step:
    choices = tuple(Choice(id=answer, text=text) for answer, text in (answers or {}).items())
    evidence = (
        (Field(id="answer", label="Svar", type="choice", required=True, choices=choices),) if choices else ()
    )
    return Step(
        key=key,
        number=0,
        title=title or key.capitalize(),
        kind=kind,
        party=party,
        role="kontaktperson",
        deadline=due,
        requires=requires,
        when=when,
        gate=gate,
        basis="test",
        evidence=evidence,
        outcome_field="answer" if choices else None,
        effect=effect,
        **more,
    )


def milestone(key: str, *requires: str, when: tuple[str, ...] = ()) -> Step:
    return step(key, *requires, kind=StepKind.MILESTONE, party="", when=when)


def card(*steps: Step) -> Card:
    numbered = tuple(replace(one, number=number) for number, one in enumerate(steps, 1))
    return Card(id="test", name="Test", network="test", calendar="dk", steps=numbered, sha256=b"\0" * 32)


ACCEPTED = ("step.triage.accept",)
CARD_A = card(
    step("create", kind=MAY, party="referrer", effect="referral"),
    step("necessity", "create", title="Nødvendighed", party="referrer", gate=True, effect="necessity"),
    step(
        "child",
        "create",
        title="Underretning",
        party="referrer",
        when=("child_involved",),
        due=deadline(0, DeadlineUnit.SAME_DAY, "child_involved"),
    ),
    step(
        "triage",
        "necessity",
        title="Visitation",
        effect="triage",
        due=deadline(
            2, DeadlineUnit.WORKING_DAYS, "case.created", deadline(0, DeadlineUnit.SAME_DAY, "case.created")
        ),
        answers={"accept": "Modtag", "reject": "Afvis"},
    ),
    step(
        "answer",
        "triage",
        title="Svar",
        party="each",
        when=ACCEPTED,
        effect="answer",
        due=deadline(-5, DeadlineUnit.WORKING_DAYS, "meeting"),
        answers={"disclose": "Videregiver", "nothing": "Intet at videregive", "declines": "Afslår"},
    ),
    step(
        "meeting",
        "answer",
        title="Møde",
        when=ACCEPTED,
        effect="meeting",
        due=deadline(0, DeadlineUnit.AT_EVENT, "meeting"),
    ),
    step(
        "appoint",
        "meeting",
        title="Udpeg",
        when=ACCEPTED,
        effect="appoint",
        due=deadline(0, DeadlineUnit.AT_EVENT, "meeting"),
    ),
    step(
        "plan",
        "appoint",
        title="Indsatser",
        party="responsible",
        when=ACCEPTED,
        effect="plan",
        due=deadline(10, DeadlineUnit.WORKING_DAYS, "step.appoint"),
    ),
    step(
        "inform",
        "answer",
        title="Orienter borgeren",
        party="psykiatri",
        when=("health_disclosed",),
        due=deadline(5, DeadlineUnit.WORKING_DAYS, "health_disclosed"),
    ),
    step(
        "status",
        "plan",
        party="responsible",
        when=ACCEPTED,
        due=deadline(0, DeadlineUnit.AT_EVENT, "next_meeting"),
    ),
    step("mentor", "plan", kind=MAY, party="kommune", when=ACCEPTED),
    step(
        "close", "status", title="Luk", effect="close", due=deadline(12, DeadlineUnit.MONTHS, "case.created")
    ),
)


def started(of: Card, *, at: str = "2026-11-23 10:00", acute: bool = False) -> Run:
    return start(of, acute=acute, roles=ROLES, at=local(at), calendar=CALENDAR)
