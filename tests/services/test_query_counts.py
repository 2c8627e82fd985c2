"""The number of statements is the cost of a page: it does not grow with what is on it."""

from collections.abc import Callable

from casehub.services import administration, cases, day, log, notes, steps
from casehub.services.context import Context
from tests.house import House
from tests.services.scenes import POLICE, open_case, refer, step_of, traffic, write_note

# what the pages send today, all told: SET LOCAL, reads, the entry and COMMIT; lower is welcome, higher wants a reason
# in all of them one asks who is barred from the cases
# case, day: one of them asks for the duty phones that authorities keep
# case: one of them asks what was decided in it, one for its meetings, one for its consents
# day: one of them asks what one is to explain oneself, one what one's authority erased, one for one's meetings, one for what they
# gave one to do, one for the wheel's tasks, two for one's forums
MOST = {"case": 21, "list": 14, "day": 20}


def count(house: House, login: str, use: Callable[[Context], object]) -> int:
    actor = house.actor(login)
    with traffic(house) as heard, house.runtime.work(actor) as ctx:
        use(ctx)
    return len(heard.sent)


def test_a_case_of_thirty_notes_costs_as_many_statements_as_one_of_one(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "Notat 1.", [(POLICE, "samtykke")])
    step_id = step_of(house, "politi.herning", case_id, "svar").id
    pages: dict[str, Callable[[Context], object]] = {
        "case": lambda ctx: cases.read_case(ctx, case_id=case_id),
        "step": lambda ctx: steps.read_step(ctx, case_id=case_id, step_id=step_id),
        "form": lambda ctx: notes.read_note_form(ctx, case_id=case_id),
    }
    before = {name: count(house, "politi.herning", use) for name, use in pages.items()}
    for number in range(2, 31):
        write_note(house, "psykiatri.midt", case_id, f"Notat {number}.", [(POLICE, "samtykke")])
    house.run_jobs(POLICE)
    with house.work("politi.herning") as ctx:
        assert len(cases.read_case(ctx, case_id=case_id).notes) == 30
    assert {name: count(house, "politi.herning", use) for name, use in pages.items()} == before
    assert before["case"] <= MOST["case"]


def test_fifty_cases_cost_as_many_statements_as_five(house: House) -> None:
    lists: dict[str, Callable[[Context], object]] = {
        "list": cases.list_cases,
        "day": day.read_day,
        "known": lambda ctx: cases.find_known(ctx, network="psp", cpr="670385-1234"),
    }
    for _ in range(5):
        refer(house)
    before = {name: count(house, "tovholder", use) for name, use in lists.items()}
    for _ in range(45):
        refer(house)
    with house.work("tovholder") as ctx:
        assert len(cases.list_cases(ctx)) == 50
    assert {name: count(house, "tovholder", use) for name, use in lists.items()} == before
    assert before["list"] <= MOST["list"]
    assert before["day"] <= MOST["day"]


def test_the_reviewers_and_the_administrators_pages_cost_the_same_however_long(house: House) -> None:
    pages: dict[str, tuple[str, Callable[[Context], object]]] = {
        "log": ("kontrol.politi", log.read_log),
        "administration": ("administrator", administration.read_administration),
    }
    refer(house)
    before = {name: count(house, *page) for name, page in pages.items()}
    for _ in range(10):
        refer(house)
    assert {name: count(house, *page) for name, page in pages.items()} == before
