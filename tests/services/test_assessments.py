"""Risk assessments: the version they were begun with, judgement upwards alone, read by those they were given to."""

from uuid import UUID

import pytest

from casehub.definitions.loading import parse_checklist
from casehub.services import assessments
from casehub.services.assessment_views import AssessmentView
from casehub.services.assessments import AssessmentInput
from casehub.services.errors import Conflict, FormRefused, NotFound
from tests.house import House
from tests.services.scenes import KOMMUNE, POLICE, POLICIES, alter, answered, assess, open_case, read

LIST = "psp-kendetegn"


def history(house: House, login: str, case_id: UUID) -> tuple[AssessmentView, ...]:
    with house.work(login) as ctx:
        return assessments.read_assessments(ctx, case_id=case_id).assessments


def test_judgement_raises_the_level_with_a_reason_and_cannot_lower_it(house: House) -> None:
    case_id = open_case(house)
    much = answered("truende", "voldelig", "fare", "boern", "klager")
    for answers, judgement, reason, faults in (
        (much, "middel", "Vi kender ham.", {"judgement"}),
        (much, "hoej", "Det er det.", {"judgement"}),
        (answered("truende"), "hoej", " ", {"reason"}),
        ({"truende": "ja"}, "", "", {f"item-{item}" for item in answered()} - {"item-truende"}),
    ):
        with pytest.raises(FormRefused) as refused:
            assess(house, "politi.herning", case_id, answers, judgement=judgement, reason=reason)
        assert refused.value.errors.keys() == faults
    assess(house, "politi.herning", case_id, answered("truende"))
    house.clock.turn(days=20)
    assess(
        house, "politi.herning", case_id, answered("truende"), judgement="hoej", reason="Han har et våben."
    )
    first, second = history(house, "politi.herning", case_id)
    assert (first.level, first.points, first.computed) == ("Lav", 1, "")
    assert (second.level, second.points, second.computed) == ("Høj", 1, "Lav")
    assert ("Hævet ved fagligt skøn", "Fra Lav. Han har et våben.") in second.lines
    assert (second.on - first.on).days == 20


def test_it_is_read_by_those_it_was_given_to_and_stands_on_their_case_page(house: House) -> None:
    case_id = open_case(house)
    basis = "sundhedslov-43-2-2"
    given = assess(house, "psykiatri.midt", case_id, answered("fare", "voldelig"), [(KOMMUNE, basis)])
    assert [view.level for view in history(house, "kommune.herning", case_id)] == ["Middel"]
    assert [view.level for view in read(house, "kommune.herning", case_id).assessments] == ["Middel"]
    assert history(house, "politi.herning", case_id) == ()
    for login, item in (("kommune.herning", given), ("psykiatri.midt", case_id)):
        with house.work(login) as ctx, pytest.raises(NotFound):
            assessments.read_assessment_disclosure(ctx, case_id=case_id, item_id=item)
    with house.work("psykiatri.midt") as ctx:
        choice = [assessments.ReaderChoice(POLICE, basis)]
        assessments.disclose_assessment(
            ctx,
            case_id=case_id,
            item_id=given,
            readers=choice,
            purpose="samordning",
            necessity="De møder ham.",
        )
    assert [view.own for view in history(house, "politi.herning", case_id)] == [False]


def test_an_assessment_keeps_the_version_it_was_begun_with(house: House) -> None:
    """Also one that is under way: its form carries the version, and a version that never was is refused."""
    case_id = open_case(house)
    path = POLICIES / "risk" / f"{LIST}.yaml"
    older = parse_checklist(path.read_bytes().replace(b"from: 3", b"from: 1"), file=LIST)
    data = AssessmentInput(answered("truende"))
    with house.work("politi.herning") as ctx, pytest.raises(Conflict):
        assessments.write_assessment(
            ctx, case_id=case_id, checklist_id=LIST, version=older.sha256.hex(), data=data
        )
    content = path.read_bytes().replace(b"from: 3", b"from: 1").hex()
    alter(
        house,
        "ALTER TABLE definition_version DISABLE TRIGGER USER",
        f"""INSERT INTO definition_version (sha256, kind, name, content, active, first_used_at, entry_id)
            SELECT '\\x{older.sha256.hex()}', kind, name, '\\x{content}', false, first_used_at, entry_id
            FROM definition_version WHERE kind = 'risk' AND name = '{LIST}'""",
        "ALTER TABLE definition_version ENABLE TRIGGER USER",
    )
    with house.work("politi.herning") as ctx:
        assessments.write_assessment(
            ctx, case_id=case_id, checklist_id=LIST, version=older.sha256.hex(), data=data
        )
    assess(house, "politi.herning", case_id, answered("truende"))
    assert [view.level for view in history(house, "politi.herning", case_id)] == ["Middel", "Lav"]


def test_a_checklist_the_network_does_not_use_is_not_there(house: House) -> None:
    case_id = open_case(house)
    with house.work("politi.herning") as ctx, pytest.raises(NotFound):
        assessments.read_assessment_form(ctx, case_id=case_id, checklist_id="sara")
