"""Posts: a unit's place in a network, which somebody is contact for. What there are, as the definitions have them, and who is there today."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select

from casehub.access.resources import PostResource
from casehub.definitions.contact_rules import ContactRule, OnePer
from casehub.definitions.networks import Network
from casehub.model import ContactDuty, Staff
from casehub.services.cells import Cell
from casehub.services.context import Context
from casehub.services.duties import HOLDERS, STOOD_IN, in_force, on_duty

NOBODY = "Mangler kontaktperson"
ALL_AWAY = "Alle er fraværende, og der er ingen stedfortræder"
_PER = {OnePer.UNIT: "enhed", OnePer.KOMMUNE: "kommune"}


def posts_of(ctx: Context) -> tuple[PostResource, ...]:
    """Every post there is, in the order of the organisation file: of each network, and of each obligation with contacts."""
    networks = ctx.catalogue.current.networks.values()
    found = [post for each in networks for post in _posts(ctx, each.id, _in_network(ctx, each), ())]
    for each in ctx.catalogue.current.obligations.values():
        if each.contacts:
            forums = ctx.catalogue.forums.get(each.reported_to or "", ())
            told = [authority for forum in forums for authority in forum.authorities]
            found += _posts(ctx, each.id, _under_rules(ctx, each.contacts), told)
    return tuple(found)


def _posts(ctx: Context, circle: str, here: Iterable[str], told: Iterable[str]) -> Iterator[PostResource]:
    owners = {unit: ctx.catalogue.owner_of(unit) for unit in here}
    partners = frozenset({*owners.values(), *told})
    yield from (PostResource(f"{circle}/{unit}", owner, partners) for unit, owner in owners.items())


def _in_network(ctx: Context, network: Network) -> list[str]:
    return [
        unit.id
        for authority in ctx.catalogue.current.organisation.authorities
        for unit in authority.units
        if network.includes(authority_kind=authority.kind, unit_kind=unit.kind)
    ]


def _under_rules(ctx: Context, rules: Sequence[ContactRule]) -> list[str]:
    kinds = {(rule.authority_kind, rule.unit_kind) for rule in rules}
    return [
        unit.id
        for authority in ctx.catalogue.current.organisation.authorities
        for unit in authority.units
        if (authority.kind, unit.kind) in kinds
    ]


def post_of(ctx: Context, network: str, unit_id: str) -> PostResource:
    """The post; one that does not exist belongs to nobody, so that nothing can be done to it."""
    wanted = f"{network}/{unit_id}"
    return next((post for post in posts_of(ctx) if post.id == wanted), PostResource(wanted, "", frozenset()))


def network_name(ctx: Context, network: str) -> str:
    """The name of the network or the obligation, or its id if it has left the files."""
    current = ctx.catalogue.current
    known = current.networks.get(network) or current.obligations.get(network)
    return known.name if known else network


def rules_of(ctx: Context, network: str) -> tuple[ContactRule, ...]:
    """How many contact persons the file says there must be."""
    current = ctx.catalogue.current
    known = current.networks.get(network) or current.obligations.get(network)
    return known.contacts if known else ()


def state_of(duties: Collection[ContactDuty]) -> str:
    """What tells one state of a post's duties from the next: any change of one, or of its holder's absences, makes another."""
    told = [f"{duty.id}/{duty.entry_id}" for duty in duties]
    told += [f"{row.id}/{row.entry_id}" for duty in duties for row in duty.absences]
    return sha256(" ".join(sorted(told)).encode()).hexdigest()[:16]


def cells_of(ctx: Context, posts: Iterable[PostResource]) -> tuple[Cell, ...]:
    """How each of these posts is covered today: two statements, however many."""
    keys = {post.id: post.id.partition("/")[::2] for post in posts}
    networks = {network for network, _ in keys.values()}
    duties = _by_post(
        ctx.session.scalars(select(ContactDuty).where(ContactDuty.network.in_(networks))).unique()
    )
    named = {duty.staff_id for each in duties.values() for duty in each}
    serving = select(Staff).where(Staff.id.in_(named), Staff.retired_at.is_(None))
    people = {row.id: row.name for row in ctx.session.scalars(serving)}
    held = {key: [duty for duty in each if duty.staff_id in people] for key, each in duties.items()}
    return tuple(_cell(ctx, network, unit, held, people) for network, unit in keys.values())


def missing_of_own(ctx: Context) -> tuple[Cell, ...]:
    """What the own authority's posts lack today, or how they break the rule."""
    own = [post for post in posts_of(ctx) if post.authority == ctx.actor.authority]
    return tuple(cell for cell in cells_of(ctx, own) if cell.problem)


