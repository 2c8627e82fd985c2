"""The whole matrix of decisions against the domain's rules, and what must hold whatever is added to the policies."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from shutil import copytree
from uuid import UUID

import pytest

from casehub.access.actions import Action
from casehub.access.actor import Contact, Function, Role, system_actor
from casehub.access.policies import Policies
from casehub.access.resources import (
    ApprovalResource,
    AuthorityResource,
    CaseResource,
    DecisionResource,
    EmployeeResource,
    ExclusionResource,
    ForumResource,
    MeetingResource,
    PostResource,
    Resource,
    StepResource,
)
from tests.access.situations import (
    APPROVALS,
    CASES,
    FOREIGN,
    ITEMS,
    ME,
    OTHER,
    OTHERS,
    OWN,
    PEOPLE,
    PEOPLE_AND_ASSIGNED,
    REVIEWS,
    SECRETARIAT,
    SOMEONE,
    STAFF,
    STEPS,
    UNIT,
    Person,
    Situation,
    is_tovholder,
    leads_or_coordinates,
    may_on_approval,
    may_on_authority,
    may_on_case,
    may_on_item,
    may_on_review,
    may_on_step,
)

POLICIES = Path(__file__).parents[2] / "policies" / "access"
AUTHORITIES = (AuthorityResource(OWN, "politi"), AuthorityResource(OTHER, "kommune"))
CONTACT = Person(Role.STAFF, "contact").actor()
COORDINATOR = Person(Role.STAFF, "coordinator").actor()
SHARED = Situation("open", "unit", assigned=False, coordinated_here=True)


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies(POLICIES)


def differences(
    policies: Policies,
    situations: Sequence[object],
    resources: Sequence[Resource],
    oracle: Callable[[Person, Action, object], bool],
    people: Sequence[Person] = PEOPLE,
) -> list[str]:
    """Every (person, action, situation) where Cedar and the rules disagree, in words."""
    found = []
    for person in people:
        actor = person.actor()
        for action in Action:
            # an action that does not fit the kind of resource is refused before any policy: a few show it
            fits = not policies.decide(actor, action, resources[0]).errors
            some = slice(None) if fits else slice(4)
            decisions = policies.decide_each(actor, action, resources[some])
            found += [
                f"{person} {action} {situation}: Cedar says {decision.allowed} {decision.policies}"
                for situation, decision in zip(situations[some], decisions, strict=True)
                if decision.allowed is not oracle(person, action, situation)
            ]
    return found


def test_cases_are_decided_as_the_rules_say(policies: Policies) -> None:
    assert differences(policies, CASES, [each.case() for each in CASES], may_on_case) == []


def test_steps_are_decided_as_the_rules_say(policies: Policies) -> None:
    assert differences(policies, STEPS, [each.resource() for each in STEPS], may_on_step) == []


def test_items_are_decided_as_the_rules_say(policies: Policies) -> None:
    assert differences(policies, ITEMS, [each.resource() for each in ITEMS], may_on_item) == []


def test_approvals_are_decided_as_the_rules_say(policies: Policies) -> None:
    resources = [each.resource() for each in APPROVALS]
    assert differences(policies, APPROVALS, resources, may_on_approval, PEOPLE_AND_ASSIGNED) == []


def test_who_erased_a_case_may_read_that_and_nothing_else(policies: Policies) -> None:
    cases = [replace(case.case(), erased_by=frozenset({OWN})) for case in CASES[::7]]
    items = [
        replace(item.resource(), case=replace(item.case.case(), erased_by=frozenset({OWN})))
        for item in ITEMS[::7]
    ]
    asked = [ApprovalResource(ME, OWN, "erase_case", SOMEONE, case) for case in cases[:20]]
    for person in PEOPLE:
        for action in set(Action) - {Action.CASE_READ}:
            assert not any(each.allowed for each in policies.decide_each(person.actor(), action, cases))
            assert not any(each.allowed for each in policies.decide_each(person.actor(), action, items))
        for one in asked:
            assert not policies.decide(person.actor(), Action.APPROVAL_ASK, one).allowed
    elsewhere = replace(SHARED.case(), erased_by=frozenset({OTHER}))
    assert policies.decide(CONTACT, Action.CASE_LIST, elsewhere).allowed


def test_who_is_barred_from_a_case_may_nothing_in_it(policies: Policies) -> None:
    cases = [replace(case.case(), excluded=frozenset({ME, SOMEONE})) for case in CASES[::29]]
    items = [
        replace(item.resource(), case=replace(item.case.case(), excluded=frozenset({ME})))
        for item in ITEMS[::79]
    ]
    steps = [
        replace(step.resource(), case=replace(step.case.case(), excluded=frozenset({ME})))
        for step in STEPS[::179]
    ]
    asked = [ApprovalResource(ME, OWN, kind, ME, cases[0]) for kind in ("erase_case", "access_report")]
    given = [DecisionResource(UUID(int=7), case, OWN) for case in cases]
    exclusions = [ExclusionResource(UUID(int=8), case, SOMEONE, OWN) for case in cases]
    for person, action in product(STAFF, Action):
        for resources in (cases, items, steps, asked, given, exclusions):
            decisions = policies.decide_each(person.actor(), action, resources)
            assert not any(decision.allowed for decision in decisions), (person, action)
    another = replace(SHARED.case(), excluded=frozenset({SOMEONE}))
    assert policies.decide(CONTACT, Action.CASE_LIST, another).allowed


def test_exclusions_are_decided_as_the_rules_say(policies: Policies) -> None:
    """By a tovholder or leader of a unit in the case of their own people, by the case's tovholder of anyone; never of oneself."""
    for person, case, staff, authority in product(PEOPLE, CASES[::7], (ME, SOMEONE), (OWN, OTHER)):
        exclusion = ExclusionResource(UUID(int=7), case.case(), staff, authority)
        may = is_tovholder(person, case) or (authority == OWN and leads_or_coordinates(person, case))
        expected = may_on_case(person, Action.CASE_READ, case) and may and staff != ME
        for action in (Action.CASE_EXCLUDE, Action.CASE_READ, Action.ITEM_READ):
            allowed = policies.decide(person.actor(), action, exclusion).allowed
            assert allowed is (expected and action is Action.CASE_EXCLUDE), (person, action, case)


