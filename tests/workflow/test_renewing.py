"""A run moves to another version of its card: what becomes of each kind of step, and what is refused, in words."""

from dataclasses import replace

import pytest

from casehub.definitions.cards import Card, DeadlineUnit, Mover, StepKind
from casehub.workflow.adjusting import extend
from casehub.workflow.engine import Run, StepRefused, StepStatus, complete, mark_impossible, skip
from casehub.workflow.renewing import Renewal, renew
from tests.workflow.cards import CALENDAR, MAY, card, deadline, local, milestone, started, step

DUE = deadline(5, DeadlineUnit.WORKING_DAYS, "case.created")
FIRST = step("first", answers={"yes": "Ja", "no": "Nej"})
CALL = step("call", kind=MAY, due=DUE, may_extend=(Mover.PARTY,))
VISIT = step("visit", "first")
CLOSE = step("close", "visit", effect="close")
OLD = card(FIRST, CALL, VISIT, CLOSE)
AT = {"at": local("2026-11-24 10:00"), "calendar": CALENDAR}


def under_way() -> Run:
    return complete(started(OLD), key="first", outcome="yes", **AT)


def moved(run: Run, *steps: object) -> Renewal:
    return renew(run, card(*steps), **AT)  # type: ignore[arg-type]


def refused(run: Run, to: Card) -> str:
    with pytest.raises(StepRefused) as problem:
        renew(run, to, **AT)
    return str(problem.value)


def test_what_is_settled_stays_and_a_new_step_comes_before_what_waits_for_it():
    renewal = moved(
        under_way(), FIRST, step("plan", "first"), CALL, replace(VISIT, requires=("plan",)), CLOSE
    )
    run = renewal.run
    assert (run.part("first").outcome, run.part("plan").status) == ("yes", StepStatus.READY)
    assert run.part("visit").status is StepStatus.WAITING
    assert (renewal.dropped, renewal.again) == ((), ())
    assert run.events[-1].name == "card.renewed"


def test_an_open_step_that_is_gone_is_dropped():
    renewal = moved(under_way(), FIRST, VISIT, CLOSE)
    assert [part.key for part in renewal.dropped] == ["call"]
    assert "call" not in {part.key for part in renewal.run.steps}


def test_a_deadline_follows_the_new_version_and_one_that_was_moved_comes_no_earlier():
    sooner = replace(CALL, deadline=deadline(1, DeadlineUnit.WORKING_DAYS, "case.created"))
    before = under_way()
    assert moved(before, FIRST, sooner, VISIT, CLOSE).run.part("call").due_at == local("2026-11-24 23:59:59")
    later = extend(before, key="call", to=local("2026-12-20 12:00"), **AT)
    assert moved(later, FIRST, sooner, VISIT, CLOSE).run.part("call").due_at == local("2026-12-20 12:00")


@pytest.mark.parametrize(
    ("settle", "key", "now"),
    [
        (skip, "call", replace(CALL, kind=StepKind.MUST)),
        (mark_impossible, "visit", replace(VISIT, gate=True)),
    ],
)
def test_what_the_new_version_demands_begins_again_and_holds_the_end_back(settle, key, now):
    run = settle(under_way(), key=key, **AT)
    steps = [now if one.key == key else one for one in OLD.steps]
    renewal = moved(run, *steps)
    assert [part.key for part in renewal.again] == [key]
    part = renewal.run.part(key)
    assert (part.round, part.status) == (2, StepStatus.READY)
    assert renewal.run.part("close").status is StepStatus.WAITING


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (card(CALL, replace(VISIT, requires=()), CLOSE), "Trin 1 »First« er udført i sagen, men er ikke med i den nye udgave"),
        (card(replace(FIRST, party="each"), CALL, VISIT, CLOSE), "eller deles der på en anden måde"),
        (card(step("first", answers={"ja": "Ja"}), CALL, VISIT, CLOSE), "på en måde, som den nye udgave ikke kender"),
        (card(milestone("first"), CALL, VISIT, CLOSE), "på en måde, som den nye udgave ikke kender"),
        (card(replace(FIRST, effect="appoint"), CALL, VISIT, CLOSE), "på en måde, som den nye udgave ikke kender"),
        (card(step("triage", effect="triage"), *OLD.steps), "Den nye udgave begynder på en anden måde"),
    ],
)  # fmt: skip
def test_what_it_cannot_carry_is_refused_in_words(to: Card, words: str):
    assert words in refused(under_way(), to)


def test_a_case_that_is_over_keeps_its_version_and_another_card_is_no_version():
    over = complete(complete(under_way(), key="visit", **AT), key="close", **AT)
    assert refused(over, OLD) == "Sagen er lukket."
    with pytest.raises(ValueError, match="no version"):
        renew(under_way(), replace(OLD, id="other"), **AT)
