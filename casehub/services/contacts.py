"""Whom to call: the contact persons and deputies on duty today of the units that take part, and their duty phones."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from casehub.access.actor import Function
from casehub.access.rows import CaseRows, Listing
from casehub.model import ContactDuty, DutyPhone, Staff
from casehub.services.context import Context
from casehub.services.duties import OnDuty, on_duty
from casehub.services.views import ContactView

DUTY_PHONE = "Vagttelefon"
FUNCTIONS = {
    Function.CONTACT: "kontaktperson",
    Function.DEPUTY: "stedfortræder",
    Function.COORDINATOR: "tovholder",
    Function.LEADER: "leder",
}


def function_text(duty: OnDuty) -> str:
    """What one does there today, in Danish."""
    words = FUNCTIONS[duty.function]
    return f"stedfortræder, er {words} i dag" if duty.stands_in else words


def case_contacts(ctx: Context, rows: CaseRows) -> tuple[ContactView, ...]:
    """Contacts of a case's units, each unit's duty phone last; in an acute case the duty phones come first of all."""
    units = [row.unit_id for row in rows.participants]
    duties = [duty for duty in rows.duties if duty.staff_id not in rows.barred]
    views = _views(ctx, duties, rows.people, units)
    return tuple(sorted(views, key=lambda view: view.name != DUTY_PHONE)) if rows.case.acute else views


def listing_contacts(ctx: Context, listing: Listing) -> tuple[ContactView, ...]:
    """Contacts of the other units in the actor's open cases."""
    open_cases = [case for case in listing.cases if case.state in {"referred", "open"}]
    units = dict.fromkeys(row.unit_id for case in open_cases for row in listing.participants[case.id])
    # of a duty: whether there is a case of its network and unit that its holder is not barred from
    duties = [
        duty
        for duty in listing.duties
        if any(
            case.network == duty.network
            and duty.staff_id not in listing.barred[case.id]
            and any(row.unit_id == duty.unit_id for row in listing.participants[case.id])
            for case in open_cases
        )
    ]
    return _views(ctx, duties, listing.people, [unit for unit in units if unit != ctx.actor.unit])


def duty_phones(ctx: Context, units: Iterable[str]) -> Mapping[str, str | None]:
    """The duty phone of each unit: as its authority keeps it, else the organisation file's."""
    wanted = list(dict.fromkeys(units))
    kept = {
        row.unit_id: row.phone
        for row in ctx.session.scalars(select(DutyPhone).where(DutyPhone.unit_id.in_(wanted)))
    }
    known = {unit: ctx.catalogue.unit(unit) for unit in wanted}
    return {unit: each.duty_phone if each else None for unit, each in known.items()} | kept


def _views(
    ctx: Context, duties: Iterable[ContactDuty], people: Mapping[UUID, Staff], units: Sequence[str]
) -> tuple[ContactView, ...]:
    there = [duty for duty in on_duty(duties, ctx.today) if _is_there(people.get(duty.staff_id))]
    phones = duty_phones(ctx, units)
    views: list[ContactView] = []
    for unit in units:
        views.extend(_person(ctx, duty, people[duty.staff_id]) for duty in there if duty.unit_id == unit)
        if number := phones[unit]:
            owner = ctx.catalogue.authority_name(ctx.catalogue.owner_of(unit))
            views.append(ContactView(DUTY_PHONE, "", ctx.catalogue.unit_name(unit), owner, number))
    return tuple(dict.fromkeys(views))


def _is_there(staff: Staff | None) -> bool:
    """A duty outlives the one who has it, if nobody ends it; nobody is told to call someone who has left."""
    return staff is not None and staff.retired_at is None


def _person(ctx: Context, duty: OnDuty, staff: Staff) -> ContactView:
    return ContactView(
        name=staff.name,
        title=f"{staff.title}, {function_text(duty)}",
        unit=ctx.catalogue.unit_name(duty.unit_id),
        authority=ctx.catalogue.authority_name(staff.authority_id),
        phone=staff.phone,
    )