def test_reviews_are_decided_as_the_rules_say(policies: Policies) -> None:
    assert differences(policies, REVIEWS, [each.resource() for each in REVIEWS], may_on_review) == []


def test_meetings_are_decided_as_the_rules_say(policies: Policies) -> None:
    """Who is invited sees it and confirms; the tovholder of the unit that calls it calls, sees and runs it; nobody else."""
    for person, host, unit, invited in product(PEOPLE, (OWN, OTHER), (SECRETARIAT, FOREIGN), (True, False)):
        meeting = MeetingResource(
            UUID(int=7), host, f"psp/{unit}", frozenset({ME, SOMEONE} if invited else {SOMEONE})
        )
        staff = person.role is Role.STAFF
        runs = staff and person.duty == "coordinator" and (host, unit) == (OWN, SECRETARIAT)
        expected = {
            Action.MEETING_READ: runs or (staff and invited),
            Action.MEETING_CONFIRM: staff and invited,
            Action.MEETING_CALL: runs,
            Action.MEETING_RUN: runs,
        }
        for action in (*expected, Action.CASE_READ, Action.DECISION_COMPLETE):
            allowed = policies.decide(person.actor(), action, meeting).allowed
            assert allowed is expected.get(action, False), (person, action, host, unit, invited)


def test_forums_are_decided_by_the_seat_of_ones_unit_and_nobody_approves_what_they_wrote(
    policies: Policies,
) -> None:
    for person, seat, writer in product(
        PEOPLE, ("none", "member", "secretary", "approver"), (None, ME, SOMEONE)
    ):
        forum = ForumResource(
            "lokalraad-0657",
            frozenset({FOREIGN} if seat == "none" else {FOREIGN, UNIT}),
            UNIT if seat == "secretary" else FOREIGN,
            frozenset({UNIT if seat == "approver" else FOREIGN}),
            writer,
        )
        staff = person.role is Role.STAFF
        expected = {
            Action.FORUM_READ: staff and seat != "none",
            Action.FORUM_READ_DRAFT: staff and seat in {"secretary", "approver"},
            Action.FORUM_WRITE: staff and seat == "secretary",
            Action.FORUM_APPROVE: staff and seat == "approver" and writer != ME,
        }
        for action, right in expected.items():
            allowed = policies.decide(person.actor(), action, forum).allowed
            assert allowed is right, (person, action, seat, writer)


