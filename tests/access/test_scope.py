"""The SQL scope of lists and Cedar's decisions agree, on a real database, with and without row-level security."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from shutil import copytree
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, Engine, create_engine, insert, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from casehub.access.actions import Action
from casehub.access.actor import Actor, Contact, Function, Role
from casehub.access.policies import Policies
from casehub.access.rows import case_resource
from casehub.access.scope import case_scope
from casehub.model import Assignment, Case, CaseErasure, Exclusion, Participant, new_id
from casehub.model.bootstrap import NODE, set_node_authorities
from tests.databases import Database

POLICIES = Policies(Path(__file__).parents[2] / "policies" / "access")
NETWORKS = ("psp", "ssp")
AUTHORITIES = ("politi", "kommune", "psykiatri")
UNITS = {authority: tuple(f"{authority}/{number}" for number in range(3)) for authority in AUTHORITIES}
STATES = ("referred", "open", "redirected", "rejected", "closed")
CASES, ACTORS = 120, 90
SEED = 20261122


@dataclass(frozen=True)
class World:
    """Random cases in a database, and random people; what belongs together is often, but not always, together."""

    database: Database
    actors: tuple[Actor, ...]


@pytest.fixture
def world(database: Database) -> World:
    random = Random(SEED)
    staff = [new_id() for _ in range(12)]
    home = {person: random.choice(AUTHORITIES) for person in staff}
    rows = [_case(random, staff, home) for _ in range(CASES)]
    engine = _engine(database.superuser_url)
    with engine.begin() as connection:
        # rows of every kind, also those no service would write: references and entries are not what is tested here
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(insert(Case), [case for case, _, _ in rows])
        connection.execute(insert(Participant), [row for _, participants, _ in rows for row in participants])
        connection.execute(insert(Assignment), [row for _, _, assignments in rows for row in assignments])
        connection.execute(
            insert(CaseErasure), [_erasure(random, case) for case, _, _ in random.sample(rows, 40)]
        )
        connection.execute(
            insert(Exclusion),
            [
                _exclusion(random, case, home, person)
                for case, _, _ in rows
                for person in random.sample(staff, 2)
            ],
        )
    set_node_authorities(database.owner_url, login=NODE, authorities=AUTHORITIES)
    return World(database, tuple(_actor(random, staff, home) for _ in range(ACTORS)))


def _erasure(random: Random, case: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "case_id": case["id"],
        "authority_id": random.choice(AUTHORITIES),
        "approval_id": new_id(),
        "erased_at": case["opened_at"],
        "working_version": 1,
        "receiving_version": 1,
        "final_on": case["opened_at"].date(),
        "entry_id": new_id(),
    }


def _exclusion(random: Random, case: dict[str, Any], home: dict[UUID, str], person: UUID) -> dict[str, Any]:
    lifted = random.random() < 0.3
    return {
        "id": new_id(),
        "case_id": case["id"],
        "staff_id": person,
        "staff_authority": home[person],
        "authority_id": home[person],
        "reason_item": new_id(),
        "set_by": new_id(),
        "set_at": case["opened_at"],
        "lifted_by": new_id() if lifted else None,
        "lifted_at": case["opened_at"] if lifted else None,
        "entry_id": new_id(),
    }


def _case(
    random: Random, staff: list[UUID], home: dict[UUID, str]
) -> tuple[dict[str, Any], list[Any], list[Any]]:
    case_id, coordinator, referrer = new_id(), random.choice(AUTHORITIES), random.choice(AUTHORITIES)
    case = {
        "id": case_id,
        "number": str(case_id),
        "network": random.choice(NETWORKS),
        "network_sha": b"n",
        "card": "card",
        "card_sha": b"c",
        "calendar_sha": b"c",
        "kommune": "0661",
        "acute": False,
        "state": random.choice(STATES),
        "referring_authority": referrer,
        "referring_unit": random.choice(UNITS[referrer]),
        "coordinating_authority": coordinator,
        "coordinating_unit": random.choice(UNITS[coordinator]),
        "responsible_authority": random.choice((None, *AUTHORITIES)),
        "opened_at": datetime(2026, 11, 22, tzinfo=UTC),
        "entry_id": new_id(),
    }
    every_unit = [(authority, unit) for authority in AUTHORITIES for unit in UNITS[authority]]
    participants = [
        {
            "id": new_id(),
            "case_id": case_id,
            "authority_id": authority,
            "unit_id": unit,
            "added_by": coordinator,
            "since": case["opened_at"],
            "entry_id": new_id(),
        }
        for authority, unit in random.sample(every_unit, random.randrange(4))
    ]
    assignments = [
        {
            "id": new_id(),
            "case_id": case_id,
            # mostly the person's own authority's row; a stray one must not divide the two either
            "authority_id": home[person] if random.random() < 0.9 else random.choice(AUTHORITIES),
            "staff_id": person,
            "since": case["opened_at"],
            "entry_id": new_id(),
        }
        for person in random.sample(staff, random.randrange(3))
    ]
    return case, participants, assignments


def _actor(random: Random, staff: list[UUID], home: dict[UUID, str]) -> Actor:
    person = random.choice(staff)
    authority = home[person]
    role = random.choices(list(Role), weights=(7, 1, 1, 1))[0]
    units = UNITS[authority] if random.random() < 0.9 else UNITS[random.choice(AUTHORITIES)]
    duties = frozenset(
        Contact(random.choice(NETWORKS), random.choice(units), random.choice(list(Function)))
        for _ in range(random.randrange(4))
    )
    staff_id = None if role is Role.SYSTEM else person
    return Actor(staff_id, "Alice", authority, authority, units[0], role, duties, has_assignments=True)


def scope(actor: Actor, action: Action, policies: Policies = POLICIES) -> ColumnElement[bool]:
    return case_scope(policies.remaining(actor, action))


def _engine(url: str) -> Engine:
    plain = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(plain, poolclass=NullPool)


def _disagreements(
    session: Session, actors: Iterator[Actor] | tuple[Actor, ...], policies: Policies = POLICIES
) -> tuple[list[str], int]:
    """Each (actor, action) whose scope and decisions differ, and how many permissions there were in all."""
    cases = session.scalars(select(Case)).all()
    participants = session.scalars(select(Participant)).all()
    assignments = session.scalars(select(Assignment)).all()
    erasures = session.scalars(select(CaseErasure)).all()
    exclusions = session.scalars(select(Exclusion)).all()
    resources = [
        case_resource(
            case,
            [row for row in participants if row.case_id == case.id],
            [row for row in assignments if row.case_id == case.id],
            [row for row in erasures if row.case_id == case.id],
            [row for row in exclusions if row.case_id == case.id],
        )
        for case in cases
    ]
    found, permissions = [], 0
    for actor in actors:
        erased = {row.case_id for row in erasures if row.authority_id == actor.authority}
        for action in (Action.CASE_LIST, Action.CASE_SEARCH, Action.CASE_READ):
            listed = Action.CASE_LIST if action is Action.CASE_READ else action
            in_scope = set(session.scalars(select(Case.id).where(scope(actor, listed, policies))))
            decisions = policies.decide_each(actor, action, resources)
            allowed = {case.id for case, decision in zip(cases, decisions, strict=True) if decision.allowed}
            if action is Action.CASE_READ:  # that it was erased can be read; it is in no list
                allowed -= erased
            permissions += len(allowed)
            if allowed != in_scope:
                found.append(
                    f"{actor} {action}: {len(allowed - in_scope)} hidden, {len(in_scope - allowed)} shown"
                )
    return found, permissions


def test_scope_and_decision_agree_for_random_people_and_cases(world: World) -> None:
    with Session(_engine(world.database.superuser_url)) as session:
        found, permissions = _disagreements(session, world.actors)
    assert found == []
    assert permissions > ACTORS  # neither side says no to everything


def test_scope_and_decision_agree_behind_row_level_security(world: World) -> None:
    engine = _engine(world.database.app_url)
    total = 0
    for authority in AUTHORITIES:
        with Session(engine) as session:
            session.execute(text("SELECT set_config('casehub.authority', :it, true)"), {"it": authority})
            own = tuple(actor for actor in world.actors if actor.authority == authority)
            found, permissions = _disagreements(session, own)
        assert found == []
        total += permissions
    assert total > ACTORS


LISTS = '[Action::"case:list", Action::"case:search", Action::"case:read"]'
ALL = f"permit (principal, action in {LISTS}, resource is Case)"
NONE = f"forbid (principal, action in {LISTS}, resource is Case)"
FORMS = [
    f'{NONE} when {{ resource.state == CaseState::"closed" }};',
    f'{NONE} unless {{ CaseState::"open" == resource.state }};',
    f'{NONE} when {{ [CaseState::"referred", CaseState::"rejected"].contains(resource.state) }};',
    f'{ALL} when {{ resource.network != "psp" && principal.role == Role::"staff" }};',
    f"{NONE} when {{ resource has responsible_authority && resource.responsible_authority == principal.authority }};",
    f"{NONE} unless {{ resource has responsible_authority && resource.responsible_authority != principal.authority }};",
    f"{ALL} when {{ principal.coordinator_keys.contains(resource.coordinator_key) || resource.assigned.contains(principal) }};",
    f"{NONE} when {{ !(resource.participant_keys.containsAny(principal.contact_keys) && resource.network == principal.unit) }};",
    f"{NONE} unless {{ resource is Case && !(resource has responsible_authority) }};",
    "permit (principal, action, resource) when { principal.has_assignments };",
]


def test_scope_and_decision_agree_whatever_form_a_policy_has(world: World, tmp_path: Path) -> None:
    counts = set()
    for number, form in enumerate(FORMS):
        directory = tmp_path / str(number)
        copytree(Path(__file__).parents[2] / "policies" / "access", directory)
        (directory / "form.cedar").write_text(f'@id("form") @why("Prøve.") {form}')
        with Session(_engine(world.database.superuser_url)) as session:
            found, permissions = _disagreements(session, world.actors[:10], Policies(directory))
        assert found == [], form
        counts.add(permissions)
    assert len(counts) > len(FORMS) / 2  # they do make a difference


def test_a_case_counts_once_however_many_units_of_mine_take_part(world: World) -> None:
    duties = frozenset(Contact("psp", unit, Function.CONTACT) for unit in UNITS["politi"])
    actor = Actor(new_id(), "Alice", "politi", "politi", "politi/0", Role.STAFF, duties)
    with Session(_engine(world.database.superuser_url)) as session:
        ids = list(session.scalars(select(Case.id).where(scope(actor, Action.CASE_LIST))))
    assert len(ids) > 1
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMINISTRATOR, Role.SYSTEM])
def test_only_staff_have_cases_in_scope(world: World, role: Role) -> None:
    busiest = max(world.actors, key=lambda actor: len(actor.contacts))
    actor = Actor(busiest.staff_id, "Bob", busiest.authority, "", busiest.unit, role, busiest.contacts, True)
    with Session(_engine(world.database.superuser_url)) as session:
        assert list(session.scalars(select(Case.id).where(scope(actor, Action.CASE_LIST)))) == []
