"""Searching the log: by each thing and several at once, recorded without the citizen, and within what is the reviewer's."""

from dataclasses import fields
from datetime import timedelta
from uuid import UUID

import pytest

from casehub.model import new_id
from casehub.services import log, log_search
from casehub.services.errors import FormRefused, NotFound
from casehub.services.log_search import LogSearch, SearchInput
from casehub.services.log_views import LogLine
from tests.house import START, House
from tests.services.scenes import entries, entries_of, look, open_case, read, refer, rows, write_note

CPR = "670385-1234"
REVIEWER = "kontrol.politi"


def search(house: House, login: str = REVIEWER, **typed: str) -> list[LogLine]:
    """What a reviewer finds."""
    with house.work(login) as ctx:
        found = log_search.search_log(ctx, data=SearchInput(**typed))
    kept = LogSearch.from_data(found.as_data())
    assert kept == found
    with house.work(login) as ctx:
        return list(log.read_log(ctx, search=kept).lines)


def number_of(house: House, case_id: UUID) -> str:
    return str(look(house, "SELECT number FROM cases WHERE id = %s", case_id)[0][0])


def attempt(house: House, login: str, case_id: UUID) -> None:
    with pytest.raises(NotFound):
        read(house, login, case_id)


def test_each_thing_finds_its_lines_and_no_others(house: House) -> None:
    case_id = open_case(house)
    other = refer(house, cpr="680385-1234")
    attempt(house, "politi.skive", case_id)
    house.clock.turn(days=3)
    read(house, "politi.herning", case_id)
    whole = search(house)
    assert len({line.actor for line in whole}) > 2

    def found(**typed: str) -> set[UUID]:
        return {line.id for line in search(house, **typed)} & {line.id for line in whole}

    def those(condition: object) -> set[UUID]:
        return {line.id for line in whole if condition(line)}  # type: ignore[operator]

    assert found(person="karsten SALLING") == those(lambda line: line.actor == "Karsten Salling")
    assert found(person="politi.skive") == those(lambda line: line.actor == "Karsten Salling")
    assert (
        found(unit="mvj-politi/skive")
        == those(lambda line: "Skive" in line.unit and line.authority.endswith("Politi"))
        != set()
    )
    assert found(case=number_of(house, case_id).lower()) == those(
        lambda line: str(case_id) in {case.value for case in line.cases}
    )
    assert found(cpr=CPR) == found(case=number_of(house, case_id)) != set()
    assert found(cpr="680385-1234", case=number_of(house, case_id)) == set()
    assert found(event="case.shared") == those(lambda line: line.event == "case.shared") != set()
    assert found(event="disclosure") >= found(event="case.shared")
    assert found(outcome="refused") == those(lambda line: line.outcome == "refused") != set()
    assert found(since="27.11.2026") == those(lambda line: line.at.day == 27) != set()
    assert found(until="2026-11-24") == those(lambda line: line.at < START + timedelta(days=1))
    assert found(person="Søren", since="27.11.2026", event="case.read") == those(
        lambda line: line.actor == "Søren Hestbæk" and line.at.day == 27 and line.event == "case.read"
    )
    assert {str(other), str(case_id)} <= {case.value for line in whole for case in line.cases}


def test_a_search_is_recorded_with_what_was_asked_and_the_citizen_only_as_the_cases_found(
    house: House,
) -> None:
    case_id = refer(house)
    [searched, read_page] = entries_of(
        house, lambda: search(house, cpr=CPR, person="politi.skive", outcome="refused", since="24.11.2026")
    )
    assert (searched["event"], searched["category"], read_page["event"]) == (
        "log.searched",
        "search",
        "log.read",
    )
    assert searched["detail"] == {
        "citizen": "yes",
        "people": str(house.staff["politi.skive"]),
        "outcome": "refused",
        "since": "2026-11-24",
    }
    assert [ref["case"] for ref in searched["objects"] if ref["kind"] == "case"] == [str(case_id)]
    kept = repr(entries(house)) + repr(look(house, "SELECT data::text FROM web_session"))
    assert CPR not in kept
    assert CPR.replace("-", "") not in kept


