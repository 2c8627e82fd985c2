"""Calling a meeting: an agenda of cases due, and those invited who take part in them.

Who calls is the tovholder of a unit. A case is put on the agenda as the case it is: its day of meeting, and with it the
deadlines of its card, follow the meeting.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from casehub.access.actions import Action
from casehub.access.actor import Function
from casehub.access.convening import meeting_ref
from casehub.access.resources import MeetingResource
from casehub.access.rows import CaseRows
from casehub.access.writing import Writing
from casehub.audit import Event as LogEvent
from casehub.definitions.networks import Network
from casehub.model import (
    Case,
    CaseEvent,
    ContactDuty,
    Meeting,
    MeetingCase,
    MeetingInvitee,
    Participant,
    Staff,
    new_id,
)
from casehub.services.checking import Checking
from casehub.services.contacts import function_text
from casehub.services.context import Context
from casehub.services.duties import OnDuty, on_duty
from casehub.services.errors import Conflict
from casehub.services.invitations import names_of, propose_day, typed_time
from casehub.services.meeting_views import CallCase, CallForm, InviteChoice
from casehub.services.running import load_running, save_run
from casehub.values.text import one_line
from casehub.workflow.calendar import danish_day, end_of_day
from casehub.workflow.engine import Event, occur

LONGEST_PLACE = 200
MEETING_MOVED = "meeting.moved"  # of a case's event


@dataclass(frozen=True, slots=True)
class CallInput:
    """The form as typed. `group`: the network and unit the meeting is called for, as `network/unit`."""

    group: str
    starts_at: str
    place: str
    cases: tuple[UUID, ...]
    invited: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """What a meeting is called for."""

    network: Network
    unit: str


def read_call_form(ctx: Context, *, group: str, chosen: Collection[UUID] = ()) -> CallForm:
    """What a meeting of that group can be called from; with `chosen` cases also whom to invite. NotFound."""
    ctx.gate.require(
        action=Action.MEETING_CALL, event=LogEvent.MEETING_CALLED, on=_resource(ctx, new_id(), group)
    )
    called = _group(ctx, group)
    listing = ctx.gate.list_cases(action=Action.CASE_LIST, event=LogEvent.CASE_LISTED)
    ours = [case for case in listing.cases if _is_ours(case, called)]
    day = propose_day(ctx, called.network, _last_day(ctx, called))
    taken = [case for case in ours if case.id in chosen]
    return CallForm(
        group=group,
        network_name=called.network.name,
        unit=ctx.catalogue.unit_name(called.unit),
        starts_at=typed_time(day),
        cases=tuple(_call_case(ctx, case, listing.participants[case.id], day) for case in ours),
        invitees=_choices(
            ctx,
            called,
            {case: listing.participants[case.id] for case in taken},
            listing.duties,
            listing.people,
            listing.barred,
        ),
    )


def call_meeting(ctx: Context, *, data: CallInput) -> UUID:
    """Call the meeting; its id. FormRefused, NotFound."""
    meeting_id = new_id()
    resource = _resource(ctx, meeting_id, data.group)
    with ctx.gate.call_meeting(meeting=resource, case_ids=data.cases) as (writing, cases):
        called = _group(ctx, data.group)
        check = Checking()
        starts_at, place = _time_and_place(ctx, check, data.starts_at, data.place)
        _check_cases(check, called, data, cases)
        staff = _check_invited(ctx, check, called, data, cases)
        check.done()
        if starts_at is None or place is None:
            raise LookupError("checked, and not there")
        meeting = _meeting(ctx, called, meeting_id, starts_at, place)
        writing.add(meeting)
        writing.add(*(_invitee(meeting, person) for person in staff))
        writing.add(
            *(MeetingCase(id=new_id(), meeting_id=meeting_id, case_id=rows.case.id) for rows in cases)
        )
        for rows in cases:
            _set_day(ctx, writing, rows, danish_day(starts_at))
        writing.objects.append(meeting_ref(meeting))
        writing.recipients.update({person.authority_id for person in staff} - {ctx.actor.authority})
    return meeting_id


def move_meeting(ctx: Context, *, meeting_id: UUID, starts_at: str, place: str) -> None:
    """Another time or place for a meeting that was called; its cases follow, and everyone in them is told. FormRefused, Conflict, NotFound."""
    with ctx.gate.move_meeting(meeting_id=meeting_id) as (writing, rows, cases):
        meeting = rows.meeting
        if meeting.state != "planned":
            raise Conflict("Mødet er holdt eller aflyst og kan ikke flyttes.")
        check = Checking()
        at, where = _time_and_place(ctx, check, starts_at, place)
        check.done()
        if at is None or where is None:
            raise LookupError("checked, and not there")
        network = _group(ctx, rows.resource().coordinator_key).network
        meeting.starts_at, meeting.place = at, where
        meeting.minutes_due_at = _minutes_due(ctx, network, danish_day(at))
        for each in (one for one in cases if one.case.state == "open"):
            writing.add(_moved(writing, each))
            _set_day(ctx, writing, each, danish_day(at))


def _moved(writing: Writing, rows: CaseRows) -> CaseEvent:
    """That the meeting is another time: what everyone in the case is told of."""
    return CaseEvent(
        id=new_id(),
        case_id=rows.case.id,
        name=MEETING_MOVED,
        party=None,
        at=writing.now,
        recorded_at=writing.now,
        by_staff=writing.actor.staff_id,
        by_authority=writing.actor.authority,
    )


def _time_and_place(
    ctx: Context, check: Checking, starts_at: str, place: str
) -> tuple[datetime | None, str | None]:
    at = check.moment("starts_at", starts_at)
    if at and at < ctx.now:
        check.wrong("starts_at", "Tidspunktet er passeret. Vælg et, der kommer.")
    return at, check.value("place", place, lambda text: one_line(text, longest=LONGEST_PLACE))


def _minutes_due(ctx: Context, network: Network, held: date) -> datetime:
    days, calendar = network.minutes_working_days, ctx.catalogue.working_days
    return end_of_day(calendar.add_working_days(held, days) if days else propose_day(ctx, network, held))


def _resource(ctx: Context, meeting_id: UUID, group: str) -> MeetingResource:
    return MeetingResource(meeting_id, ctx.actor.authority, group, frozenset())


def _group(ctx: Context, group: str) -> _Group:
    """The group, which is one of the actor's own: Cedar has said so."""
    network, _, unit = group.partition("/")
    return _Group(ctx.catalogue.current.networks[network], unit)


