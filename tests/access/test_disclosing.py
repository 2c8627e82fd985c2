"""What may be given to another authority: every attribute of it alone is enough to refuse it, and no other ground can be made."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest

from casehub.access.actions import Action
from casehub.access.disclosing import Asked, Ground, Party, Unlawful
from casehub.access.policies import Policies
from casehub.access.resources import ConsentResource, DisclosureResource
from casehub.definitions.loading import load_definitions
from tests.access.situations import CASES, OTHER, OWN, PEOPLE, Situation, reads

POLICIES = Path(__file__).parents[2] / "policies"
HERE = Situation("open", "unit", assigned=False, coordinated_here=True)


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies(POLICIES / "access")


def test_it_may_be_given_by_those_who_may_write_in_the_case_and_only_lawfully(policies: Policies):
    each = tuple(product(CASES[::9], (OWN, OTHER), ("allowed", "forbidden", "unknown"), *[(True, False)] * 4))
    given = [
        DisclosureResource(UUID(int=number), case.case(), giver, OTHER, *rest)
        for number, (case, giver, *rest) in enumerate(each)
    ]
    for person in PEOPLE:
        expected = [
            one.giver == OWN and one.purpose == "allowed" and one.lawful and one.consented
            and one.giver_agreed and one.recipient_agreed
            and case.state in {"referred", "open"} and reads(person, case)
            for one, (case, *_) in zip(given, each, strict=True)
        ]  # fmt: skip
        decided = policies.decide_each(person.actor(), Action.DISCLOSURE_MAKE, given)
        assert [one.allowed for one in decided] == expected, person


def test_a_consent_is_withdrawn_by_those_it_names_who_may_read_the_case(policies: Policies):
    each = tuple(product(CASES[::3], ((OWN, OTHER), (OTHER,))))
    named = [
        ConsentResource(UUID(int=number), case.case(), frozenset(authorities))
        for number, (case, authorities) in enumerate(each)
    ]
    for person in PEOPLE:
        decided = policies.decide_each(person.actor(), Action.CONSENT_WITHDRAW, named)
        expected = [OWN in authorities and reads(person, case) for case, authorities in each]
        assert [one.allowed for one in decided] == expected, person


def asked(**changed: object) -> Asked:
    """Psychiatry gives the police health information under the health act."""
    about: dict[str, object] = {
        "case": HERE.case(),
        "network": load_definitions(POLICIES).networks["psp"],
        "giver": Party("psykiatri-midt", "psykiatri"),
        "recipient": Party("mvj-politi", "politi"),
        "basis": "sundhedslov-43-2-2",
        "purpose": "forebyggelse",
        "information": ("helbred",),
        "prompted": "",
        "consents": (),
        "agreed": frozenset({"psykiatri-midt", "mvj-politi"}),
        "now": datetime(2026, 11, 24, tzinfo=UTC),
    }
    return Asked.new(**{**about, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": "efterforskning"},
        {"purpose": "noget"},
        {"basis": "retsplejelov-115-2"},  # not health information of psychiatry's
        {"basis": "retsplejelov-115-1-2"},  # the police's alone
        {"basis": "noget"},
        {"basis": "samtykke"},
        {"information": ("helbred", "strafbare")},
        {"information": ()},
        {"information": ("noget",)},
        {"recipient": Party("noget", "noget")},
        {"agreed": frozenset({"psykiatri-midt"})},
        {"agreed": frozenset({"mvj-politi"})},
    ],
)
def test_what_the_file_does_not_allow_cannot_be_made(changed: dict[str, object]):
    lawful = asked()
    assert lawful.ground().basis.id == "sundhedslov-43-2-2"
    unlawful = asked(**changed)
    with pytest.raises(Unlawful):
        unlawful.ground()
    with pytest.raises(Unlawful):
        replace(lawful.ground(), asked=unlawful)
    with pytest.raises(Unlawful):
        Ground(unlawful, lawful.ground().basis, lawful.ground().purpose, None)
