"""Risk checklists: thresholds that rise and can be reached, and a level that judgement can raise and cannot lower."""

import pytest

from casehub.definitions.loading import load_definitions
from casehub.definitions.risk import Judgement
from tests.definitions.definition_files import NETWORK, POLICIES

RISK = "risk/psp-kendetegn.yaml"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("from: 0}", "from: 1}", "levels[0].from: the lowest level must be from 0"),
        ("from: 6}", "from: 3}", "levels[2].from: must be more than the 3 of the level before it"),
        ("from: 6}", "from: 60}", "levels[2].from: cannot be reached: all items together are 12 points"),
        ("{id: truende,", "{id: fare,", "items[2].id: 'fare' is taken by an earlier entry"),
    ],
)
def test_what_contradicts_itself_is_told_with_its_line(policies, old, new, message):
    line = policies.edit(RISK, old, new)
    file, at, told = policies.only_error()
    assert (file, told) == (RISK, message)
    assert at == line or "taken" in message


def test_a_licensed_tool_has_nothing_to_count(policies):
    line = policies.edit("risk/sara.yaml", "text: Middel}", "text: Middel, from: 3}")
    told = "levels[1].from: there are no items to count: leave it out, or add items"
    assert policies.only_error() == ("risk/sara.yaml", line, told)


def test_a_network_names_checklists_that_are_there(policies):
    line = policies.edit(NETWORK, "risk: [psp-kendetegn]", "risk: [psp-tegn]")
    assert policies.only_error() == (NETWORK, line, "risk[0]: there is no checklist 'psp-tegn' in risk/")


def test_judgement_raises_and_never_lowers_whatever_the_answers():
    for checklist in load_definitions(POLICIES).checklists.values():
        for count in range(len(checklist.items) + 1):
            present = [item.id for item in checklist.items[:count]]
            computed = checklist.computed(present)
            assert checklist.judged(present, None) == computed
            for steps in range(1, 9):
                judged = checklist.judged(present, Judgement(steps, "Hun er lige flyttet."))
                assert judged == min(computed + steps, len(checklist.levels) - 1) >= computed


@pytest.mark.parametrize(("steps", "reason"), [(0, "Fordi."), (-1, "Fordi."), (1, " ")])
def test_a_judgement_that_lowers_or_says_nothing_cannot_be_made(steps, reason):
    with pytest.raises(ValueError, match="raises"):
        Judgement(steps, reason)
