"""A KAN step may be recorded as not needed, with a reason that only the own authority reads. PSP has none that waits, so
this card says KAN where it says SKAL.
"""

from dataclasses import replace

import pytest

from casehub.definitions.cards import StepKind
from casehub.services import steps
from casehub.services.errors import Conflict, FormRefused
from tests.house import House
from tests.services.scenes import entries_of, look, open_case, read, rows, step_of

REASON = "Psykiatrien kender ham ikke."


@pytest.fixture
def lenient(house: House) -> House:
    """A house whose card demands no answers."""
    catalogue = house.runtime.catalogue
    for sha, card in catalogue._cards.items():
        kinds = [replace(step, kind=StepKind.MAY) if step.key == "svar" else step for step in card.steps]
        catalogue._cards[sha] = replace(card, steps=tuple(kinds))
    return house


def test_it_is_recorded_with_its_reason_sealed_and_counts_as_answered(lenient: House) -> None:
    case_id = open_case(lenient)
    form = step_of(lenient, "psykiatri.midt", case_id, "svar")

    def skip() -> None:
        with lenient.work("psykiatri.midt") as ctx:
            steps.skip_step(ctx, case_id=case_id, step_id=form.id, version=form.version, reason=REASON)

    [entry] = entries_of(lenient, skip)
    assert (entry["event"], entry["outcome"]) == ("step.skipped", "allowed")
    assert {ref["kind"] for ref in entry["objects"]} == {"case", "step", "evidence"}
    [view] = [view for view in read(lenient, "kommune.herning", case_id).steps if view.id == form.id]
    assert view.state == "not_needed"
    assert REASON not in repr(read(lenient, "kommune.herning", case_id))
    assert REASON.encode() not in b"".join(
        bytes(row[0]) for row in look(lenient, "SELECT sealed FROM item_version")
    )

    with pytest.raises(Conflict, match="Astrid Lyngholm"):
        skip()


def test_it_demands_a_reason_and_the_form_as_it_was(lenient: House) -> None:
    case_id = open_case(lenient)
    form = step_of(lenient, "psykiatri.midt", case_id, "svar")
    before = rows(lenient)
    for reason in ("", "\0", "x" * 1_000_000):
        with lenient.work("psykiatri.midt") as ctx, pytest.raises(FormRefused) as told:
            steps.skip_step(ctx, case_id=case_id, step_id=form.id, version=form.version, reason=reason)
        assert set(told.value.errors) == {"_reason"}
    with lenient.work("psykiatri.midt") as ctx, pytest.raises(Conflict):
        steps.skip_step(ctx, case_id=case_id, step_id=form.id, version=form.version - 1, reason=REASON)
    assert rows(lenient) == before
