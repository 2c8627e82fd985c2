"""The contact network kept in the browser: who is contact for a unit in a network, and for how long.

Kept by each authority's own coordinators (kontaktkoordinatorer), of whom none gives themselves a duty. A duty acts on its
holder's next request, and so does its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Function, Role
from casehub.access.resources import PostResource
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.model import ContactDuty, Staff, Unit, new_id
from casehub.services.checking import Checking
from casehub.services.contact_views import DutyChange, DutyLine, PostView
from casehub.services.contacts import FUNCTIONS, duty_phones
from casehub.services.context import Context
from casehub.services.duties import HOLDERS, in_force, is_away, on_duty
from casehub.services.errors import Conflict, NotFound
from casehub.services.posts import cells_of, network_name, post_of, state_of
from casehub.services.views import Choice

ENDED_SHOWN = timedelta(days=365)
DAY = timedelta(days=1)
_CHANGED = "En anden har ændret kontakterne her, mens du skrev. Se, hvad der står nu, og prøv igen."
_NOT_ONESELF = (
    "Du kan ikke give dig selv en kontaktopgave, for den giver adgang til sager. "
    "Bed en anden kontaktkoordinator om det."
)


@dataclass(frozen=True, slots=True)
class DutyInput:
    """The form as typed. `seen`: the state of the post it was drawn from."""

    staff: str
    function: str
    valid_from: str
    valid_to: str
    seen: str


def read_post(ctx: Context, *, network: str, unit_id: str) -> PostView:
    """Who has duties at a post, and the form to add one for whoever may. NotFound."""
    post = post_of(ctx, network, unit_id)
    ctx.gate.visit(action=Action.CONTACTS_READ, event=Event.CONTACTS_READ, on=post)
    duties, people = _load(ctx, post)
    may_write = ctx.gate.may(Action.CONTACTS_WRITE, post)
    [cell] = cells_of(ctx, [post])
    return PostView(
        network=network,
        network_name=network_name(ctx, network),
        unit_id=unit_id,
        unit=ctx.catalogue.unit_name(unit_id),
        authority=ctx.catalogue.authority_name(post.authority),
        phone=duty_phones(ctx, [unit_id])[unit_id],
        duties=_lines(ctx, post, duties, people),
        problem=cell.problem,
        may_write=may_write,
        staff=_colleagues(ctx) if may_write else (),
        functions=tuple(Choice(function.value, words.capitalize()) for function, words in FUNCTIONS.items()),
        seen=state_of(duties),
        today=ctx.today,
    )


def give_duty(ctx: Context, *, network: str, unit_id: str, data: DutyInput) -> None:
    """Give somebody a duty. FormRefused; Conflict (somebody was faster); NotFound for all but the authority's coordinators."""
    post = post_of(ctx, network, unit_id)
    ctx.gate.require(action=Action.CONTACTS_WRITE, event=Event.CONTACT_GIVEN, on=post)
    check = Checking()
    known = {choice.value for choice in _colleagues(ctx)}
    check.choice("staff", data.staff, known, "Vælg en af jeres medarbejdere.")
    if data.staff == str(ctx.actor.staff_id):
        check.wrong("staff", _NOT_ONESELF)
    check.choice("function", data.function, {each.value for each in FUNCTIONS}, "Vælg, hvad opgaven er.")
    first = check.day("valid_from", data.valid_from)
    last = check.day("valid_to", data.valid_to, required=False)
    if first and first < ctx.today:
        check.wrong("valid_from", "Opgaven kan tidligst begynde i dag.")
    if first and last and last < first:
        check.wrong("valid_to", "Den sidste dag ligger før den første.")
    check.done()
    if first is None:
        raise LookupError("checked, and not there")
    staff_id = UUID(data.staff)
    given = replace(post, person=staff_id)
    with ctx.gate.create(action=Action.CONTACTS_WRITE, event=Event.CONTACT_GIVEN, on=given) as writing:
        duties = _locked(ctx, post, data.seen)
        same = [duty for duty in duties if (duty.staff_id, duty.function) == (staff_id, data.function)]
        if any(_overlap(duty, first, last) for duty in same):
            check.wrong("staff", "Medarbejderen har allerede opgaven i den periode.")
            check.done()
        duty = next((each for each in same if each.valid_from == first), None)  # one that was taken back
        if duty is None:
            duty = ContactDuty(
                id=new_id(), staff_id=staff_id, network=network, unit_id=unit_id, function=data.function,
                valid_from=first,
            )  # fmt: skip
        duty.valid_to = last
        writing.add(duty)
        _name(writing, duty, ctx.actor.authority)


