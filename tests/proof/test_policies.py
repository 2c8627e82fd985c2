"""The policies against an oracle that was not written from them, and against policies with one thing wrong in them."""

from collections.abc import Sequence
from itertools import product
from random import Random

import cedarpy

from casehub.access.actions import Action
from casehub.access.policies import Policies
from casehub.access.policy_sets import concerning, policy_set
from tests.access.asking import (
    FILES,
    FORBIDS,
    PERMITS,
    POLICIES,
    SHAPE,
    WHOLE,
    Asked,
    actions_on,
    asked_of,
    differences,
)
from tests.access.mutants import Mutant, mutants
from tests.access.oracle import table
from tests.proof.conftest import Proof

SEED = 20261123
KILLED, KILLED_BY_FEW = 0.95, 0.8  # by the whole oracle, and by the few situations of a small run


def test_the_rules_know_every_type_and_every_action() -> None:
    """Every question there is has somebody who may and somebody who may not."""
    kinds = {kind.entity: kind for kind in table(2000)}
    for action, types in SHAPE.asked.items():
        for kind in (kinds[entity] for entity in types):
            everything = product(kind.people, kind.situations)
            answers = (kind.allowed(person, Action(action), situation) for person, situation in everything)
            assert True in answers, (action, kind.entity)
            assert False in answers, (action, kind.entity)


def test_matrix(proof: Proof) -> None:
    """Role, authority, action, state and participation: what the policies decide, against rules not written from them."""
    policies = Policies(POLICIES)
    tried = 0
    for kind in table(proof.size(small=4, full=100_000)):
        resources = [each.resource() for each in kind.situations]
        for person in kind.people:
            actor = person.actor()
            asked = [
                (action, number) for action in actions_on(kind.entity) for number in range(len(resources))
            ]
            decisions = policies.decide_all([(actor, action, resources[number]) for action, number in asked])
            for (action, number), decision in zip(asked, decisions, strict=True):
                expected = kind.allowed(person, action, kind.situations[number])
                assert decision.allowed is expected, (person, action, kind.situations[number], decision)
            tried += len(asked)
    proof.figure("decisions, each as the rules say", tried)


def test_both_locks(proof: Proof) -> None:
    """The forbids when a careless policy permits everything, and the permits when every forbid is lost."""
    tried = 0
    for asked in asked_of(proof.size(small=4, full=200)):
        for action in asked.actions:
            for lock in (FORBIDS, PERMITS):
                assert list(differences(asked, action, FILES.trees, lock)) == [], action
                tried += len(asked.kind.people) * len(asked.kind.situations)
    proof.figure("decisions, each as the rules say", tried)


def test_mutants(proof: Proof) -> None:
    """Policies with one thing wrong: each removed or turned, each part of a condition dropped, negated or joined otherwise."""
    every = list(mutants(FILES.trees))
    some = every if proof.full else Random(SEED).sample(every, 25)
    asked = asked_of(proof.size(small=10, full=100))
    survivors = [each for each in some if not _killed(each, asked)]
    proof.figure("policies", len(FILES.trees))
    proof.figure("mutants", len(some))
    proof.figure("killed by the oracle", f"{100 * (len(some) - len(survivors)) / len(some):.1f} %")
    for each in survivors:
        print(f"  alive: {each.name}, {each.what}")
    least = KILLED if proof.full else KILLED_BY_FEW
    assert len(survivors) <= len(some) * (1 - least), [(each.name, each.what) for each in survivors]


def _killed(mutant: Mutant, asked: Sequence[Asked]) -> bool:
    """Whether one of the locks answers otherwise than it must, or the start would refuse the set."""
    there = {mutant.name: FILES.trees[mutant.name]}
    for each in asked:
        for action in each.actions:
            if list(concerning(there, action, each.kind.entity)):
                for lock in (WHOLE, FORBIDS, PERMITS):
                    if next(differences(each, action, mutant.trees, lock), None):
                        return True
    text = str(policy_set([mutant.trees[mutant.name]])) if mutant.name in mutant.trees else ""
    return not cedarpy.validate_policies(text, FILES.schema).validation_passed
