"""The year wheel: what a year has, when it is due, and that nothing is done before what it requires."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casehub.definitions.forums import forums_of
from casehub.definitions.loading import Definitions, load_definitions
from casehub.workflow.calendar import Calendar
from casehub.workflow.wheel import Place, due_on, falls_in, held_back_by, host_of, subjects_of

POLICIES = Path(__file__).parents[2] / "policies"
DEFINITIONS: Definitions = load_definitions(POLICIES)
PLAN = DEFINITIONS.obligations["samarbejdsplan"]
FORUMS = {each.id: forums_of(each, DEFINITIONS.organisation) for each in DEFINITIONS.forums.values()}
CALENDAR = Calendar(saturday_counts=False, closed=("06-05", "12-24", "12-31"))
COURSE = [
    Place(PLAN.id, task.key, subject.id, 2027)
    for task in PLAN.tasks
    if falls_in(task, 2027)
    for subject in subjects_of(PLAN, task, DEFINITIONS.organisation, FORUMS)
]


@pytest.mark.parametrize(
    ("obligation", "key", "cycle", "expected"),
    [
        ("samarbejdsplan", "seminar", 2027, date(2026, 9, 30)),
        ("samarbejdsplan", "temadag", 2027, date(2026, 10, 30)),  # the 31st is a Saturday
        ("samarbejdsplan", "godkendelse", 2027, date(2026, 12, 29)),
        ("samarbejdsplan", "ikraft", 2027, date(2027, 1, 1)),  # a holiday, and exactly then
        ("samarbejdsplan", "handlingsplan", 2027, date(2027, 1, 29)),
        ("badesikkerhed", "temadag", 2027, date(2027, 2, 11)),
    ],
)
def test_each_task_is_due_by_the_calendar(obligation: str, key: str, cycle: int, expected: date):
    task = DEFINITIONS.obligations[obligation].task(key)
    assert task
    assert due_on(task, cycle, CALENDAR) == expected


def test_every_second_year_the_strategic_level_takes_part():
    task = PLAN.task("temadag-strategisk")
    assert task
    assert [year for year in range(2025, 2031) if falls_in(task, year)] == [2025, 2027, 2029]


def test_the_host_goes_round_the_kommuner():
    task = DEFINITIONS.obligations["miljoe"].task("aarsmoede")
    assert task
    hosts = [host_of(task, year, DEFINITIONS.organisation) for year in range(2010, 2022)]
    assert len(set(hosts[:11])) == 11
    assert hosts[11] == hosts[0]


def test_there_are_eleven_lokalraad_each_with_its_own_part():
    plans = [place for place in COURSE if place.task == "handlingsplan"]
    assert len({place.subject for place in plans}) == len(plans) == 11
    hearing = next(place for place in COURSE if place.task == "godkendelse")
    missing = held_back_by(hearing, PLAN, COURSE, set())
    assert len(missing) == 12  # the kontaktudvalg, and each lokalråd


@given(st.permutations(COURSE))
def test_in_whatever_order_nothing_is_done_before_what_it_requires_and_all_comes_to_an_end(
    order: list[Place],
):
    done: dict[Place, None] = {}
    while len(done) < len(COURSE):
        before = len(done)
        for place in order:
            if place not in done and not held_back_by(place, PLAN, COURSE, done):
                done[place] = None
        assert len(done) > before
    at = {place: number for number, place in enumerate(done)}
    for place in COURSE:
        task = PLAN.task(place.task)
        assert task
        for earlier in COURSE:
            if earlier.task in task.requires:
                assert at[earlier] < at[place]
