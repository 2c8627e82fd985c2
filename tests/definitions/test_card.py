import pytest

from casehub.definitions.cards import DayOfYear, DeadlineKind, DeadlineUnit, Mover, StepKind
from casehub.definitions.overdue import EscalateTo, Span, SpanUnit
from tests.definitions.definition_files import CARD, NETWORK, BreakablePolicies

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
    ("unknown network", "network: psp", "network: xyz", "there is no network 'xyz'"),
    ("unknown calendar", "calendar: dansk", "calendar: svensk", "there is no calendar 'svensk'"),
    ("id is not the file's name", "id: psp-henvendelse", "id: psp-andet", "the file is psp-henvendelse.yaml"),
    ("amount with a date", "unit: same_day\n      of: child_involved", "unit: date\n      amount: 3\n      on: {day: 5}\n      of: child_involved", "take no amount"),
    ("date without a day", "unit: same_day\n      of: child_involved", "unit: date\n      of: child_involved", "'on' is missing"),
    ("date with two days", "unit: same_day\n      of: child_involved", "unit: date\n      on: {day: 5, working_day: 5}\n      of: child_involved", "one of day and working_day"),
    ("a day for what is no date", "unit: same_day\n      of: child_involved", "unit: same_day\n      on: {day: 5}\n      of: child_involved", "only unit date"),
    ("unknown party among several", "party: psykiatri", "party: [psykiatri, each]", "unknown party 'each'; known are kommune"),
    ("shared where one decides", "party: coordinator\n    role: Tovholder\n    requires: [noedvendighed]", "party: [politi]\n    role: Tovholder\n    requires: [noedvendighed]", "effect triage is one party's"),
    ("acute within acute", "source: Egen frist for akutte henvendelser, aftalt i PSP-samarbejdet", "source: x\n        acute: {unit: same_day, of: case.created, kind: egen_frist, source: x}", "only the deadline itself"),
    ("target without deadline", "requires: [henvendelse]\n    gate: true", "requires: [henvendelse]\n    target: {unit: same_day, of: case.created, kind: mål, source: x}", "give the deadline too"),
    ("catch-up beside acute", "    basis: PSP-samarbejdsaftalen\n    effect: triage", "    catch_up: {unit: same_day, of: case.created, kind: mål, source: x}\n    basis: PSP-samarbejdsaftalen\n    effect: triage", "keep one of them"),
    ("closing cannot wait", "requires: [status]", "requires: [status]\n    catch_up: {unit: same_day, of: case.created, kind: mål, source: x}", "effect close cannot wait"),
    ("nothing to be overdue", "requires: [henvendelse]\n    gate: true", "requires: [henvendelse]\n    overdue: {escalate: []}", "no deadline to be overdue"),
    ("unknown escalation", "requires: [status]", "requires: [status]\n    overdue: {escalate: [{after: {amount: 1, unit: hours}, to: boss}]}", "is not one of"),
    ("no deadline to move", "requires: [henvendelse]\n    gate: true", "requires: [henvendelse]\n    may_extend: [leader]", "no deadline to move"),
    ("moving what the law sets", "deadline:\n      amount: 5\n      unit: working_days\n      of: health_disclosed\n      kind: snarest_muligt", "may_extend: [leader]\n    deadline:\n      amount: 5\n      unit: working_days\n      of: health_disclosed\n      kind: lovfrist", "the law's: nobody here moves it"),
    ("unknown mover", "requires: [handlinger]", "requires: [handlinger]\n    may_extend: [boss]", "is not one of"),
    ("handing over a shared step", "party: each", "party: each\n    transferable: true", "cannot be handed over"),
    ("repeating the end", "requires: [status]", "requires: [status]\n    repeat: {limit: 2}", "effect close happens once"),
    ("a repetition of one", "requires: [handlinger]", "requires: [handlinger]\n    repeat: {limit: 1}", "less than the minimum"),
    ("a gate on demand", "gate: true", "gate: true\n    discretionary: true", "a gate belongs to every case"),
    ("a condition on the step itself", "when: [health_disclosed]", "when: [step.orientering]", "no such event as 'step.orientering'"),
    ("answers that exclude each other", "when: [health_disclosed]", "when: [step.triage.accept, step.triage.reject]", "can never apply: it needs step triage"),
    ("counting from what waits for it", "of: step.triage.accept", "of: step.luk.moved", "no such event"),
    ("counting from what comes after it", "deadline:\n      amount: 2\n      unit: working_days\n      of: case.created", "deadline:\n      amount: 2\n      unit: working_days\n      of: step.moede", "waits for this very step"),
    ("the card's event is known to all", "name: PSP-henvendelse\n", "name: PSP-henvendelse\nevents: [{id: meeting, text: x}]\n", "known to every card already"),
    ("the card's event never happens", "name: PSP-henvendelse\n", "name: PSP-henvendelse\nevents: [{id: moved, text: x}]\n", "no indicator of network psp raises 'moved'"),
    ("a choice without choices", "label: Referat, type: text", "label: Referat, type: choice", "'choices' is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), [pytest.param(*rest, id=name) for name, *rest in BREAKS])
def test_each_kind_of_error_has_its_line_and_its_reason(policies, old, new, told):
    # What is missing is told where it should be, at the entry around it; what was added, at its own line
    line = policies.edit(CARD, old, new)
    last = line + new.strip().count("\n")
    errors = policies.errors()
    assert any(file == CARD and told in message and line - 1 <= at <= last for file, at, message in errors), (
        errors
    )


def test_the_line_of_an_error_is_exact(policies):
    first = policies.edit(CARD, "of: step.ansvarlig\n", "of: step.nobody\n")
    second = policies.edit(CARD, "when: [health_disclosed]", "when: [child_involved, x]")
    errors = policies.errors()
    assert [(file, line) for file, line, _ in errors] == [(CARD, first), (CARD, second)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("      source: Egen frist, på mødet\n", "", "steps[6].deadline: 'source' is missing"),
        ("      kind: snarest_muligt\n", "", "steps[8].deadline: 'kind' is missing"),
        ("    party: psykiatri\n", "", "steps[8]: 'party' is missing"),
        (
            "kind: SKAL\n    party: psykiatri",
            "kind: MILEPÆL\n    party: psykiatri",
            "steps[8]: 'party' will not do: a milestone is no work",
        ),
    ],
)
def test_what_is_missing_or_too_much_is_told_at_the_entry_around_it(policies, old, new, told):
    policies.edit(CARD, old, new)
    assert any(message.startswith(told) for _, _, message in policies.errors())


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