def test_contacts_are_kept_by_the_authoritys_coordinators_and_nobody_keeps_their_own(
    policies: Policies,
) -> None:
    people = (*PEOPLE, *(replace(person, keeps_contacts=True) for person in PEOPLE))
    for person, owner, partners, whose in product(people, (OWN, OTHER), ((), (OWN,)), (None, ME, SOMEONE)):
        post = PostResource(f"psp/{UNIT}", owner, frozenset(partners), whose)
        staff = person.role is Role.STAFF
        keeps = staff and person.keeps_contacts and owner == OWN
        assert allows(policies, person, Action.CONTACTS_READ, post) is (staff and OWN in {owner, *partners})
        assert allows(policies, person, Action.CONTACTS_WRITE, post) is (keeps and whose != ME)
        if whose:
            employee = EmployeeResource(whose, owner)
            own = staff and whose == ME and owner == OWN
            assert allows(policies, person, Action.ABSENCE_WRITE, employee) is (keeps or own)
            administers = person.role is Role.ADMINISTRATOR and owner == OWN
            assert allows(policies, person, Action.STAFF_APPOINT, employee) is administers
            assert allows(policies, person, Action.STAFF_RETIRE, employee) is (administers and whose != ME)


def allows(policies: Policies, person: Person, action: Action, resource: Resource) -> bool:
    return policies.decide(person.actor(), action, resource).allowed


def test_who_is_away_reaches_no_case_whatever_they_had(policies: Policies) -> None:
    items = [each.resource() for each in ITEMS[::7]]
    resources = (
        *(each.case() for each in CASES), *(each.resource() for each in STEPS[::7]), *items,
        *(DecisionResource(UUID(int=7), each.case(), OWN) for each in CASES[::7]),
    )  # fmt: skip
    for person in PEOPLE_AND_ASSIGNED:
        away = replace(person.actor(), absent=True)
        for action in Action:
            assert not any(each.allowed for each in policies.decide_each(away, action, resources[:40]))
        assert not policies.decide(away, Action.CASE_CREATE, AUTHORITIES[0]).allowed
    for action in (Action.CASE_READ, Action.ITEM_READ, Action.STEP_COMPLETE, Action.DECISION_COMPLETE):
        away = replace(CONTACT, absent=True)
        assert not any(policies.decide(away, action, each).allowed for each in resources)


def test_tasks_from_meetings_are_completed_by_who_may_read_the_case_at_their_owner(
    policies: Policies,
) -> None:
    for person, case, owner in product(PEOPLE, CASES[::7], (OWN, OTHER)):
        task = DecisionResource(UUID(int=7), case.case(), owner)
        expected = may_on_case(person, Action.CASE_READ, case) and owner == OWN
        for action in (Action.DECISION_COMPLETE, Action.CASE_READ, Action.MEETING_READ):
            allowed = policies.decide(person.actor(), action, task).allowed
            assert allowed is (expected and action is Action.DECISION_COMPLETE), (person, action, case)


def test_authorities_are_decided_as_the_rules_say(policies: Policies) -> None:
    assert differences(policies, AUTHORITIES, AUTHORITIES, may_on_authority, PEOPLE_AND_ASSIGNED) == []


@pytest.mark.parametrize("action", Action)
def test_a_case_that_is_not_there_is_refused_for_everyone(policies: Policies, action: Action) -> None:
    unknown = CaseResource.unknown(UUID(int=9))
    assert not any(policies.decide(person.actor(), action, unknown).allowed for person in PEOPLE)


def test_a_step_of_a_case_that_is_not_there_is_refused_for_everyone(policies: Policies) -> None:
    step = StepResource(
        UUID(int=8), CaseResource.unknown(UUID(int=9)), "ready", "", OWN, by_coordinator=False
    )
    decisions = [policies.decide(person.actor(), action, step) for person in PEOPLE for action in Action]
    assert not any(decision.allowed for decision in decisions)


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