def _by_post(duties: Iterable[ContactDuty]) -> dict[str, list[ContactDuty]]:
    found: dict[str, list[ContactDuty]] = {}
    for duty in duties:
        found.setdefault(f"{duty.network}/{duty.unit_id}", []).append(duty)
    return found


def _cell(
    ctx: Context,
    network: str,
    unit: str,
    held: Mapping[str, Sequence[ContactDuty]],
    people: Mapping[UUID, str],
) -> Cell:
    serving = held.get(f"{network}/{unit}", ())
    there = [duty for duty in on_duty(serving, ctx.today) if duty.function in STOOD_IN]
    return Cell(
        network=network,
        network_name=network_name(ctx, network),
        unit_id=unit,
        unit=ctx.catalogue.unit_name(unit),
        names=tuple(dict.fromkeys(people[duty.staff_id] for duty in there)),
        problem=problem_of(ctx, network, unit, held),
        state=state_of(serving),
    )


def problem_of(
    ctx: Context, network: str, unit: str, held: Mapping[str, Sequence[ContactDuty]]
) -> str | None:
    """What is missing at a post today, or breaks the rule; None if all is well. `held`: duties of people in service, by post."""
    serving = held.get(f"{network}/{unit}", ())
    if not any(duty.function in STOOD_IN for duty in on_duty(serving, ctx.today)):
        return ALL_AWAY if _holders(ctx, serving) else NOBODY
    known, owner = ctx.catalogue.unit(unit), ctx.catalogue.owner_of(unit)
    for rule in rules_of(ctx, network):
        if known and (rule.authority_kind, rule.unit_kind) == (
            ctx.catalogue.authority_kind(owner),
            known.kind,
        ):
            return _breach(ctx, rule, network, unit, held)
    return None


def _breach(
    ctx: Context,
    rule: ContactRule,
    network: str,
    unit: str,
    held: Mapping[str, Sequence[ContactDuty]],
) -> str | None:
    """How the rule is broken here, in words."""

    def holders(units: Iterable[str]) -> set[UUID]:
        return {staff for each in units for staff in _holders(ctx, held.get(f"{network}/{each}", ()))}

    alike = _under_rules(ctx, [rule])
    beside = [each for each in alike if _share_a_kommune(ctx, unit, each)]
    found = len(holders([unit] if rule.one_per is OnePer.UNIT else beside))
    if found > 1:
        return f"{found} kontaktpersoner; reglen er én pr. {_PER[rule.one_per]}"
    own = [each for each in alike if ctx.catalogue.owner_of(each) == ctx.catalogue.owner_of(unit)]
    if rule.same_person and len(holders(own)) > 1:
        return "Ikke den samme person alle steder, som reglen siger"
    return None


def _holders(ctx: Context, duties: Iterable[ContactDuty]) -> set[UUID]:
    """Whose the post is, whether or not they are there; deputies aside."""
    return {duty.staff_id for duty in duties if duty.function in HOLDERS and in_force(duty, ctx.today)}


def _share_a_kommune(ctx: Context, unit: str, other: str) -> bool:
    one, two = ctx.catalogue.unit(unit), ctx.catalogue.unit(other)
    return one is not None and two is not None and bool(set(one.kommuner) & set(two.kommuner))