def test_nobody_is_responsible_on_a_card_that_appoints_nobody(policies):
    policies.edit(CARD, "    effect: appoint\n", "")
    assert [message for _, _, message in policies.errors() if "nobody would ever be responsible" in message]


def test_an_indicator_raises_only_what_the_card_knows(policies):
    line = policies.edit(NETWORK, "{id: klager,", "{id: klager, event: complained,")
    assert policies.only_error() == (
        NETWORK,
        line,
        "indicators[7].event: card psp-henvendelse knows no event 'complained'; it knows child_involved",
    )


FULL = """
  - key: alle_med
    number: 60
    title: Alle har svaret
    kind: MILEPÆL
    requires: [svar]
  - key: tilsyn
    number: 61
    title: Tilsyn
    kind: KAN
    party: [politi, kommune]
    role: Kontaktperson
    requires: [alle_med]
    when: [step.triage.accept, moved]
    discretionary: true
    repeat: {limit: 6}
    target: {amount: 24, unit: hours, of: step.alle_med, kind: mål, source: Aftalt}
    deadline: {unit: date, on: {working_day: 5}, of: step.alle_med, kind: egen_frist, source: Aftalt}
    catch_up: {amount: 2, unit: calendar_days, of: case.created, kind: egen_frist, source: Aftalt}
    may_extend: [coordinator, leader]
    may_suspend: [party]
    overdue:
      reminder_before: {amount: 4, unit: hours}
      escalate:
        - {after: {amount: 0, unit: hours}, to: deputy}
        - {after: {amount: 1, unit: working_days}, to: leader}
    basis: Aftalen
"""


def test_all_that_a_card_can_say_is_read(policies):
    policies.edit(NETWORK, "{id: klager,", "{id: klager, event: moved,")
    policies.edit(
        CARD,
        "name: PSP-henvendelse\n",
        "name: PSP-henvendelse\nevents: [{id: moved, text: borgeren er flyttet}]\n",
    )
    path = policies.directory / CARD
    path.write_text(path.read_text("utf-8") + FULL, "utf-8")
    card = policies.load().cards["psp-henvendelse"]
    step = card.step("tilsyn")
    assert (step.party, step.each_of, step.discretionary, step.repeat_limit) == (
        "each",
        ("politi", "kommune"),
        True,
        6,
    )
    assert (step.may_extend, step.may_suspend) == ((Mover.COORDINATOR, Mover.LEADER), (Mover.PARTY,))
    assert step.deadline.on == DayOfYear(month=None, day=None, working_day=5)
    assert step.target.amount == 24
    assert (step.deadline_in(acute=True), step.deadline_in(acute=False)) == (step.catch_up, step.deadline)
    own = card.overdue_of(step, acute=False)
    assert own.reminder_before == Span(4, SpanUnit.HOURS)
    assert [level.to for level in own.escalate] == [EscalateTo.DEPUTY, EscalateTo.LEADER]
    assert card.step("alle_med").kind is StepKind.MILESTONE
    assert card.overdue_of(card.step("svar"), acute=False).reminder_before == Span(1, SpanUnit.WORKING_DAYS)
