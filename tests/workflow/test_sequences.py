"""No sequence of events loses a required step, completes a blocked one, or completes one twice: any card, any order.

The oracle reads the card and the event log alone; it shares no code with the engine.
"""

from collections import Counter
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from casehub.definitions.cards import Card, Step, StepKind
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
    skip,
)
from casehub.workflow.readiness import derive
from tests.workflow.cards import CALENDAR, CARD_A, card, local, started, step

EVENTS = ("child_involved", "health_disclosed", "meeting")
AUTHORITIES = (Party("p", "politi"), Party("k", "kommune"), Party("r", "psykiatri"), Party("k2", "kommune"))
SETTLED = (StepStatus.DONE, StepStatus.NOT_NEEDED)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    steps: list[Step] = []
    for number in range(draw(st.integers(2, 7))):
        earlier = [one.key for one in steps]
        outcomes = [f"step.{one.key}.yes" for one in steps if one.outcome_field]
        steps.append(
            step(
                f"s{number}",
                *draw(st.sets(st.sampled_from(earlier), max_size=2) if earlier else st.just(set())),
                kind=draw(st.sampled_from([StepKind.MUST, StepKind.MAY])),
                party=draw(
                    st.sampled_from(
                        ["referrer", "coordinator", "responsible", "each", "kommune", "psykiatri"]
                    )
                ),
                when=tuple(draw(st.sets(st.sampled_from([*EVENTS, *outcomes]), max_size=1))),
                gate=draw(st.sampled_from([False, False, False, True])),
                answers=draw(st.sampled_from([None, {"yes": "Ja", "no": "Nej"}])),
            )
        )
    last = draw(st.sets(st.sampled_from([one.key for one in steps]), max_size=2))
    return card(*steps, step("close", *last, effect="close"))


def applies(run: Run, one: Step, party: str | None) -> bool:
    return all(
        any(event.name == name and (party is None or event.party in (None, party)) for event in run.events)
        for name in one.when
    )


def unsettled(run: Run, one: Step) -> list[StepRun]:
    """The parts of a step that apply, by the event log, and are not settled."""
    parts = [part for part in run.steps if part.key == one.key] or [StepRun(one.key)]
    return [part for part in parts if part.status not in SETTLED and applies(run, one, part.party)]


def must_be_settled_before(run: Run, one: Step) -> list[Step]:
    """What the card says outright: what the step requires and the gates above it; for closing, every SKAL step."""
    position = run.card.steps.index(one)
    keys = set(one.requires) | {gate.key for gate in run.card.steps[:position] if gate.gate}
    if one.effect == "close":
        keys |= {must.key for must in run.card.steps if must.kind is StepKind.MUST and must.effect != "close"}
    return [run.card.step(key) for key in keys]


