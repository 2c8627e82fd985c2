"""Whom to call: contact persons and deputies of the units that take part, and their duty phones."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from casehub.access.rows import CaseRows, Listing
from casehub.model import ContactDuty, Staff
from casehub.services.context import Context
from casehub.services.views import ContactView

DUTY_PHONE = "Vagttelefon"
FUNCTIONS = {
    "kontaktperson": "kontaktperson",
    "stedfortraeder": "stedfortræder",
    "tovholder": "tovholder",
    "leder": "leder",
}


def case_contacts(ctx: Context, rows: CaseRows) -> tuple[ContactView, ...]:
    """Contacts of a case's units, each unit's duty phone last; in an acute case the duty phones come first of all."""
    units = [row.unit_id for row in rows.participants]
    views = _views(ctx, rows.duties, rows.people, units)
    return tuple(sorted(views, key=lambda view: view.name != DUTY_PHONE)) if rows.case.acute else views


def listing_contacts(ctx: Context, listing: Listing) -> tuple[ContactView, ...]:
    """Contacts of the other units in the actor's open cases."""
    open_cases = [case for case in listing.cases if case.state in {"referred", "open"}]
    units = dict.fromkeys(row.unit_id for case in open_cases for row in listing.participants[case.id])
    networks = {case.network for case in open_cases}
    duties = [duty for duty in listing.duties if duty.network in networks]
    return _views(ctx, duties, listing.people, [unit for unit in units if unit != ctx.actor.unit])


def in_force(duty: ContactDuty, today: date) -> bool:
    """Whether the duty is valid on the day."""
    return duty.valid_from <= today and (duty.valid_to is None or today <= duty.valid_to)


def _views(
    ctx: Context, duties: Iterable[ContactDuty], people: Mapping[UUID, Staff], units: Iterable[str]
) -> tuple[ContactView, ...]:
    today = ctx.today
    valid = [duty for duty in duties if in_force(duty, today)]
    views: list[ContactView] = []
    for unit in units:
        here = [duty for duty in valid if duty.unit_id == unit and _is_there(people.get(duty.staff_id))]
        views.extend(_person(ctx, duty, people[duty.staff_id]) for duty in here)
        known = ctx.catalogue.unit(unit)
        if known and known.duty_phone:
            views.append(
                ContactView(
                    DUTY_PHONE,
                    "",
                    known.name,
                    ctx.catalogue.authority_name(ctx.catalogue.owner_of(unit)),
                    known.duty_phone,
                )
            )
    return tuple(dict.fromkeys(views))


def _is_there(staff: Staff | None) -> bool:
    """A duty outlives the one who has it, if nobody ends it; nobody is told to call someone who has left."""
    return staff is not None and staff.retired_at is None


def _person(ctx: Context, duty: ContactDuty, staff: Staff) -> ContactView:
    return ContactView(
        name=staff.name,
        title=f"{staff.title}, {FUNCTIONS[duty.function]}",
        unit=ctx.catalogue.unit_name(duty.unit_id),
        authority=ctx.catalogue.authority_name(staff.authority_id),
        phone=staff.phone,
    )