def _is_ours(case: Case, called: _Group) -> bool:
    """Whether the case is the group's to meet about."""
    return (case.network, case.coordinating_unit, case.state) == (called.network.id, called.unit, "open")


def _last_day(ctx: Context, called: _Group) -> date | None:
    """The day of the group's latest meeting that was not cancelled."""
    latest = ctx.session.scalar(
        select(func.max(Meeting.starts_at)).where(
            Meeting.network == called.network.id, Meeting.unit_id == called.unit, Meeting.state != "cancelled"
        )
    )
    return danish_day(latest) if latest else None


def _call_case(ctx: Context, case: Case, participants: Sequence[Participant], day: date) -> CallCase:
    return CallCase(
        id=case.id,
        number=case.number,
        kommune=ctx.catalogue.kommune_name(case.kommune),
        acute=case.acute,
        meeting_at=case.meeting_at,
        due=case.meeting_at is None or danish_day(case.meeting_at) <= day,
        participants=names_of(ctx, [row.authority_id for row in participants]),
    )


def _choices(  # noqa: PLR0917 (who is there, and who of them may not be)
    ctx: Context,
    called: _Group,
    cases: Mapping[Case, Iterable[Participant]],
    duties: Iterable[ContactDuty],
    people: Mapping[UUID, Staff],
    barred: Mapping[UUID, frozenset[UUID]],
) -> tuple[InviteChoice, ...]:
    """The contacts of the units that take part in the cases, each once; contact persons and oneself are ticked.

    Who is barred from a case is not invited for it.
    """
    seen_by: dict[str, list[Case]] = {}
    for case, participants in cases.items():
        for row in participants:
            seen_by.setdefault(row.unit_id, []).append(case)
    choices: dict[UUID, InviteChoice] = {}
    for duty in on_duty(duties, ctx.today):
        person = people.get(duty.staff_id)
        seen = [case.number for case in seen_by.get(duty.unit_id, ()) if duty.staff_id not in barred[case.id]]
        if seen and duty.network == called.network.id and person is not None and person.retired_at is None:
            choices.setdefault(person.id, _choice(ctx, duty, person, seen))
    return tuple(sorted(choices.values(), key=lambda each: (each.authority, not each.preselected, each.name)))