def test_forbids_hold_when_a_careless_policy_permits_everything(tmp_path: Path) -> None:
    careless = extended(tmp_path, ALLOW_ALL)
    mine = [case for case in CASES if case.taking_part == "secretariat" and case.assigned]
    everything: list[Resource] = [case.case() for case in mine]
    everything += [step.resource() for step in STEPS if step.case in mine and step.responsible == "own"]
    everything += [item.resource() for item in ITEMS if item.case in mine]
    for role in (Role.ADMINISTRATOR, Role.REVIEWER):
        actor = Person(role, "coordinator", has_assignments=True).actor()
        for action in Action:
            assert not any(each.allowed for each in careless.decide_each(actor, action, everything))


def test_the_system_opens_nothing_when_a_careless_policy_permits_everything(tmp_path: Path) -> None:
    careless = extended(tmp_path, ALLOW_ALL)
    system = system_actor(OWN, "politi")
    shared, item, step = SHARED.case(), ITEMS[-1].resource(), STEPS[-1].resource()
    allowed = {
        action
        for action in Action
        for decision in careless.decide_each(system, action, [shared, item, step])
        if decision.allowed
    }
    assert allowed <= {Action.GRANT_ACCEPT, Action.STEP_WATCH_DEADLINE}


def test_another_authoritys_case_stays_shut_when_a_careless_policy_permits_everything(tmp_path: Path) -> None:
    careless = extended(tmp_path, ALLOW_ALL)
    foreign: list[Resource] = [case.case() for case in CASES if case.taking_part == "none"]
    foreign += [step.resource() for step in STEPS if step.case.taking_part == "none"]
    foreign += [item.resource() for item in ITEMS if item.case.taking_part == "none"]
    foreign += [AUTHORITIES[1], CaseResource.unknown(UUID(int=9))]
    for action in Action:
        assert not any(each.allowed for each in careless.decide_each(COORDINATOR, action, foreign))


def test_duties_stay_apart_when_a_careless_policy_permits_everything(tmp_path: Path) -> None:
    careless = extended(tmp_path, ALLOW_ALL)
    case_work = (Action.CASE_CREATE, Action.CASE_SEARCH, Action.CASE_LIST)
    for role in (Role.ADMINISTRATOR, Role.REVIEWER):
        actor = Person(role, "contact").actor()
        assert not any(careless.decide(actor, action, AUTHORITIES[0]).allowed for action in case_work)


def test_permits_keep_duties_apart_also_without_the_forbids(tmp_path: Path) -> None:
    """The two locks are each enough: a forbid that is lost in an edit opens nothing by itself."""
    directory = Path(copytree(POLICIES, tmp_path / "access"))
    for path in directory.glob("*.cedar"):
        policies = re.split(r"(?=^@id)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        path.write_text("".join(each for each in policies if "\nforbid" not in each), encoding="utf-8")
    permits = Policies(directory)
    assert not any(name.endswith("-forbidden") for name in permits.why)
    assert differences(permits, AUTHORITIES, AUTHORITIES, may_on_authority, PEOPLE_AND_ASSIGNED) == []
    cases = [case for case in CASES if case.taking_part == "secretariat" and case.assigned]
    assert differences(permits, cases, [each.case() for each in cases], may_on_case, OTHERS) == []
    steps = [step for step in STEPS if step.case in cases and step.responsible == "own"]
    assert differences(permits, steps, [each.resource() for each in steps], may_on_step, OTHERS) == []
    items = [item for item in ITEMS if item.case in cases]
    assert differences(permits, items, [each.resource() for each in items], may_on_item, OTHERS) == []


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
    resources = [case.case() for case in CASES]
    for actor in (person.actor() for person in PEOPLE):
        readable = [each.allowed for each in policies.decide_each(actor, Action.CASE_READ, resources)]
        for action in changes:
            changed = [each.allowed for each in policies.decide_each(actor, action, resources)]
            assert all(may_read for may_read, may_change in zip(readable, changed, strict=True) if may_change)


def test_an_assignment_of_a_colleague_gives_nothing(policies: Policies) -> None:
    case = Situation("open", "colleagues", assigned=False, coordinated_here=False).case()
    assert ME not in case.assigned
    assert not policies.decide(CONTACT, Action.CASE_READ, case).allowed