def test_a_citizen_is_found_only_in_what_the_own_authority_indexed(house: House) -> None:
    refer(house)
    assert search(house, cpr=CPR)
    with house.work("kontrol.herning") as ctx:
        found = log_search.search_log(ctx, data=SearchInput(cpr=CPR))
    assert found.cases == ()
    with house.work("kontrol.herning") as ctx:
        assert log.read_log(ctx, search=found).lines == ()


def test_what_cannot_be_searched_for_is_told_beside_its_field_and_leaves_nothing(house: House) -> None:
    wrong = {
        "person": "ingen af dem",
        "unit": "findes/ikke",
        "case": "PSP-2026-ZZZZ",
        "cpr": "310285-1234",
        "since": "i går",
        "until": "32.1.2026",
        "event": "x",
        "outcome": "y",
    }
    assert wrong.keys() == {each.name for each in fields(SearchInput)}
    before = rows(house)
    with pytest.raises(FormRefused) as told, house.work(REVIEWER) as ctx:
        log_search.search_log(ctx, data=SearchInput(**wrong))
    assert told.value.errors.keys() == wrong.keys()
    assert rows(house) == before
    with pytest.raises(FormRefused) as told, house.work(REVIEWER) as ctx:
        log_search.search_log(ctx, data=SearchInput(since="2.1.2026", until="1.1.2026", case="PSP-2026-K7QM"))
    assert told.value.errors.keys() == {"until", "case"}


def test_nobody_else_searches_and_the_attempt_is_on_record_before_the_form_is_looked_at(house: House) -> None:
    case_id = refer(house)
    for login in ("politi.herning", "tovholder", "administrator"):
        for use in (
            lambda ctx: log_search.search_log(ctx, data=SearchInput(cpr="nonsense")),
            lambda ctx: log.read_case_log(ctx, case_id=case_id),
        ):
            with pytest.raises(NotFound), house.work(login) as ctx:
                use(ctx)
            assert (entries(house)[-1]["outcome"], entries(house)[-1]["actor"]) == (
                "refused",
                str(house.staff[login]),
            )


def test_the_history_of_a_case_is_whole_with_the_refused_attempts_and_each_sees_its_own(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "Kun for os.")
    attempt(house, "politi.skive", case_id)
    attempt(house, "kommune.skive", case_id)

    def history(login: str) -> list[LogLine]:
        with house.work(login) as ctx:
            return list(log.read_case_log(ctx, case_id=case_id).page.lines)

    police, kommune = history(REVIEWER), history("kontrol.herning")
    assert {line.actor for line in police if line.outcome == "refused"} == {
        "Karsten Salling",
        "Annelise Furland",
    }
    assert police[-1].event == "case.referred"
    assert "note.written" not in {line.event for line in (*police, *kommune)}
    assert "note.written" in {line.event for line in history("kontrol.psykiatri-midt")}
    with house.work(REVIEWER) as ctx:
        unknown = log.read_case_log(ctx, case_id=new_id()).page.lines
    assert [line.event for line in unknown] == ["log.read"]  # this very look at it


def test_paging_by_key_gives_every_line_once_also_when_they_come_at_the_same_moment(house: House) -> None:
    for _ in range(log.PAGE + 20):
        with house.work(REVIEWER) as ctx:
            log.read_log(ctx)
    with house.work(REVIEWER) as ctx:
        found = log_search.search_log(ctx, data=SearchInput(person=REVIEWER))
    seen: list[UUID] = []
    before = None
    while True:
        with house.work(REVIEWER) as ctx:
            page = log.read_log(ctx, search=found, before=before)
        seen += [line.id for line in page.lines]
        if page.before is None:
            break
        before = page.before
    assert len(seen) == len(set(seen)) > log.PAGE
    assert seen == sorted(seen, reverse=True)
