"""What a decision says and how it refuses. Who may do what, for every role, action and state: `tests/proof/test_policies.py`."""

from pathlib import Path
from shutil import copytree
from uuid import UUID

import pytest

from casehub.access.actions import Action
from casehub.access.actor import Contact, Function, Role
from casehub.access.policies import Policies
from casehub.access.resources import (
    AuthorityResource,
    CaseResource,
    StepResource,
)
from tests.access.situations import (
    CASES,
    ME,
    OTHER,
    OWN,
    PEOPLE,
    Person,
    Situation,
)

POLICIES = Path(__file__).parents[2] / "policies" / "access"
AUTHORITIES = (AuthorityResource(OWN, "politi"), AuthorityResource(OTHER, "kommune"))
CONTACT = Person(Role.STAFF, "contact").actor()
COORDINATOR = Person(Role.STAFF, "coordinator").actor()
SHARED = Situation("open", "unit", assigned=False, coordinated_here=True)


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies(POLICIES)


def test_a_case_that_is_not_there_and_a_step_of_it_are_refused_for_everyone(policies: Policies) -> None:
    unknown = CaseResource.unknown(UUID(int=9))
    step = StepResource(UUID(int=8), unknown, "ready", "", OWN, by_coordinator=False)
    for actor in (person.actor() for person in PEOPLE):
        asked = [(actor, action, resource) for action in Action for resource in (unknown, step)]
        assert not any(decision.allowed for decision in policies.decide_all(asked))


def test_the_unknown_is_refused_in_the_same_words_as_what_another_authority_has(policies: Policies) -> None:
    foreign = Situation("open", "none", assigned=False, coordinated_here=False).case()
    assert policies.decide(CONTACT, Action.CASE_READ, foreign) == policies.decide(
        CONTACT, Action.CASE_READ, CaseResource.unknown(UUID(int=9))
    )


def test_a_permission_names_the_policy_and_the_version(policies: Policies) -> None:
    decision = policies.decide(CONTACT, Action.CASE_READ, SHARED.case())
    assert (decision.allowed, decision.policies, decision.errors) == (True, ("case-read-contact",), ())
    assert decision.version == policies.version
    assert policies.why["case-read-contact"] == "Personen er kontakt for en enhed, der deltager i sagen."


def test_a_refusal_names_the_forbids(policies: Policies) -> None:
    reviewer = Person(Role.REVIEWER, "contact").actor()
    assert policies.decide(reviewer, Action.CASE_READ, SHARED.case()).policies == ("case-reviewer-forbidden",)


def test_a_refusal_because_nothing_permits_names_nothing(policies: Policies) -> None:
    colleagues_only = Situation("open", "colleagues", assigned=False, coordinated_here=False)
    decision = policies.decide(CONTACT, Action.CASE_READ, colleagues_only.case())
    assert (decision.allowed, decision.policies) == (False, ())


@pytest.mark.parametrize("state", ["archived", "OPEN", "open "])
def test_a_state_the_schema_does_not_know_is_refused_and_takes_no_other_with_it(
    policies: Policies, state: str
) -> None:
    retired = Situation(state, "unit", assigned=True, coordinated_here=True).case()
    decisions = policies.decide_each(CONTACT, Action.CASE_READ, [SHARED.case(), retired, SHARED.case()])
    assert [decision.allowed for decision in decisions] == [True, False, True]
    assert decisions[1].errors


def test_two_different_cases_under_one_id_are_each_judged_by_their_own_facts(policies: Policies) -> None:
    shared = SHARED.case()
    decisions = policies.decide_each(CONTACT, Action.CASE_READ, [CaseResource.unknown(shared.id), shared])
    assert [decision.allowed for decision in decisions] == [False, True]


def test_an_action_that_does_not_fit_the_resource_is_refused_with_its_error(policies: Policies) -> None:
    decision = policies.decide(CONTACT, Action.CASE_READ, AUTHORITIES[0])
    assert not decision.allowed
    assert "not valid" in decision.errors[0]


def test_no_resources_no_decisions(policies: Policies) -> None:
    assert policies.decide_each(CONTACT, Action.CASE_READ, []) == []


def test_a_network_with_a_slash_cannot_imitate_another_duty() -> None:
    with pytest.raises(ValueError, match="slash"):
        Contact("psp/mvj-politi", "holstebro", Function.CONTACT)


def extended(tmp_path: Path, policy: str) -> Policies:
    """The policies with one more, as a careless change would leave them."""
    directory = Path(copytree(POLICIES, tmp_path / "access"))
    (directory / "careless.cedar").write_text(policy, encoding="utf-8")
    return Policies(directory)


ALLOW_ALL = '@id("careless") @why("Alt er tilladt.") permit (principal, action, resource);'


@pytest.mark.parametrize("effect", ["permit", "forbid"])
def test_a_policy_that_fails_refuses_everything_it_touches(tmp_path: Path, effect: str) -> None:
    failing = extended(
        tmp_path,
        f'@id("overflow") @why("Regnefejl.") {effect} (principal, action, resource is Case)'
        " when { 9223372036854775807 + 1 == 1 };",
    )
    decision = failing.decide(CONTACT, Action.CASE_READ, SHARED.case())
    assert (decision.allowed, decision.policies) == (False, ())
    assert "overflow" in decision.errors[0]


def test_whoever_may_change_a_case_may_read_it(policies: Policies) -> None:
    changes = (
        Action.CASE_TRIAGE,
        Action.CASE_SHARE,
        Action.CASE_MOVE,
        Action.CASE_CLOSE,
        Action.CASE_RENEW_CARD,
        Action.CASE_NOTE_ANSWER,
        Action.ITEM_WRITE,
        Action.DISCLOSURE_RECORD,
    )
    resources = [case.case() for case in CASES[::5]]
    for actor in (person.actor() for person in PEOPLE):
        readable = [each.allowed for each in policies.decide_each(actor, Action.CASE_READ, resources)]
        for action in changes:
            changed = [each.allowed for each in policies.decide_each(actor, action, resources)]
            assert all(may_read for may_read, may_change in zip(readable, changed, strict=True) if may_change)


def test_an_assignment_of_a_colleague_gives_nothing(policies: Policies) -> None:
    case = Situation("open", "colleagues", assigned=False, coordinated_here=False).case()
    assert ME not in case.assigned
    assert not policies.decide(CONTACT, Action.CASE_READ, case).allowed
