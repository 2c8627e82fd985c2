"""A decision by Cedar by itself, against one of a batch of 50 about the same kind of thing."""

from collections.abc import Iterator

from parts.cases import REFERRER
from parts.measuring import Figure, compare

from casehub.access.actions import Action
from casehub.access.resources import CaseResource
from casehub.model import new_id
from tests.house import House

BATCH = 50


def figures(house: House) -> Iterator[Figure]:
    """May this contact read the case."""
    actor, policies = house.actor(REFERRER), house.runtime.policies
    cases = [
        CaseResource(
            id=new_id(), network="psp", state="open", authorities=frozenset({actor.authority, "herning-kommune"}),
            participant_keys=frozenset({f"psp/{actor.unit}", "psp/herning-kommune/social"}),
            coordinator_key="psp/mvj-politi/sekretariat", assigned=frozenset(),
        )
        for _ in range(BATCH)
    ]  # fmt: skip
    yield compare(
        "decide about one case",
        lambda: policies.decide(actor, Action.CASE_READ, cases[0]),
        f"one of {BATCH} decided together",
        lambda: policies.decide_each(actor, Action.CASE_READ, cases),
        bare_each=BATCH,
    )
