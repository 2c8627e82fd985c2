import pytest

from casehub.definitions.cards import DeadlineKind, DeadlineUnit, StepKind
from tests.definitions.definition_files import CARD, BreakablePolicies

CIRCLE = "goes round in a circle: "


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    return BreakablePolicies(tmp_path_factory.mktemp("good") / "policies").load().cards["psp-henvendelse"]


def test_the_psp_card_has_its_eleven_steps_in_order(card):
    assert [(step.number, step.key, step.effect) for step in card.steps] == [
        (1, "henvendelse", "referral"),
        (2, "noedvendighed", "necessity"),
        (3, "underretning", None),
        (4, "triage", "triage"),
        (5, "svar", "answer"),
        (6, "moede", "meeting"),
        (7, "ansvarlig", "appoint"),
        (8, "handlinger", "plan"),
        (9, "orientering", None),
        (10, "status", "status"),
        (11, "luk", "close"),
    ]
    assert [step.key for step in card.steps if step.kind is StepKind.MAY] == ["henvendelse"]
    assert [step.key for step in card.steps if step.gate] == ["noedvendighed"]


def test_triage_is_the_same_day_when_acute(card):
    deadline = card.step("triage").deadline
    assert (deadline.amount, deadline.unit) == (2, DeadlineUnit.WORKING_DAYS)
    assert (deadline.acute.amount, deadline.acute.unit) == (0, DeadlineUnit.SAME_DAY)


def test_every_deadline_tells_kind_and_source(card):
    deadlines = {step.key: step.deadline for step in card.steps if step.deadline}
    assert set(deadlines) == {step.key for step in card.steps} - {"henvendelse", "noedvendighed"}
    assert all(deadline.source for deadline in deadlines.values())
    assert deadlines["orientering"].kind is DeadlineKind.AS_SOON_AS_POSSIBLE
    assert "§ 43, stk. 4" in deadlines["orientering"].source
    assert deadlines["svar"].amount == -5


def test_all_three_answers_are_choices_of_equal_standing(card):
    [answer] = [field for field in card.step("svar").evidence if field.id == card.step("svar").outcome_field]
    assert [(choice.id, choice.text) for choice in answer.choices] == [
        ("disclose", "Videregiver"),
        ("nothing", "Intet at videregive"),
        ("declines", "Afslår"),
    ]


def test_steps_that_depend_on_what_happens_say_on_what(card):
    assert {step.key: step.when for step in card.steps if step.when} == {
        "underretning": ("child_involved",),
        "orientering": ("health_disclosed",),
    }


def test_a_key_the_schema_does_not_know_is_told_at_its_own_line(policies):
    line = policies.edit(CARD, "    role: Tovholder\n", "    role: Tovholder\n    rolle: Tovholder\n") + 1
    file, at, message = policies.only_error()
    assert (file, at) == (CARD, line)
    assert message.startswith("steps[3].rolle: is not known here; known are key, number, title")


def test_a_missing_key_is_told_at_its_step(policies):
    line = policies.edit(
        CARD,
        "  - key: svar\n    number: 5\n    title: Svar på henvendelsen\n",
        "  - key: svar\n    number: 5\n",
    )
    assert policies.only_error() == (CARD, line, "steps[4]: 'title' is missing")


