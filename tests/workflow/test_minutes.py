"""A forum's minutes: what can be done in each state, and that nothing goes out that was not approved as it stands."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from casehub.workflow.minutes import Minutes, MinutesRefused, MinutesState, approve, send, write

CHAIR, VICE = "formand", "næstformand"
NONE = Minutes(frozenset({CHAIR, VICE}))
DRAFT = write(NONE)
HALF = approve(DRAFT, CHAIR)
APPROVED = approve(HALF, VICE)
SENT = send(APPROVED)


@pytest.mark.parametrize(
    ("minutes", "act", "state"),
    [
        (NONE, "write", MinutesState.DRAFT),
        (NONE, "approve", "intet referat"),
        (NONE, "send", "alle, der skal"),
        (DRAFT, "approve", MinutesState.DRAFT),
        (DRAFT, "send", "alle, der skal"),
        (HALF, "approve", "allerede godkendt"),
        (HALF, "send", "alle, der skal"),
        (APPROVED, "send", MinutesState.SENT),
        (APPROVED, "write", MinutesState.DRAFT),
        (SENT, "write", "kan ikke ændres"),
        (SENT, "approve", "allerede sendt"),
        (SENT, "send", "allerede sendt"),
    ],
)
def test_each_act_in_each_state(minutes: Minutes, act: str, state: MinutesState | str):
    acts = {"write": write, "approve": lambda each: approve(each, CHAIR), "send": send}
    if isinstance(state, MinutesState):
        assert acts[act](minutes).state is state
    else:
        with pytest.raises(MinutesRefused, match=state):
            acts[act](minutes)


def test_only_who_must_approve_can():
    with pytest.raises(MinutesRefused, match="plads"):
        approve(DRAFT, "gæst")


class Sequences(RuleBasedStateMachine):
    """Whatever people press, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.minutes = NONE
        self.approved_texts: set[tuple[int, str]] = set()
        self.sent_text: int | None = None

    @rule()
    def write(self) -> None:
        try:
            self.minutes = write(self.minutes)
        except MinutesRefused:
            assert self.sent_text is not None

    @rule(seat=st.sampled_from([CHAIR, VICE, "gæst"]))
    def approve(self, seat: str) -> None:
        before = self.minutes
        try:
            self.minutes = approve(self.minutes, seat)
            self.approved_texts.add((self.minutes.version, seat))
        except MinutesRefused:
            assert self.minutes == before

    @rule()
    def send(self) -> None:
        try:
            self.minutes = send(self.minutes)
            self.sent_text = self.minutes.version
        except MinutesRefused:
            pass

    @invariant()
    def what_is_sent_was_approved_by_all_and_is_the_same_still(self) -> None:
        if self.sent_text is not None:
            assert {(self.sent_text, CHAIR), (self.sent_text, VICE)} <= self.approved_texts
            assert self.minutes.version == self.sent_text
            assert self.minutes.state is MinutesState.SENT


TestSequences = Sequences.TestCase
TestSequences.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