def read_duty(ctx: Context, *, duty_id: UUID) -> DutyChange:
    """One duty, for the form that changes it. NotFound for all but the authority's other coordinators."""
    post, duty = _duty(ctx, duty_id)
    given = replace(post, person=duty.staff_id) if duty else post
    ctx.gate.require(action=Action.CONTACTS_WRITE, event=Event.CONTACT_CHANGED, on=given)
    ctx.gate.visit(action=Action.CONTACTS_READ, event=Event.CONTACTS_READ, on=post)
    if duty is None:
        raise NotFound
    duties, people = _load(ctx, post)
    [line] = [each for each in _lines(ctx, post, duties, people) if each.id == duty_id]
    return DutyChange(
        line=line,
        network=duty.network,
        network_name=network_name(ctx, duty.network),
        unit_id=duty.unit_id,
        unit=ctx.catalogue.unit_name(duty.unit_id),
        seen=state_of(duties),
    )


def change_duty(
    ctx: Context, *, duty_id: UUID, valid_to: str, seen: str, at_once: bool, despite_gap: bool
) -> None:
    """Set a duty's last day, or end it `at_once`. FormRefused, Conflict, NotFound.

    `despite_gap`: it is known that nobody will be contact there afterwards; without that it is refused once, in words.
    """
    post, duty = _duty(ctx, duty_id)
    given = replace(post, person=duty.staff_id) if duty else post
    with ctx.gate.create(action=Action.CONTACTS_WRITE, event=Event.CONTACT_CHANGED, on=given) as writing:
        if duty is None:
            raise NotFound
        duties = _locked(ctx, post, seen)
        check = Checking()
        last = _end_of(duty, ctx.today) if at_once else check.day("valid_to", valid_to, required=False)
        if duty.valid_to and duty.valid_to < ctx.today:
            check.wrong("valid_to", "Opgaven er slut. Giv medarbejderen en ny.")
        if last and not at_once and last < max(ctx.today, duty.valid_from):
            check.wrong("valid_to", "Vælg i dag eller senere. Skal opgaven slutte nu, så tryk »Afslut nu«.")
        check.done()
        if last and not despite_gap and _leaves_gap(duties, duty, last):
            told = f"Fra {last + DAY:%d.%m.%Y} er der ingen kontaktperson her. Sæt et flueben, hvis det er meningen."
            check.wrong("despite_gap", told)
        check.done()
        duty.valid_to = last
        writing.add(duty)
        _name(writing, duty, ctx.actor.authority)


def _leaves_gap(duties: Sequence[ContactDuty], ended: ContactDuty, last: date) -> bool:
    """Whether nobody has the post the day after, where somebody did."""
    others = [duty for duty in duties if duty.id != ended.id and duty.function in HOLDERS]
    return ended.function in HOLDERS and not any(in_force(duty, last + DAY) for duty in others)


def _end_of(duty: ContactDuty, today: date) -> date:
    """The last day of a duty that ends now; one that has not begun is taken back."""
    return max(today, duty.valid_from) - DAY


def _overlap(duty: ContactDuty, first: date, last: date | None) -> bool:
    return (
        (duty.valid_to is None or duty.valid_to >= max(first, duty.valid_from))
        and (last is None or duty.valid_from <= last)
    )  # fmt: skip


