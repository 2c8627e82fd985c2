"""What is taken from a person is gone on their next request: every route of a case they could reach answers as for the absent."""

from collections.abc import Callable

from flask import Flask

from casehub.services import absences, retirement
from casehub.services.context import Context
from tests.house import House
from tests.services.scenes import alter
from tests.web.acting import signed_in
from tests.web.browsing import Visitor
from tests.web.test_entries import VISITS, Visit, put_file


def ask(visitor: Visitor, visit: Visit, path: str) -> tuple[int, str]:
    """The status, and where it leads."""
    if visit.route == ("POST", "files.submit_new"):
        answer = put_file(visitor, path, visitor.token())
    elif visit.route[0] == "GET":
        answer = visitor.get(path)
    else:
        answer = visitor.post(path, visit.fields)
    return answer.status_code, answer.headers.get("Location", "")


def test_after_each_revocation_every_route_of_a_case_answers_as_for_the_absent(
    app: Flask, case: str, house: House
) -> None:
    everybody = {visit.login: signed_in(app, visit.login) for visit in VISITS}
    visitors = {login: each for login, each in everybody.items() if each.get(case).status_code == 200}
    visits = [visit for visit in VISITS if visit.login in visitors]  # the reviewer's own pages are the log's
    prepared = {visit.path: visit.path(visitors[visit.login], case) for visit in _each_path_once(visits)}
    paths = [(visit, prepared[visit.path]) for visit in visits]
    people = sorted(visitors)
    assert {visit.route for visit in visits} >= {("GET", "cases.show"), ("POST", "notes.submit_new")}
    assert len(visits) > len(VISITS) - 5

    def all_answer(expected: tuple[int, str]) -> None:
        wrong = [
            (visit.route, visit.login, answer)
            for visit, path in paths
            if (answer := ask(visitors[visit.login], visit, path)) != expected
        ]
        assert wrong == []

    def all_read() -> None:
        assert {visitors[login].get(case).status_code for login in people} == {200}

    for revoke, restore in ((_end_duties, _give_back), (_be_away, _come_back)):
        all_read()
        revoke(house, people)
        all_answer((404, ""))
        restore(house, people)
    all_read()
    _retire(house, people)
    all_answer((303, "/log-ind"))


def _each_path_once(visits: list[Visit]) -> list[Visit]:
    """One visit for each way to a path: what some do on the way can be done only once in a case."""
    return list({visit.path: visit for visit in visits}.values())


def _end_duties(house: House, _: list[str]) -> None:
    alter(
        house,
        "ALTER TABLE contact_duty DISABLE TRIGGER USER",
        "UPDATE contact_duty SET valid_to = '2026-11-23'",
    )


def _give_back(house: House, _: list[str]) -> None:
    alter(house, "UPDATE contact_duty SET valid_to = NULL", "ALTER TABLE contact_duty ENABLE TRIGGER USER")


def _each(house: House, people: list[str], act: Callable[[Context], object]) -> None:
    for login in people:
        with house.work(login) as ctx:
            act(ctx)


def _be_away(house: House, people: list[str]) -> None:
    away = absences.AbsenceInput("", "2026-11-24", "")
    _each(house, people, lambda ctx: absences.note_absence(ctx, data=away))


def _come_back(house: House, people: list[str]) -> None:
    def back(ctx: Context) -> None:
        [own] = [line for line in absences.read_absences(ctx).lines if line.name == ctx.actor.name]
        absences.end_absence(ctx, absence_id=own.id)

    _each(house, people, back)


def _retire(house: House, people: list[str]) -> None:
    """Those of the police by their administrator; of the others, who have none in the cast, as it leaves them."""
    of_police = [login for login in people if house.actor(login).authority == "mvj-politi"]
    for login in of_police:
        with house.work("administrator") as ctx:
            retirement.retire_staff(ctx, staff_id=house.staff[login], successor="", despite_gap=True)
    others = ", ".join(f"'{login}'" for login in people if login not in of_police)
    alter(
        house,
        "ALTER TABLE staff DISABLE TRIGGER USER",
        f"UPDATE staff SET retired_at = now() WHERE login IN ({others})",
    )
