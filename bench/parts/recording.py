"""Appending an entry durably, against inserting the same bytes durably in a bare table with one key.

The entry names a case and 22 items, as the one of an opened case does: one commitment, one content, 23 object rows.
"""

from collections.abc import Iterator
from uuid import UUID

from parts.bare import Bare
from parts.cases import NOTES, REFERRER
from parts.measuring import Figure, compare

from casehub.audit import Entry, Event, ObjectRef, Outcome, append_entry
from casehub.model import new_id
from casehub.services.context import Context
from tests.house import House


def figures(house: House, case_id: UUID) -> Iterator[Figure]:
    """Of an entry with many objects, and of one with one."""
    actor = house.actor(REFERRER)
    bare = Bare(house, actor.authority)
    with house.runtime.work(actor) as ctx:
        for count in (NOTES + 3, 1):
            objects = tuple(ObjectRef("note", str(new_id()), case_id, actor.authority) for _ in range(count))
            yield _figure(ctx, objects, bare)
    bare.close()


def _figure(ctx: Context, objects: tuple[ObjectRef, ...], bare: Bare) -> Figure:
    def entry() -> Entry:
        return Entry(
            id=new_id(), at=ctx.now, event=Event.CASE_READ, outcome=Outcome.ALLOWED, request_id="bench",
            actor_id=ctx.actor.staff_id, authority=ctx.actor.authority, unit=ctx.actor.unit, objects=objects,
        )  # fmt: skip

    def append() -> None:
        append_entry(ctx.session, entry())
        ctx.session.commit()

    content = entry().content()
    floor = f"INSERT and COMMIT of {len(content)} bytes"
    return compare(f"append an entry, objects: {len(objects)}", append, floor, lambda: bare.append(content))
