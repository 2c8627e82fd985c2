"""No sequence of events loses a required step, completes a blocked one, or settles one twice in a round: any card, any order.

The oracle reads the card and the event log alone; it shares no code with the engine.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from casehub.definitions.cards import Card, DeadlineUnit, Mover, Step, StepKind
from casehub.workflow.adjusting import add, extend, hand_over, reopen, repeat, suspend
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
    mark_impossible,
    occur,
    owed,
    reasons,
    skip,
)
from casehub.workflow.readiness import derive, holding_back
from casehub.workflow.renewing import renew
from tests.workflow.cards import CALENDAR, CARD_A, card, deadline, local, started, step

EVENTS = ("child_involved", "health_disclosed", "meeting")
AUTHORITIES = (Party("p", "politi"), Party("k", "kommune"), Party("r", "psykiatri"), Party("k2", "kommune"))
SETTLED = (StepStatus.DONE, StepStatus.NOT_NEEDED, StepStatus.IMPOSSIBLE)
ANSWER = st.sampled_from(["yes", "yes", "no", "accept", "disclose"])


@st.composite
def cards(draw: st.DrawFn) -> Card:
    steps: list[Step] = []
    for number in range(draw(st.integers(2, 7))):
        earlier = [one.key for one in steps]
        outcomes = [f"step.{one.key}.yes" for one in steps if one.outcome_field]
        kind = draw(st.sampled_from([StepKind.MUST, StepKind.MUST, StepKind.MAY, StepKind.MILESTONE]))
        common = {
            "kind": kind,
            "when": tuple(draw(st.sets(st.sampled_from([*EVENTS, *outcomes]), max_size=1))),
        }
        requires = draw(st.sets(st.sampled_from(earlier), max_size=2) if earlier else st.just(set()))
        more = {"party": ""} if kind is StepKind.MILESTONE else draw(st.fixed_dictionaries(WORK))
        steps.append(step(f"s{number}", *requires, **common, **more))
    last = draw(st.sets(st.sampled_from([one.key for one in steps]), max_size=2))
    shared = draw(st.sampled_from([{}, {}, {"party": "each", "each_of": ("politi", "kommune")}]))
    return card(*steps, step("close", *last, effect="close", **shared))


DUE = deadline(5, DeadlineUnit.WORKING_DAYS, "case.created")
ROLES_AND_KINDS = ["referrer", "coordinator", "responsible", "each", "kommune", "psykiatri"]
SELDOM = st.sampled_from([False, False, False, True])
WORK = {
    "party": st.sampled_from(ROLES_AND_KINDS),
    "gate": SELDOM,
    "answers": st.sampled_from([None, {"yes": "Ja", "no": "Nej"}]),
    "each_of": st.sampled_from([(), (), ("kommune", "politi")]),
    "discretionary": SELDOM,
    "repeat_limit": st.sampled_from([1, 3]),
    "transferable": st.booleans(),
    "due": st.sampled_from([None, DUE]),
    "catch_up": st.sampled_from([None, DUE]),
    "may_extend": st.just(tuple(Mover)),
    "may_suspend": st.just(tuple(Mover)),
}


@st.composite
def versions(draw: st.DrawFn, old: Card) -> Card:
    """Another version of a card: steps gone, new, divided otherwise, required or not. What a case begins and ends with stays."""
    steps: list[Step] = []
    new = step("new", kind=draw(st.sampled_from([StepKind.MUST, StepKind.MAY])), gate=draw(SELDOM))
    place = draw(st.integers(0, len(old.steps) - 1))
    for position, one in enumerate(old.steps):
        if position == place and all(other.key != "new" for other in old.steps):
            steps.append(new)
        if not one.effect and draw(SELDOM):
            continue
        known = {earlier.key for earlier in steps}
        changes: dict[str, object] = {
            "requires": tuple(key for key in one.requires if key in known),
            "when": tuple(
                name for name in one.when if not name.startswith("step.") or name.split(".")[1] in known
            ),
        }
        if not one.effect and one.kind is not StepKind.MILESTONE and draw(st.booleans()):
            other = draw(st.fixed_dictionaries(OTHERWISE))
            changes |= {name: value for name, value in other.items() if draw(SELDOM)}
        steps.append(replace(one, **changes))
    return card(*steps)


OTHERWISE = {
    "kind": st.sampled_from([StepKind.MUST, StepKind.MAY]),
    "party": st.sampled_from(["coordinator", "responsible", "each", "kommune"]),
    "gate": st.booleans(),
    "discretionary": st.booleans(),
    "catch_up": st.sampled_from([None, DUE]),
}


def kinds_of(one: Step) -> tuple[str, ...]:
    return one.each_of if one.party == "each" else ()


def settlings(run: Run, key: str, party: str | None) -> list[str | None]:
    """What the log says of one part: the answer of each time it was done (or ""), None for each it was not needed or impossible."""
    said: list[str | None] = []
    for event in run.events:
        if event.party != party:
            continue
        if event.name == f"step.{key}":
            said.append("")
        elif event.name in {f"skip.{key}", f"impossible.{key}"}:
            said.append(None)
        elif event.name.startswith(f"step.{key}."):
            said[-1] = event.name.rpartition(".")[2]
    return said


def rounds(run: Run, key: str, party: str | None) -> int:
    again = {f"repeat.{key}", f"reopen.{key}"}
    return 1 + sum(event.name in again and event.party == party for event in run.events)


def is_open(run: Run, part: StepRun) -> bool:
    return len(settlings(run, part.key, part.party)) < rounds(run, part.key, part.party)


def happened(run: Run, name: str, party: str | None) -> bool:
    prefix, _, rest = name.partition(".")
    key, _, outcome = rest.partition(".")
    if prefix != "step":
        return any(e.name == name and (party is None or e.party in (None, party)) for e in run.events)
    who = {event.party for event in run.events if event.name == f"step.{key}"}
    return any(
        settlings(run, key, other)[-1] == outcome for other in who if party is None or other in (None, party)
    )


def applies(run: Run, one: Step, party: str | None) -> bool:
    if one.discretionary and not any(event.name == f"add.{one.key}" for event in run.events):
        return False
    return all(happened(run, name, party) for name in one.when)


def unsettled(run: Run, one: Step) -> list[StepRun]:
    """The parts of a step that apply, by the event log, and are not settled."""
    kinds = {party.kind for party in run.parties}
    lacking = one.party == "each" and not (set(kinds_of(one)) <= kinds if kinds_of(one) else kinds)
    parts = [*run.parts(one.key), *([StepRun(one.key)] if lacking else [])]
    return [part for part in parts if is_open(run, part) and applies(run, one, part.party)]


def must_be_settled_before(run: Run, one: Step) -> list[Step]:
    """What the card says outright: what the step requires and the gates above it; for closing, every SKAL step.

    In an acute case what may wait is left out, but not for closing.
    """
    position = run.card.steps.index(one)
    keys = set(one.requires) | {gate.key for gate in run.card.steps[:position] if gate.gate}
    keys = {key for key in keys if not (run.acute and run.card.step(key).catch_up)}
    if one.effect == "close":
        keys |= {must.key for must in run.card.steps if must.kind is StepKind.MUST and must.effect != "close"}
    return [run.card.step(key) for key in keys]


def left_before(run: Run, one: Step) -> list[StepRun]:
    """Parts that had to be settled before the step and are not; a KAN step that nobody can do holds nothing back."""
    return [
        part
        for earlier in must_be_settled_before(run, one)
        for part in unsettled(run, earlier)
        if earlier.kind is not StepKind.MAY or part.responsible
    ]


class Sequences(RuleBasedStateMachine):
    run: Run

    @initialize(of=st.one_of(st.just(CARD_A), cards()), acute=st.booleans())
    def begin(self, of: Card, *, acute: bool) -> None:
        self.run = started(of, acute=acute)
        self.now = local("2026-11-23 10:00")

    def attempt(self, change) -> bool:
        """Try it; whether it was done. What was settled before stays as it was, whatever happened; no part is lost."""
        self.now += timedelta(hours=7)
        before = self.run
        try:
            self.run = change(before)
        except StepRefused as refused:
            return not refused.reasons  # a refusal says why
        after = {part.identity: part for part in self.run.steps}
        for part in before.steps:
            assert part.identity in after
            assert part.status not in SETTLED or after[part.identity] == part
            assert not part.moved_to or (after[part.identity].moved_to or part.moved_to) >= part.moved_to
        assert self.run.events[: len(before.events)] == before.events
        return True

    @rule(data=st.data(), answer=ANSWER, how=st.sampled_from([complete, complete, skip, mark_impossible]))
    def settle(self, data: st.DataObject, answer: str, how: Callable[..., Run]) -> None:
        part = data.draw(st.sampled_from(self.run.steps))
        self._settle(self.run.part(part.key, part.party), answer, how)

    @rule(data=st.data(), answer=ANSWER)
    def settle_something_ready(self, data: st.DataObject, answer: str) -> None:
        ready = [part for part in self.run.steps if part.status is StepStatus.READY]
        for part in data.draw(st.permutations(ready)):
            self._settle(self.run.part(part.key, part.party), answer, complete)

    @rule(data=st.data(), how=st.sampled_from([complete, skip, mark_impossible]))
    def try_something_that_waits(self, data: st.DataObject, how: Callable[..., Run]) -> None:
        waiting = [part for part in self.run.steps if part.status is StepStatus.WAITING]
        for part in data.draw(st.permutations(waiting)):
            self._settle(self.run.part(part.key, part.party), "yes", how)

    def _settle(self, part: StepRun, answer: str, how: Callable[..., Run]) -> None:
        before, one = self.run, self.run.card.step(part.key)
        known = {choice.id for field in one.evidence for choice in field.choices}
        outcome = {"outcome": answer} if how is complete and one.outcome_field and answer in known else {}
        where = {"key": part.key, "party": part.party, "at": self.now, "calendar": CALENDAR}
        if self.attempt(lambda run: how(run, **where, **outcome)):
            assert part.status is StepStatus.READY or (how is mark_impossible and part.responsible is None)
            assert applies(before, one, part.party)
            assert not (how is skip and one.kind is StepKind.MUST)
            assert not (how is mark_impossible and (one.gate or one.effect == "close"))
            assert not left_before(before, one), f"{one.key} settled before what it waits for"
        elif part.status is StepStatus.READY:
            must = how is skip and one.kind is StepKind.MUST
            assert must or how is mark_impossible or (one.outcome_field and not outcome)

    @rule(data=st.data(), how=st.sampled_from([repeat, reopen]))
    def do_over(self, data: st.DataObject, how: Callable[..., Run]) -> None:
        some = data.draw(st.sampled_from(self.run.steps))
        part, one, before = self.run.part(some.key, some.party), self.run.card.step(some.key), self.run
        where = {"key": part.key, "party": part.party, "at": self.now, "calendar": CALENDAR}
        if self.attempt(lambda run: how(run, **where)):
            assert part.status in SETTLED
            assert self.run.part(part.key, part.party).round == part.round + 1
            assert how is reopen or len(settlings(before, part.key, part.party)) >= 1
            repeats = [e for e in self.run.events if e.name == f"repeat.{part.key}" and e.party == part.party]
            assert len(repeats) < one.repeat_limit
        elif how is reopen and part.status in SETTLED:
            once = one.kind is StepKind.MILESTONE or one.effect in {"referral", "necessity"}
            assert once or (is_closed(before) and one.effect != "close")

    @rule(data=st.data())
    def a_step_is_added(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.run.card.steps))
        new = one.discretionary and all(event.name != f"add.{one.key}" for event in self.run.events)
        done = self.attempt(lambda run: add(run, key=one.key, at=self.now, calendar=CALENDAR))
        assert done is (new and not is_closed(self.run))

    @rule(data=st.data(), how=st.sampled_from([extend, suspend]), days=st.integers(0, 20))
    def a_deadline_is_moved(self, data: st.DataObject, how: Callable[..., Run], days: int) -> None:
        some = data.draw(st.sampled_from(self.run.steps))
        part, to = self.run.part(some.key, some.party), self.now + timedelta(days=days)
        when = {"to": to} if how is extend else {"until": to}
        where = {"key": part.key, "party": part.party, "at": self.now, "calendar": CALENDAR}
        if self.attempt(lambda run: how(run, **where, **when)):
            moved = self.run.part(part.key, part.party)
            assert part.due_at
            assert moved.due_at
            assert moved.due_at >= part.due_at
            assert part.status is moved.status

    @rule(data=st.data(), authority=st.sampled_from(AUTHORITIES))
    def a_step_is_handed_over(self, data: st.DataObject, authority: Party) -> None:
        part = data.draw(st.sampled_from(self.run.steps))
        where = {"key": part.key, "party": part.party, "at": self.now, "calendar": CALENDAR}
        if self.attempt(lambda run: hand_over(run, **where, to=authority.id)):
            assert authority in self.run.parties
            assert self.run.part(part.key).responsible == authority.id

    @rule(data=st.data())
    def the_case_follows_another_version(self, data: st.DataObject) -> None:
        """What was settled stays, what people moved stays moved, and what the new version requires is settled or open."""
        self.now += timedelta(hours=7)
        before = self.run
        try:
            renewal = renew(before, data.draw(versions(before.card)), at=self.now, calendar=CALENDAR)
        except StepRefused:
            return
        self.run = renewal.run
        after = {part.identity: part for part in self.run.steps}
        for part in before.steps:
            if part.status in SETTLED:
                assert after[part.identity] == part
            elif part in renewal.dropped:
                assert part.identity not in after
            else:
                now = after[part.identity]
                assert (now.moved_to, now.handed_to) == (part.moved_to, part.handed_to)
        assert self.run.events[: len(before.events)] == before.events
        for one in self.run.card.steps:
            last = [part for part in self.run.parts(one.key) if one.kind is StepKind.MUST]
            assert all(part.status is not StepStatus.NOT_NEEDED for part in last)
            assert all(part.status is not StepStatus.IMPOSSIBLE or not one.gate for part in last)
        assert not is_closed(self.run)

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
        for part in {(part.key, part.party): part for part in self.run.steps}.values():
            ready = part.status is StepStatus.READY
            assert ready == (reasons(self.run, key=part.key, party=part.party) == ())
            assert ready == (part.ready_at is not None) or part.status in SETTLED
            assert not ready or part.responsible is not None

    @invariant()
    def nothing_is_settled_twice_in_one_round(self) -> None:
        for part in {(part.key, part.party): part for part in self.run.steps}.values():
            assert part.round == rounds(self.run, part.key, part.party)
            settled = len(settlings(self.run, part.key, part.party))
            assert settled == part.round - (part.status not in SETTLED)

    @invariant()
    def every_party_has_its_part_of_every_shared_step(self) -> None:
        for one in self.run.card.steps:
            kinds = kinds_of(one)
            holders = {party.id for party in self.run.parties if not kinds or party.kind in kinds}
            wanted = holders if one.party == "each" else {None}
            assert {part.party for part in self.run.steps if part.key == one.key} == wanted

    @invariant()
    def what_blocks_closure_is_what_the_card_requires(self) -> None:
        must = [one for one in self.run.card.steps if one.kind is StepKind.MUST and one.effect != "close"]
        assert list(blocking_closure(self.run)) == [part for one in must for part in unsettled(self.run, one)]
        assert not (is_closed(self.run) and blocking_closure(self.run))

    @invariant()
    def a_milestone_is_reached_as_soon_as_nothing_is_left_before_it(self) -> None:
        for part in self.run.steps:
            one = self.run.card.step(part.key)
            if one.kind is StepKind.MILESTONE and part.status not in SETTLED and not is_closed(self.run):
                assert not applies(self.run, one, None) or holding_back(self.run, one)

    @invariant()
    def what_is_owed_may_wait_and_is_open(self) -> None:
        for part in owed(self.run):
            assert self.run.acute
            assert self.run.card.step(part.key).catch_up
            assert is_open(self.run, part)

    @invariant()
    def what_is_derived_once_stays(self) -> None:
        assert derive(self.run, CALENDAR) == self.run


TestSequences = Sequences.TestCase
TestSequences.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