def _duty(ctx: Context, duty_id: UUID) -> tuple[PostResource, ContactDuty | None]:
    duty = ctx.session.get(ContactDuty, duty_id)
    return (post_of(ctx, duty.network, duty.unit_id), duty) if duty else (post_of(ctx, "", ""), None)


def _load(ctx: Context, post: PostResource) -> tuple[list[ContactDuty], dict[UUID, Staff]]:
    network, _, unit_id = post.id.partition("/")
    wanted = (
        select(ContactDuty)
        .where(ContactDuty.network == network, ContactDuty.unit_id == unit_id)
        .order_by(ContactDuty.valid_from, ContactDuty.id)
        .execution_options(populate_existing=True)
    )
    duties = list(ctx.session.scalars(wanted).unique())
    people = ctx.session.scalars(select(Staff).where(Staff.id.in_({duty.staff_id for duty in duties})))
    return duties, {row.id: row for row in people}


def _locked(ctx: Context, post: PostResource, seen: str) -> list[ContactDuty]:
    """The post's duties, with its unit locked so that two changes follow each other. Conflict if they are not those seen."""
    _, _, unit_id = post.id.partition("/")
    ctx.session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))
    duties, _ = _load(ctx, post)
    if state_of(duties) != seen:
        raise Conflict(_CHANGED)
    return duties


def _name(writing: Writing, duty: ContactDuty, authority: str) -> None:
    """Say in the entry whose duty it is, and which."""
    writing.objects += [
        ObjectRef("contact_duty", str(duty.id), None, authority),
        ObjectRef("staff", str(duty.staff_id), None, authority),
    ]
    writing.detail.update(network=duty.network, unit=duty.unit_id, function=duty.function)
    writing.detail["from"] = duty.valid_from.isoformat()
    if duty.valid_to:
        writing.detail["to"] = duty.valid_to.isoformat()


def _colleagues(ctx: Context) -> tuple[Choice, ...]:
    own = select(Staff).where(
        Staff.authority_id == ctx.actor.authority, Staff.role == Role.STAFF.value, Staff.retired_at.is_(None)
    )
    people = ctx.session.scalars(own.order_by(Staff.name))
    return tuple(Choice(str(row.id), f"{row.name}, {row.title}") for row in people)


def _lines(
    ctx: Context, post: PostResource, duties: Sequence[ContactDuty], people: dict[UUID, Staff]
) -> tuple[DutyLine, ...]:
    standing_in = {each.staff_id for each in on_duty(duties, ctx.today) if each.stands_in}
    shown = [duty for duty in duties if duty.valid_to is None or duty.valid_to >= ctx.today - ENDED_SHOWN]
    may = ctx.gate.may_each(
        Action.CONTACTS_WRITE, [replace(post, id=str(duty.id), person=duty.staff_id) for duty in shown]
    )
    return tuple(
        _line(ctx, duty, people[duty.staff_id], duty.staff_id in standing_in, may_change=allowed)
        for duty, allowed in zip(shown, may, strict=True)
        if duty.valid_to is None or duty.valid_to >= duty.valid_from
    )


def _line(ctx: Context, duty: ContactDuty, person: Staff, stands_in: bool, *, may_change: bool) -> DutyLine:
    state = "now" if in_force(duty, ctx.today) else "coming" if duty.valid_from > ctx.today else "ended"
    return DutyLine(
        id=duty.id,
        name=person.name,
        title=person.title,
        phone=person.phone,
        function=FUNCTIONS[Function(duty.function)],
        valid_from=duty.valid_from,
        valid_to=duty.valid_to,
        state=state,
        away=state == "now" and is_away(duty, ctx.today),
        stands_in=state == "now" and stands_in and duty.function == Function.DEPUTY.value,
        may_change=may_change and state != "ended",
    )
