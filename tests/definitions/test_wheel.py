"""Forums and obligations that do not hold are told with file and line."""

import pytest

PLAN = "obligations/samarbejdsplan.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (PLAN, "calendar: dansk", "calendar: svensk", "there is no calendar 'svensk'"),
        (PLAN, "requires: [udkast]}\n  - {key: hoering-l", "requires: [intet]}\n  - {key: hoering-l", "there is no task 'intet'"),
        (PLAN, "requires: [ikraft]", "requires: [handlingsplan]", "it can never be done in time"),
        (PLAN, "kind: SKAL, forum: kredsraad, month: 9", "kind: SKAL, forum: tinget, month: 9", "there is no forum 'tinget'"),
        (PLAN, "month: 9, day: 30", "month: 13, day: 30", "a month is from 1 to 12"),
        ("obligations/vaertshuskontrol.yaml", "unit_kind: lokalstation", "unit_kind: fyrtaarn", "no politi has a unit of kind 'fyrtaarn'"),
        ("obligations/beredskab.yaml", "unit_kind: lokalstation", "unit_kind: fyrtaarn", "no politi has a unit of kind 'fyrtaarn'"),
        ("networks/aeresrelateret.yaml", "unit_kind: lokalstation, one_per: unit", "unit_kind: sekretariat, one_per: unit", "takes part in the network"),
        ("networks/radikalisering.yaml", "one_per: kommune", "one_per: region", "one per unit or one per kommune"),
        ("obligations/miljoe.yaml", "reported_to: kontaktudvalg", "reported_to: ting", "there is no forum 'ting'"),
        ("forums/kredsraad.yaml", "authority: skive-kommune", "authority: oslo", "no kommune unit of kind 'socialforvaltning' fills this seat"),
        ("forums/kontaktudvalg.yaml", "minutes_approved_by: [chair]", "minutes_approved_by: [vice_chair]", "has no vice_chair"),
        ("forums/kontaktudvalg.yaml", "id: kontaktudvalg", "id: udvalg", "must be the same"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_told_at_its_line(policies, file, old, new, told):
    line = policies.edit(file, old, new)
    errors = policies.errors()
    assert any(found == file and told in message and abs(at - line) <= 1 for found, at, message in errors), (
        errors
    )
