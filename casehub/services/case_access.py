"""Who can see a case and why, and why somebody cannot: the deciding policies' own words, as the rules are now.

Told to those who work on the case, with the names they are told as viewers too; and to an authority's reviewer, of its own staff.
What only another authority knows, whom it has assigned, is not in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import or_

from casehub.access.actions import Action
from casehub.access.actor import Actor
from casehub.access.explaining import Explained
from casehub.access.resources import AuthorityResource
from casehub.access.rows import CaseRows
from casehub.model import Staff
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.services.people import load_people
from casehub.services.views import Choice

RETIRED = "Personen er fratrådt og kan ikke logge ind mere."


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody, whether they can see the case, and the sentences that say why. `name` is "" where only the unit may be known.

    `lacking`: where no rule speaks for or against, what would give access. `people`: how many it is said of.
    """

    name: str
    unit: str
    authority: str
    allowed: bool
    why: tuple[str, ...]
    lacking: tuple[str, ...]
    people: int = 1


@dataclass(frozen=True, slots=True)
class CaseAccessView:
    """Everybody who can see a case, as far as they may be known; and the one asked about, if one was.

    `colleagues`: whom one can ask about.
    """

    case_id: UUID
    case_number: str
    own: tuple[PersonView, ...]
    others: tuple[PersonView, ...]
    asked: PersonView | None
    colleagues: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class StaffAccessView:
    """Why one of a reviewer's authority can see a case, or cannot. `case_number`: its id where the authority is not in it."""

    case_id: UUID
    case_number: str
    person: PersonView


def explain_case(ctx: Context, *, case_id: UUID, person: UUID | None = None) -> CaseAccessView:
    """Who can see the case, and why; why `person` can or cannot, if a colleague of that id is there. Opens nothing. NotFound."""
    about = _colleague(ctx, person)
    rows, found = ctx.gate.explain(
        case_id=case_id, people=lambda rows: _concerned(ctx, rows), about=about.staff_id if about else None
    )
    if rows is None:
        raise NotFound
    views = [(each, _view(ctx, each, named=_may_name(ctx, each.person))) for each in found]
    seeing = [view for _, view in views if view.allowed]
    return CaseAccessView(
        case_id=case_id,
        case_number=rows.case.number,
        own=tuple(view for view in seeing if view.name),
        others=_counted(view for view in seeing if not view.name),
        asked=next((view for each, view in views if about and each.person.staff_id == about.staff_id), None),
        colleagues=tuple(Choice(str(each.person.staff_id), view.name) for each, view in views if view.name),
    )


def explain_to_reviewer(ctx: Context, *, case_id: UUID, person: UUID) -> StaffAccessView:
    """Why one of the own authority's staff can see a case, or cannot. NotFound for all but its reviewers."""
    about, staff = _colleague(ctx, person), ctx.session.get(Staff, person)
    whose = staff.authority_id if staff else ""
    rows, found = ctx.gate.explain(
        case_id=case_id,
        people=lambda _: (about,) if about else (),
        about=person,
        on=AuthorityResource(whose, ctx.catalogue.authority_kind(whose) if whose else ""),
    )
    if staff is None:
        raise NotFound
    views = [_view(ctx, each, named=True) for each in found]
    return StaffAccessView(case_id, rows.case.number if rows else str(case_id), *views or [_gone(ctx, staff)])


def _colleague(ctx: Context, person: UUID | None) -> Actor | None:
    """One of the own authority's staff; None also for one who has left."""
    wanted = (Staff.id == person) & (Staff.authority_id == ctx.actor.authority)
    found = load_people(ctx.session, wanted, ctx.today) if person else ()
    return found[0] if found else None


def _concerned(ctx: Context, rows: CaseRows | None) -> tuple[Actor, ...]:
    """All own staff, and others' who have a duty for a unit that takes part."""
    duties = [duty.staff_id for duty in rows.duties] if rows else []
    wanted = or_(Staff.authority_id == ctx.actor.authority, Staff.id.in_(duties))
    return load_people(ctx.session, wanted, ctx.today)


def _may_name(ctx: Context, person: Actor) -> bool:
    return ctx.gate.may(Action.VIEWERS_NAME, AuthorityResource(person.authority, person.authority_kind))


def _view(ctx: Context, explained: Explained, *, named: bool) -> PersonView:
    person = explained.person
    return PersonView(
        name=person.name if named else "",
        unit=ctx.catalogue.unit_name(person.unit),
        authority=ctx.catalogue.authority_name(person.authority),
        allowed=explained.allowed,
        why=explained.why,
        lacking=explained.lacking,
    )


def _gone(ctx: Context, staff: Staff) -> PersonView:
    place = (ctx.catalogue.unit_name(staff.unit_id), ctx.catalogue.authority_name(staff.authority_id))
    return PersonView(staff.name, *place, allowed=False, why=(RETIRED,), lacking=())


def _counted(views: Iterable[PersonView]) -> tuple[PersonView, ...]:
    """Those of whom the same is said in one line."""
    counts: dict[PersonView, int] = {}
    for view in views:
        counts[view] = counts.get(view, 0) + 1
    lines = sorted(counts, key=lambda view: (view.authority, view.unit))
    return tuple(replace(view, people=counts[view]) for view in lines)