def _choice(ctx: Context, duty: OnDuty, person: Staff, cases: Sequence[str]) -> InviteChoice:
    return InviteChoice(
        staff_id=person.id,
        name=person.name,
        title=f"{person.title}, {function_text(duty)}",
        unit=ctx.catalogue.unit_name(duty.unit_id),
        authority=ctx.catalogue.authority_name(person.authority_id),
        preselected=duty.function is Function.CONTACT or person.id == ctx.actor.staff_id,
        cases=tuple(cases),
    )


def _check_cases(check: Checking, called: _Group, data: CallInput, cases: Sequence[CaseRows]) -> None:
    if not data.cases:
        check.wrong("cases", "Vælg mindst én sag til dagsordenen.")
    elif len(cases) < len(set(data.cases)) or not all(_is_ours(rows.case, called) for rows in cases):
        check.wrong("cases", "Vælg blandt gruppens åbne sager. En af dem, du valgte, er ikke åben længere.")


def _check_invited(
    ctx: Context, check: Checking, called: _Group, data: CallInput, cases: Sequence[CaseRows]
) -> tuple[Staff, ...]:
    """Those chosen among whom the cases give, and oneself."""
    duties = [duty for rows in cases for duty in rows.duties]
    people = {staff_id: person for rows in cases for staff_id, person in rows.people.items()}
    barred = {rows.case.id: rows.barred for rows in cases}
    options = _choices(ctx, called, {rows.case: rows.participants for rows in cases}, duties, people, barred)
    known = {option.staff_id for option in options}
    if not set(data.invited) <= known:
        check.wrong("invited", "Vælg blandt dem, der deltager i sagerne på dagsordenen.")
    if not set(data.invited) - {ctx.actor.staff_id}:
        check.wrong("invited", "Vælg mindst én anden, der skal inviteres.")
    wanted = {*data.invited, ctx.actor.staff_id}
    return tuple(ctx.session.scalars(select(Staff).where(Staff.id.in_(wanted)).order_by(Staff.id)))


def _meeting(ctx: Context, called: _Group, meeting_id: UUID, starts_at: datetime, place: str) -> Meeting:
    return Meeting(
        id=meeting_id,
        network=called.network.id,
        authority_id=ctx.actor.authority,
        unit_id=called.unit,
        starts_at=starts_at,
        place=place,
        state="planned",
        minutes_due_at=_minutes_due(ctx, called.network, danish_day(starts_at)),
        called_by=ctx.actor.staff_id,
        called_at=ctx.now,
    )


def _invitee(meeting: Meeting, person: Staff) -> MeetingInvitee:
    return MeetingInvitee(
        id=new_id(), meeting_id=meeting.id, authority_id=person.authority_id, staff_id=person.id
    )


def _set_day(ctx: Context, writing: Writing, rows: CaseRows, day: date) -> None:
    """The case is met about on that day: the deadlines of its card follow, if it had another."""
    case = rows.case
    if case.meeting_at and danish_day(case.meeting_at) == day:
        return
    running = load_running(ctx, rows)
    met_before = any(event.name == "next_meeting" for event in running.run.events)
    case.meeting_at = end_of_day(day)
    moved = Event("next_meeting" if met_before else "meeting", case.meeting_at)
    save_run(
        writing,
        case=case,
        before=running.run,
        after=occur(running.run, moved, calendar=running.calendar),
        steps=rows.steps,
        participants=rows.participants,
        calendar=running.calendar,
    )
