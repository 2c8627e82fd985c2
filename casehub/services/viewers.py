"""Who has seen a case, as those who work on it may know: own colleagues by name, other authorities' staff by unit.

Which authority's names one is told is decided by Cedar (`viewers:name`); what was not told is not in the view.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.resources import AuthorityResource
from casehub.audit import Category, Event
from casehub.services.context import Context
from casehub.services.openings import Opening, find_openings

# reading the log of a case, or why it can be seen, shows nothing that is in the case; its reviewers are watched at their own desk
_SEEING = frozenset(
    event
    for event in Event
    if event.category in {Category.CONSULTATION, Category.SEARCH, Category.LIST}
    and event not in {Event.ACCESS_EXPLAINED, Event.LOG_READ, Event.LOG_SEARCHED, Event.LOG_EXPORTED}
)


@dataclass(frozen=True, slots=True)
class ViewerView:
    """Somebody who has seen the case. `name` is "" where one may only know the authority and the unit."""

    name: str
    title: str
    unit: str
    authority: str
    acts: tuple[str, ...]
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class ViewersView:
    """Everybody who has seen a case, the latest first."""

    case_id: UUID
    case_number: str
    viewers: tuple[ViewerView, ...]


def read_viewers(ctx: Context, *, case_id: UUID) -> ViewersView:
    """Who has seen the case. Opens nothing. NotFound."""
    reading = ctx.gate.read_case(
        case_id=case_id, event=Event.CASE_VIEWERS_READ, action=Action.VIEWERS_READ, wanted=lambda _: ()
    )
    found = find_openings(ctx, case_id=case_id, events=_SEEING)
    named = {authority for authority in {line.authority for line in found} if _may_name(ctx, authority)}
    latest = sorted(found, key=lambda line: line.last, reverse=True)
    return ViewersView(
        case_id=case_id,
        case_number=reading.rows.case.number,
        viewers=tuple(_viewer(ctx, line, named=line.authority in named) for line in latest),
    )


def _may_name(ctx: Context, authority: str) -> bool:
    resource = AuthorityResource(authority, ctx.catalogue.authority_kind(authority))
    return ctx.gate.may(Action.VIEWERS_NAME, resource)


def _viewer(ctx: Context, line: Opening, *, named: bool) -> ViewerView:
    staff = line.staff if named else None
    return ViewerView(
        name=staff.name if staff else "",
        title=staff.title if staff else "",
        unit=ctx.catalogue.unit_name(line.unit),
        authority=ctx.catalogue.authority_name(line.authority),
        acts=tuple(event.text for event in line.events),
        times=line.times,
        first=line.first,
        last=line.last,
    )
