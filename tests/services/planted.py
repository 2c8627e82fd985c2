"""Logs planted for the desk's tests: entries of who looked at what when, written by the superuser past the services."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg import connect

from casehub.audit import Entry, Event, ObjectRef, Outcome
from casehub.model import new_id
from tests.house import House


def entry(
    house: House,
    login: str,
    at: datetime,
    *,
    case: UUID | None = None,
    event: Event = Event.CASE_READ,
    outcome: Outcome = Outcome.ALLOWED,
) -> Entry:
    """What someone of the cast did."""
    actor = house.actor(login)
    case = case or new_id()
    return Entry(
        id=new_id(), at=at, event=event, outcome=outcome, request_id="planted", actor_id=actor.staff_id,
        authority=actor.authority, unit=actor.unit, objects=(ObjectRef("case", str(case), case),),
    )  # fmt: skip


def plant(house: House, entries: Sequence[Entry]) -> list[UUID]:
    """Write them; their ids."""
    with connect(house.database.superuser_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for each in entries:
            superuser.execute(
                "INSERT INTO audit_commitment (id, leaf) VALUES (%s, %s)", (each.id, each.id.bytes * 2)
            )
            superuser.execute(
                "INSERT INTO audit_content VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (each.id, b"n" * 32, each.content(), each.at, each.actor_id, each.authority, each.unit,
                 each.event.value, each.outcome.value, each.concerned),
            )  # fmt: skip
            for position, ref in enumerate(each.objects):
                superuser.execute(
                    "INSERT INTO audit_object VALUES (%s, %s, %s, %s, %s, %s)",
                    (each.id, position, ref.case_id, ref.authority, ref.kind, ref.id),
                )
    assert all(json.loads(each.content())["request"] == "planted" for each in entries)
    return [each.id for each in entries]
