"""Posts: a unit's place in a network, which somebody is contact for. What there are, as the definitions have them."""

from collections.abc import Iterable
from hashlib import sha256

from casehub.access.resources import PostResource
from casehub.model import ContactDuty
from casehub.services.context import Context


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