class Sequences(RuleBasedStateMachine):
    run: Run

    @initialize(of=st.one_of(st.just(CARD_A), cards()))
    def begin(self, of: Card) -> None:
        self.run = started(of)
        self.now = local("2026-11-23 10:00")

    def attempt(self, change) -> bool:
        """Try it; whether it was done. What was settled before stays as it was, whatever happened; no part is lost."""
        self.now += timedelta(hours=7)
        before = self.run
        try:
            self.run = change(before)
        except StepRefused as refused:
            return not refused.reasons  # a refusal says why
        after = {(part.key, part.party): part for part in self.run.steps}
        for part in before.steps:
            assert (part.key, part.party) in after
            assert part.status not in SETTLED or after[part.key, part.party] == part
        assert self.run.events[: len(before.events)] == before.events
        return True

    @rule(
        data=st.data(),
        answer=st.sampled_from(["yes", "yes", "no", "accept", "disclose"]),
        skipped=st.booleans(),
    )
    def settle(self, data: st.DataObject, answer: str, skipped: bool) -> None:
        part = data.draw(st.sampled_from(self.run.steps))
        self._settle(part, answer, skipped=skipped)

    @rule(data=st.data(), answer=st.sampled_from(["yes", "yes", "no", "accept", "disclose"]))
    def settle_something_ready(self, data: st.DataObject, answer: str) -> None:
        ready = [part for part in self.run.steps if part.status is StepStatus.READY]
        for part in data.draw(st.permutations(ready)):
            self._settle(self.run.part(part.key, part.party), answer, skipped=False)

    def _settle(self, part: StepRun, answer: str, *, skipped: bool) -> None:
        before, one = self.run, self.run.card.step(part.key)
        outcome = (
            answer
            if one.outcome_field and answer in {c.id for f in one.evidence for c in f.choices}
            else None
        )
        at = self.now

        def change(run: Run) -> Run:
            if skipped:
                return skip(run, key=part.key, party=part.party, at=at, calendar=CALENDAR)
            return complete(run, key=part.key, party=part.party, at=at, outcome=outcome, calendar=CALENDAR)

        if self.attempt(change):
            assert part.status is StepStatus.READY
            assert applies(before, one, part.party)
            assert not (skipped and one.kind is StepKind.MUST)
            for earlier in must_be_settled_before(before, one):
                left = [
                    p for p in unsettled(before, earlier) if earlier.kind is StepKind.MUST or p.responsible
                ]
                assert not left, f"{one.key} done before {left}"
        elif part.status is StepStatus.READY:
            assert (skipped and one.kind is StepKind.MUST) or (one.outcome_field and outcome is None)

    @rule(name=st.sampled_from(EVENTS), days=st.integers(-3, 30))
    def something_happens(self, name: str, days: int) -> None:
        event = Event(name, self.now + timedelta(days=days))
        assert self.attempt(lambda run: occur(run, event, calendar=CALENDAR)) is not is_closed(self.run)

    @rule(parties=st.lists(st.sampled_from(AUTHORITIES), max_size=3))
    def parties_join(self, parties: list[Party]) -> None:
        self.attempt(lambda run: join(run, parties, at=self.now, calendar=CALENDAR))

    @rule(authority=st.sampled_from(AUTHORITIES))
    def a_responsible_is_appointed(self, authority: Party) -> None:
        known = authority in self.run.parties and not is_closed(self.run)
        assert self.attempt(lambda run: appoint(run, authority.id, at=self.now, calendar=CALENDAR)) is known

    @invariant()
    def a_part_is_ready_exactly_when_nothing_speaks_against_it(self) -> None:
        for part in self.run.steps:
            ready = part.status is StepStatus.READY
            assert ready == (reasons(self.run, key=part.key, party=part.party) == ())
            assert ready == (part.ready_at is not None) or part.status in SETTLED
            assert not ready or part.responsible is not None

    @invariant()
    def nothing_is_completed_twice(self) -> None:
        settled = Counter(
            (event.name.partition(".")[2], event.party)
            for event in self.run.events
            if event.name.startswith(("step.", "skip.")) and event.name.count(".") == 1
        )
        assert all(times == 1 for times in settled.values())
        assert set(settled) == {(part.key, part.party) for part in self.run.steps if part.status in SETTLED}

    @invariant()
    def every_party_has_its_part_of_every_shared_step(self) -> None:
        for one in self.run.card.steps:
            holders = {party.id for party in self.run.parties} if one.party == "each" else {None}
            assert {part.party for part in self.run.steps if part.key == one.key} == holders

    @invariant()
    def what_blocks_closure_is_what_the_card_requires(self) -> None:
        must = [one for one in self.run.card.steps if one.kind is StepKind.MUST and one.effect != "close"]
        assert list(blocking_closure(self.run)) == [part for one in must for part in unsettled(self.run, one)]
        assert not (is_closed(self.run) and blocking_closure(self.run))

    @invariant()
    def what_is_derived_once_stays(self) -> None:
        assert derive(self.run, CALENDAR) == self.run


TestSequences = Sequences.TestCase
TestSequences.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
