"""Samples: what something explains is left out and counted, and nobody can know what of the rest will be drawn."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from casehub.audit import Event
from casehub.services import samples
from casehub.services.desk_views import SampleView
from casehub.services.errors import FormRefused, NotFound
from tests.house import START, House
from tests.services.planted import entry, plant
from tests.services.scenes import alter, entries_of, look, open_case, refer, triage

REVIEWER = "kontrol.politi"
BEFORE = START - timedelta(hours=2)


def draw(house: House, size: int, login: str = REVIEWER) -> SampleView:
    with house.work(login) as ctx:
        sample_id = samples.draw_sample(ctx, size=str(size))
    with house.work(login) as ctx:
        return samples.read_sample(ctx, sample_id=sample_id)


def test_what_something_explains_is_left_out_and_said(house: House) -> None:
    case_id = open_case(house)
    house.clock.turn(days=1)
    now = house.clock.now - timedelta(hours=1)
    contact, deputy, outsider = "politi.herning", "politi.herning-stedfortraeder", "politi.skive"
    ids = plant(
        house,
        [
            entry(house, contact, now, case=case_id),
            entry(house, outsider, now, case=case_id),
            entry(house, outsider, now, case=case_id, event=Event.STEP_READ),
            entry(house, outsider, now, case=case_id, event=Event.CASE_LISTED),  # a list is no look-up
            entry(house, outsider, now - timedelta(days=20), case=case_id),  # not of late
            entry(house, "kommune.herning", now, case=case_id),  # not own staff
        ],
    )
    view = draw(house, 50)
    assert {line.id for line in view.lines} == set(ids[1:3])
    assert view.eligible == view.drawn == 2
    said = {each.reason: each.count for each in view.left_out}
    assert view.considered == view.eligible + sum(said.values())
    assert any("kontaktperson" in reason or "trin" in reason for reason in said)
    # the deputy of a unit with a step is about that step's work
    step = plant(house, [entry(house, deputy, now, case=case_id)])
    explained = step[0] not in {line.id for line in draw(house, 50).lines}
    units = look(
        house,
        "SELECT count(*) FROM step WHERE responsible_unit = 'mvj-politi/herning' AND state IN ('ready', 'done')",
    )
    assert explained is bool(units[0][0])


def test_a_contacts_look_up_after_the_case_was_closed_is_not_explained_by_the_duty(house: House) -> None:
    case_id = refer(house)
    triage(house, case_id)
    house.clock.turn(days=60)
    with_case = plant(
        house, [entry(house, "politi.herning", house.clock.now - timedelta(hours=1), case=case_id)]
    )
    assert draw(house, 10).lines == ()
    alter(
        house,
        "ALTER TABLE cases DISABLE TRIGGER USER",
        f"UPDATE cases SET closed_at = '{house.clock.now - timedelta(days=5)}', state = 'closed' WHERE id = '{case_id}'",
        "ALTER TABLE step DISABLE TRIGGER USER",
        f"UPDATE step SET done_at = '{house.clock.now - timedelta(days=59)}' WHERE case_id = '{case_id}' AND state = 'done'",
        f"UPDATE step SET state = 'not_needed' WHERE case_id = '{case_id}' AND state = 'ready'",
    )
    assert [line.id for line in draw(house, 10).lines] == with_case


def test_two_draws_differ_and_every_look_up_that_nothing_explains_can_come(house: House) -> None:
    ids = plant(house, [entry(house, "politi.skive", BEFORE - timedelta(minutes=each)) for each in range(12)])
    draws = [tuple(line.id for line in draw(house, 4).lines) for _ in range(25)]
    assert all(len(set(each)) == 4 for each in draws)
    assert len({frozenset(each) for each in draws}) > 10
    seen: set[UUID] = {each for drawn in draws for each in drawn}
    assert seen == set(ids)  # missing one has a chance of (8/12)^25, four in a hundred thousand


def test_a_draw_is_kept_as_it_was_drawn_and_its_entry_names_it(house: House) -> None:
    plant(house, [entry(house, "politi.skive", BEFORE - timedelta(minutes=each)) for each in range(12)])
    drawn: list[SampleView] = []
    [entered, _] = entries_of(house, lambda: drawn.append(draw(house, 4)))
    order = [str(line.id) for line in drawn[0].lines]
    assert [ref["id"] for ref in entered["objects"] if ref["kind"] == "entry"] == order
    house.clock.turn(days=60)
    with house.work(REVIEWER) as ctx:
        again = samples.read_sample(ctx, sample_id=drawn[0].id)
    assert again == drawn[0]
    with house.work(REVIEWER) as ctx:
        assert [each.id for each in samples.list_samples(ctx).samples] == [drawn[0].id]


@pytest.mark.parametrize("size", ["", "0", "-1", "ti", "101", "9" * 5000])
def test_a_size_that_cannot_be_is_told_and_nothing_is_drawn(house: House, size: str) -> None:
    with pytest.raises(FormRefused) as told, house.work(REVIEWER) as ctx:
        samples.draw_sample(ctx, size=size)
    assert told.value.errors.keys() == {"size"}
    assert look(house, "SELECT count(*) FROM log_sample") == [(0,)]


def test_nobody_but_the_own_reviewer_draws_or_sees(house: House) -> None:
    sample = draw(house, 3)
    assert sample.drawn_at.date() == date(2026, 11, 24)
    for login in ("politi.skive", "tovholder", "administrator"):
        with pytest.raises(NotFound), house.work(login) as ctx:
            samples.draw_sample(ctx, size="3")
    for login in ("kontrol.herning", "administrator"):
        with pytest.raises(NotFound), house.work(login) as ctx:
            samples.read_sample(ctx, sample_id=sample.id)
