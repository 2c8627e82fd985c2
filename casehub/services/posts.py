"""Posts: a unit's place in a network, which somebody is contact for. What there are, as the definitions have them, and who is there today."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select

from casehub.access.resources import PostResource
from casehub.model import ContactDuty, Staff
from casehub.services.contact_views import Cell
from casehub.services.context import Context
from casehub.services.duties import HOLDERS, STOOD_IN, in_force, on_duty

NOBODY = "Mangler kontaktperson"
ALL_AWAY = "Alle er fraværende, og der er ingen stedfortræder"


def posts_of(ctx: Context) -> tuple[PostResource, ...]:
    """Every post there is, network by network, in the order of the organisation file."""
    organisation = ctx.catalogue.current.organisation
    found: list[PostResource] = []
    for network in ctx.catalogue.current.networks.values():
        here = [
            (authority.id, unit.id)
            for authority in organisation.authorities
            for unit in authority.units
            if network.includes(authority_kind=authority.kind, unit_kind=unit.kind)
        ]
        partners = frozenset(authority for authority, _ in here)
        found += [PostResource(f"{network.id}/{unit}", authority, partners) for authority, unit in here]
    return tuple(found)


def post_of(ctx: Context, network: str, unit_id: str) -> PostResource:
    """The post; one that does not exist belongs to nobody, so that nothing can be done to it."""
    wanted = f"{network}/{unit_id}"
    return next((post for post in posts_of(ctx) if post.id == wanted), PostResource(wanted, "", frozenset()))


def network_name(ctx: Context, network: str) -> str:
    """The network's name, or its id if it has left the files."""
    known = ctx.catalogue.current.networks.get(network)
    return known.name if known else network


def state_of(duties: Iterable[ContactDuty]) -> str:
    """What tells one state of a post's duties from the next: any change of any of them makes another."""
    told = sorted(f"{duty.id}/{duty.entry_id}" for duty in duties)
    return sha256(" ".join(told).encode()).hexdigest()[:16]


def cells_of(ctx: Context, posts: Iterable[PostResource]) -> tuple[Cell, ...]:
    """How each of these posts is covered today: two statements, however many."""
    keys = {post.id: post.id.partition("/")[::2] for post in posts}
    units = {unit for _, unit in keys.values()}
    duties = _by_post(ctx.session.scalars(select(ContactDuty).where(ContactDuty.unit_id.in_(units))).unique())
    named = {duty.staff_id for each in duties.values() for duty in each}
    serving = select(Staff).where(Staff.id.in_(named), Staff.retired_at.is_(None))
    people = {row.id: row.name for row in ctx.session.scalars(serving)}
    return tuple(
        _cell(ctx, network, unit, duties.get(key, ()), people) for key, (network, unit) in keys.items()
    )


def _by_post(duties: Iterable[ContactDuty]) -> dict[str, list[ContactDuty]]:
    found: dict[str, list[ContactDuty]] = {}
    for duty in duties:
        found.setdefault(f"{duty.network}/{duty.unit_id}", []).append(duty)
    return found


def _cell(
    ctx: Context, network: str, unit: str, duties: Sequence[ContactDuty], people: Mapping[UUID, str]
) -> Cell:
    serving = [duty for duty in duties if duty.staff_id in people]
    there = [duty for duty in on_duty(serving, ctx.today) if duty.function in STOOD_IN]
    return Cell(
        network=network,
        network_name=network_name(ctx, network),
        unit_id=unit,
        unit=ctx.catalogue.unit_name(unit),
        names=tuple(dict.fromkeys(people[duty.staff_id] for duty in there)),
        problem=None if there else problem_of(ctx, serving),
    )


def problem_of(ctx: Context, serving: Iterable[ContactDuty]) -> str | None:
    """What is missing at a post with these duties of people in service; None if somebody is there."""
    held = [duty for duty in serving if duty.function in HOLDERS and in_force(duty, ctx.today)]
    if any(duty.function in STOOD_IN for duty in on_duty(serving, ctx.today)):
        return None
    return ALL_AWAY if held else NOBODY
