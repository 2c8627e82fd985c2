"""A unit's duty phone, kept in the browser by its authority's coordinator of contacts, instead of the organisation file's."""

from dataclasses import dataclass

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.resources import PostResource
from casehub.audit import Event, ObjectRef
from casehub.model import DutyPhone, Unit
from casehub.services.checking import Checking
from casehub.services.contacts import duty_phones
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.values.phone import Phone


@dataclass(frozen=True, slots=True)
class DutyPhoneView:
    """The number to ring when it cannot wait; None: there is none."""

    unit_id: str
    unit: str
    phone: str | None


def read_duty_phone(ctx: Context, *, unit_id: str) -> DutyPhoneView:
    """A unit's duty phone, for the form that changes it. NotFound for all but the authority's coordinators."""
    ctx.gate.visit(action=Action.CONTACTS_WRITE, event=Event.CONTACTS_READ, on=_resource(ctx, unit_id))
    return DutyPhoneView(unit_id, ctx.catalogue.unit_name(unit_id), duty_phones(ctx, [unit_id])[unit_id])


def save_duty_phone(ctx: Context, *, unit_id: str, phone: str, seen: str) -> None:
    """Change it; an empty one says that the unit has none. `seen`: the number it was. FormRefused, Conflict, NotFound."""
    resource = _resource(ctx, unit_id)
    with ctx.gate.create(action=Action.CONTACTS_WRITE, event=Event.DUTY_PHONE_SAVED, on=resource) as writing:
        check = Checking()
        number = check.optional("phone", phone, Phone.parse)
        check.done()
        ctx.session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))
        if (duty_phones(ctx, [unit_id])[unit_id] or "") != seen:
            raise Conflict("En anden har ændret vagttelefonen, mens du skrev. Se, hvad der står nu.")
        row = ctx.session.get(DutyPhone, unit_id) or DutyPhone(unit_id=unit_id)
        row.phone = str(number) if number else None
        writing.add(row)
        writing.objects.append(ObjectRef("unit", unit_id, None, ctx.actor.authority))


def _resource(ctx: Context, unit_id: str) -> PostResource:
    """A unit in no network: its own authority's to keep. One that is not there is nobody's."""
    return PostResource(unit_id, ctx.catalogue.owner_of(unit_id), frozenset())
