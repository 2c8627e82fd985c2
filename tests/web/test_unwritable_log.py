"""While the log cannot be written, no route and no job lets anything out that is sealed. Derived from the routes there are."""

import inspect
from collections.abc import Mapping
from html import escape

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from casehub.jobs import register
from casehub.model import Base, Recorded
from casehub.web.errors import SERVER_ERROR
from tests.house import House
from tests.services.scenes import KOMMUNE, look, rows
from tests.web.acting import CONCERN, CPR, NAME, REFERRAL, signed_in
from tests.web.browsing import Visitor
from tests.web.test_entries import VISITS, Visit, put_file
from tests.web.test_guard import path_of
from tests.web.unwritable import WAYS

# what the case holds, and what those who visit it write
SEALED = (
    NAME, "Vestergaard", CPR, CPR.replace("-", ""), CPR[:6], CONCERN, "Prøvevej 87A", REFERRAL["phone"],
    REFERRAL["safe_contact"], REFERRAL["necessity"], "Flere myndigheder er nødvendige.", "Vi har brug for herning-kommune",
)  # fmt: skip
HINT = f"for eksempel {CPR}"  # beside the fields for a CPR number
LOGINS = ("politi.herning", "tovholder", "kontrol.politi", "administrator")


@pytest.mark.parametrize("way", WAYS)
def test_no_route_and_no_job_lets_anything_out_while_the_log_cannot_be_written(
    app: Flask, house: House, case: str, way: str, capfd: pytest.CaptureFixture[str]
):
    visitors = {login: signed_in(app, login) for login in {*LOGINS, *(visit.login for visit in VISITS)}}
    tokens = {login: visitor.token() for login, visitor in visitors.items()}
    paths = prepare(visitors, case)
    assert NAME in visitors["politi.herning"].get(case).text  # there is something to let out
    before = recorded_rows(house)
    capfd.readouterr()
    with WAYS[way](house):
        for visit in VISITS:
            answer = make(visit, visitors[visit.login], paths[visit.path], tokens[visit.login])
            assert answer.status_code >= SERVER_ERROR, (visit.route, answer.text)
            nothing_sealed_in(answer.text, visit.route)
        for login in LOGINS:
            for route, path in routes_of_no_case(app):
                answer = send(visitors[login], route[0], path, {}, tokens[login])
                nothing_sealed_in(answer.text, route)
        assert Visitor(app).sign_in("politi.herning").status_code >= SERVER_ERROR
        house.clock.turn(days=60)  # now there is something to do for those who mark steps
        assert {"accept_grants", "watch_deadlines"} <= failing_jobs(house)
    nothing_sealed_in("".join(capfd.readouterr()), "what was logged")
    assert recorded_rows(house) == before


def prepare(visitors: Mapping[str, Visitor], case: str) -> dict[object, str]:
    """Where each visit goes; what two visits are made to is made once."""
    made: dict[object, str] = {}
    for visit in VISITS:
        if visit.path not in made:
            made[visit.path] = visit.path(visitors[visit.login], case)
    return made


def make(visit: Visit, visitor: Visitor, path: str, token: str) -> TestResponse:
    if visit.route == ("POST", "files.submit_new"):
        return put_file(visitor, path, token)
    return send(visitor, visit.route[0], path, visit.fields, token)


def send(visitor: Visitor, method: str, path: str, fields: Mapping[str, object], token: str) -> TestResponse:
    return visitor.get(path) if method == "GET" else visitor.post(path, fields, token=token)  # type: ignore[arg-type]


def routes_of_no_case(app: Flask) -> list[tuple[tuple[str, str], str]]:
    """The others; those of a case are all in VISITS. Signing out comes last."""
    found = [
        ((method, rule.endpoint), path_of(rule))
        for rule in app.url_map.iter_rules()
        if "case_id" not in rule.arguments
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]
    return sorted(found, key=lambda each: (each[0][1] == "sign_in.sign_out", each))


def failing_jobs(house: House) -> set[str]:
    """Run every task that knows cases, for each authority: the names of those that fail for want of an entry."""
    jobs = house.runtime.make_job_app()
    register(jobs, house.runtime)
    failing = set()
    [(case,)] = look(house, "SELECT case_id::text FROM item_grant WHERE granted_to = %s LIMIT 1", KOMMUNE)
    for name, task in jobs.tasks.items():
        wanted = inspect.signature(task.func).parameters
        for authority in sorted(house.runtime.authorities) if "authority" in wanted else []:
            given = {"timestamp": 0, "authority": authority, "case": case}
            try:
                task.func(**{name: value for name, value in given.items() if name in wanted})
            except DBAPIError:
                failing.add(name)
    return failing


def recorded_rows(house: House) -> dict[str, int]:
    recorded = {
        mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, Recorded)
    }  # type: ignore[attr-defined]
    return {name: count for name, count in rows(house).items() if name in {*recorded, "audit_commitment"}}


def nothing_sealed_in(told: str, where: object) -> None:
    told = told.replace(HINT, "")
    assert [text for text in SEALED if text in told or escape(text) in told] == [], where
