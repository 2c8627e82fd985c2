"""The coordinated plan (samordnet handlingsplan) of a forum for a year: its mandatory sections, written until it is adopted.

Adopting it is the task of the year wheel; it is refused while a section is missing, or while what comes before is not done.
"""

from collections.abc import Mapping

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.resources import ForumResource
from casehub.audit import Event, ObjectRef
from casehub.definitions.forums import Forum
from casehub.model import CoordinatedPlan, Staff, WheelTask, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict, FormRefused
from casehub.services.forum_views import PlanView
from casehub.services.forums import forum_resource, open_text
from casehub.services.wheel import held_back

ADOPTED = "Planen er vedtaget og kan ikke ændres."


def read_plan(ctx: Context, *, forum_id: str, year: int) -> PlanView:
    """The plan of a year; empty sections if nobody has begun. NotFound: also if the forum has no plan."""
    forum, resource = _forum(ctx, forum_id)
    ctx.gate.visit(action=Action.FORUM_READ, event=Event.FORUM_READ, on=resource)
    if forum is None:  # a policy that permits the unknown would be a defect
        raise LookupError("a plan of nothing was permitted")
    plan = _plan(ctx, forum_id, year)
    texts = plan.sections if plan else {}
    sections = forum.definition.plan_sections
    return PlanView(
        forum_id=forum.id,
        forum_name=forum.name,
        year=year,
        sections=tuple((section.id, section.text, texts.get(section.id, "")) for section in sections),
        missing=tuple(section.text for section in sections if not texts.get(section.id)),
        adopted_at=plan.adopted_at if plan else None,
        adopted_by=ctx.session.get_one(Staff, plan.adopted_by).name if plan and plan.adopted_by else None,
        may_write=not (plan and plan.adopted_at) and ctx.gate.may(Action.FORUM_WRITE, resource),
    )


def write_plan(ctx: Context, *, forum_id: str, year: int, texts: Mapping[str, str]) -> None:
    """Write the sections, as far as one has come. FormRefused, Conflict (adopted), NotFound."""
    forum, resource = _forum(ctx, forum_id)
    with ctx.gate.create(action=Action.FORUM_WRITE, event=Event.PLAN_WRITTEN, on=resource) as writing:
        plan = _plan(ctx, forum_id, year, lock=True)
        if plan and plan.adopted_at:
            raise Conflict(ADOPTED)
        check = Checking()
        sections = forum.definition.plan_sections if forum else ()
        written = {
            section.id: open_text(check, section.id, texts.get(section.id, ""), required=False)
            for section in sections
        }
        check.done()
        if plan is None:
            plan = _new(ctx, forum, year)
            writing.add(plan)
        plan.sections = written
        writing.objects.append(_ref(plan))


def adopt_plan(ctx: Context, *, forum_id: str, year: int) -> None:
    """Adopt the plan: it is closed, and the wheel's task is done. FormRefused (what is missing), Conflict (why not yet), NotFound."""
    forum, resource = _forum(ctx, forum_id)
    with ctx.gate.create(action=Action.FORUM_WRITE, event=Event.PLAN_ADOPTED, on=resource) as writing:
        plan = _plan(ctx, forum_id, year, lock=True)
        if plan and plan.adopted_at:
            raise Conflict(ADOPTED)
        texts = plan.sections if plan else {}
        sections = forum.definition.plan_sections if forum else ()
        missing = {
            section.id: "Delen mangler, og planen kan ikke vedtages uden."
            for section in sections
            if not texts.get(section.id)
        }
        if missing or plan is None:
            raise FormRefused(missing)
        for task in _tasks(ctx, forum_id, year):
            if reasons := held_back(ctx, task):
                raise Conflict(f"Planen kan ikke vedtages endnu. {' '.join(reasons)}")
            task.done_at, task.done_by = ctx.now, ctx.actor.staff_id
            writing.objects.append(ObjectRef("wheel_task", str(task.id), None, task.authority_id))
        plan.adopted_at, plan.adopted_by = ctx.now, ctx.actor.staff_id
        writing.objects.append(_ref(plan))


def _forum(ctx: Context, forum_id: str) -> tuple[Forum | None, ForumResource]:
    """The forum, if it has a plan at all."""
    forum = ctx.catalogue.forum(forum_id)
    if forum is None or not forum.definition.plan_sections:
        return None, forum_resource(None, forum_id)
    return forum, forum_resource(forum, forum_id)


def _plan(ctx: Context, forum_id: str, year: int, *, lock: bool = False) -> CoordinatedPlan | None:
    wanted = select(CoordinatedPlan).where(CoordinatedPlan.forum == forum_id, CoordinatedPlan.year == year)
    if not lock:
        return ctx.session.scalar(wanted)
    fresh = {"populate_existing": True}
    held = ctx.session.scalar(wanted.with_for_update(), execution_options=fresh)
    return held or ctx.session.scalar(wanted, execution_options=fresh)  # an adopted one can only be read


def _new(ctx: Context, forum: Forum | None, year: int) -> CoordinatedPlan:
    if forum is None:
        raise LookupError("a plan of nothing was permitted")
    return CoordinatedPlan(
        id=new_id(),
        forum=forum.id,
        year=year,
        authority_id=ctx.actor.authority,
        readers=sorted(forum.authorities),
        sections={},
    )


def _tasks(ctx: Context, forum_id: str, year: int) -> tuple[WheelTask, ...]:
    """The wheel's tasks that adopting this plan does."""
    obligations = ctx.catalogue.current.obligations.values()
    keys = [(each.id, task.key) for each in obligations for task in each.tasks if task.adopts_plan]
    rows = ctx.session.scalars(
        select(WheelTask)
        .where(WheelTask.subject == forum_id, WheelTask.cycle == year, WheelTask.done_at.is_(None))
        .with_for_update()
    )
    return tuple(row for row in rows if (row.obligation, row.task) in keys)


def _ref(plan: CoordinatedPlan) -> ObjectRef:
    return ObjectRef("plan", str(plan.id), None, plan.authority_id)