BREAKS = [
    ("unknown effect", "effect: triage", "effect: sort", "is not one of"),
    ("unknown field type", "label: Referat, type: text", "label: Referat, type: tekst", "is not one of"),
    ("unknown deadline unit", "unit: months", "unit: years", "is not one of"),
    ("amount missing", "amount: 12\n      unit: months", "unit: months", "'amount' is missing"),
    ("hours and months count from 1", "amount: 12\n", "amount: -12\n", "counted from 1"),
    ("bad key", "key: moede", "key: møde", "lower-case a-z"),
    ("blank text", "role: Ansvarlig sagsbehandler\n    requires: [ansvarlig]", 'role: " "\n    requires: [ansvarlig]', "not blank"),
    ("unknown prerequisite", "requires: [svar]\n    deadline", "requires: [svaret]\n    deadline", "no step has the key 'svaret'"),
    ("unknown event in when", "when: [health_disclosed]", "when: [health_told]", "no such event as 'health_told'"),
    ("unknown step in a deadline", "of: step.ansvarlig", "of: step.ansvarlige", "no such event as 'step.ansvarlige'"),
    ("unknown outcome in a deadline", "of: step.triage.accept", "of: step.triage.maybe", "no such event"),
    ("deadline from the step itself", "of: step.ansvarlig", "of: step.handlinger", "no such event"),
    ("unknown event in an acute deadline", "of: case.created\n        kind", "of: case.made\n        kind", "deadline.acute.of"),
    ("same key twice", "key: luk\n", "key: status\n", "'status' is taken"),
    ("same number twice", "number: 9\n", "number: 8\n", "8 is taken"),
    ("same field twice", "{id: minutes,", "{id: held_on,", "'held_on' is taken"),
    ("same choice twice", "{id: moved,", "{id: resolved,", "'resolved' is taken"),
    ("outcome_field is no field", "outcome_field: informed", "outcome_field: told", "not a required choice field"),
    ("outcome_field is no choice", "outcome_field: informed", "outcome_field: exemption", "not a required choice field"),
    ("when of a field that comes later", "when: {field: decision, is: accept}", "when: {field: later, is: accept}", "no earlier choice field"),
    ("when of a choice that is not", "when: {field: decision, is: accept}", "when: {field: decision, is: yes}", "no earlier choice field"),
    ("unknown party", "party: psykiatri", "party: skolen", "unknown party 'skolen'; known are coordinator, each"),
    ("unknown network", "network: psp", "network: ssp", "there is no network 'ssp'"),
    ("unknown calendar", "calendar: dansk", "calendar: svensk", "there is no calendar 'svensk'"),
    ("id is not the file's name", "id: psp-henvendelse", "id: psp-andet", "the file is psp-henvendelse.yaml"),
    ("a choice without choices", "label: Referat, type: text", "label: Referat, type: choice", "'choices' is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), [pytest.param(*rest, id=name) for name, *rest in BREAKS])
def test_each_kind_of_error_has_its_line_and_its_reason(policies, old, new, told):
    # One line of leeway: what is missing is told where it should be, at the entry around it
    line = policies.edit(CARD, old, new)
    errors = policies.errors()
    assert any(file == CARD and told in message and line - 1 <= at <= line for file, at, message in errors), (
        errors
    )


def test_the_line_of_an_error_is_exact(policies):
    first = policies.edit(CARD, "of: step.ansvarlig\n", "of: step.nobody\n")
    second = policies.edit(CARD, "when: [health_disclosed]", "when: [child_involved, x]")
    errors = policies.errors()
    assert [(file, line) for file, line, _ in errors] == [(CARD, first), (CARD, second)]


def test_a_circle_of_prerequisites_is_told_with_its_steps(policies):
    line = policies.edit(CARD, "requires: [noedvendighed]", "requires: [noedvendighed, svar]")
    file, at, message = policies.only_error()
    assert (file, at) == (CARD, line)
    assert CIRCLE in message
    assert "svar" in message
    assert "triage" in message


def test_a_step_that_requires_itself_is_a_circle(policies):
    policies.edit(CARD, "requires: [handlinger]", "requires: [status]")
    assert CIRCLE in policies.only_error()[2]


def test_a_step_before_a_gate_cannot_wait_for_one_after_it(policies):
    policies.edit(
        CARD,
        "    basis: PSP-samarbejdsaftalen; kendetegnene",
        "    requires: [underretning]\n    basis: PSP-samarbejdsaftalen; kendetegnene",
    )
    assert CIRCLE in policies.only_error()[2]


@pytest.mark.parametrize("effect", ["referral", "close"])
def test_a_card_that_cannot_begin_or_end_is_refused(policies, effect):
    policies.edit(CARD, f"    effect: {effect}\n", "")
    assert any(f"no step has effect {effect}" in message for _, _, message in policies.errors())


@pytest.mark.parametrize(
    ("effect", "old", "new"),
    [
        (
            "triage",
            "{id: meeting_on, label: Mødedato, type: date",
            "{id: meeting_on, label: Mødedato, type: line",
        ),
        ("triage", "{id: redirect,", "{id: elsewhere,"),
        ("answer", "{id: nothing,", "{id: none,"),
        ("meeting", "{id: next_meeting,", "{id: next,"),
        ("appoint", "{id: party,", "{id: authority,"),
        ("plan", "type: actions", "type: text"),
        ("close", "{id: deletion_on,", "{id: deleted,"),
    ],
)
def test_a_step_with_an_effect_must_ask_what_the_effect_needs(policies, effect, old, new):
    policies.edit(CARD, old, new)
    assert any(
        message.split(": ", 1)[1].startswith(f"effect {effect} needs") for _, _, message in policies.errors()
    )
