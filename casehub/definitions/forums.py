"""Forums as data, parsed from `policies/forums/*.yaml`, and the forums there are in an organisation: one, or one per kommune.

Seats are units': whoever works in a unit with a seat sits on it. The file knows units and roles, no people.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from casehub.definitions.networks import Option
from casehub.definitions.organisation import Organisation


@dataclass(frozen=True, slots=True)
class Seat:
    """A kind of unit of a kind of authority (of `authority` alone, if named), and what its person is there, in Danish."""

    authority_kind: str
    unit_kind: str
    role: str
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Guest:
    """A kind of unit that is to take part so many times a year."""

    authority_kind: str
    unit_kind: str
    per_year: int


@dataclass(frozen=True, slots=True)
class ForumDefinition:
    """One file. `level`: strategisk, taktisk or operativ. `per_kommune`: one for each. `approved_by`: chair, vice_chair."""

    id: str
    name: str
    level: str
    per_kommune: bool
    members: tuple[Seat, ...]
    chair: Seat
    vice_chair: Seat | None
    secretary: Seat
    approved_by: tuple[str, ...]
    guests: tuple[Guest, ...]
    plan_sections: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A unit with a seat in a forum."""

    authority: str
    unit: str
    role: str


@dataclass(frozen=True, slots=True)
class Forum:
    """One forum. `id`: the definition's, with the kommune's code behind if there is one for each."""

    id: str
    name: str
    definition: ForumDefinition
    members: tuple[Member, ...]
    chair: Member
    vice_chair: Member | None
    secretary: Member

    @property
    def authorities(self) -> frozenset[str]:
        """Those with a seat."""
        return frozenset(member.authority for member in self.members) | {self.secretary.authority}

    @property
    def approvers(self) -> tuple[Member, ...]:
        """Who approves its minutes."""
        asked = {"chair": self.chair, "vice_chair": self.vice_chair}
        return tuple(member for name in self.definition.approved_by if (member := asked[name]))


def forums_of(definition: ForumDefinition, organisation: Organisation) -> tuple[Forum, ...]:
    """The forums of a definition. A seat no unit fills is left out; chair and secretary are there (`cross_check`)."""
    if not definition.per_kommune:
        return (_forum(definition, organisation, definition.id, definition.name, None),)
    return tuple(
        _forum(definition, organisation, f"{definition.id}-{kommune.code}", f"{definition.name} i {kommune.name}", kommune.code)
        for kommune in organisation.kommuner
    )  # fmt: skip


def units_of(organisation: Organisation, seat: Seat, kommune: str | None) -> Iterator[Member]:
    """The units that fill a seat; in a forum of a kommune, those that cover it."""
    for authority in organisation.authorities:
        if authority.kind != seat.authority_kind or seat.authority not in {None, authority.id}:
            continue
        for unit in authority.units:
            if unit.kind == seat.unit_kind and (
                kommune is None or kommune in (unit.kommuner or authority.kommuner)
            ):
                yield Member(authority.id, unit.id, seat.role)


def _forum(
    definition: ForumDefinition, organisation: Organisation, forum_id: str, name: str, kommune: str | None
) -> Forum:
    def first(seat: Seat) -> Member:
        return next(units_of(organisation, seat, kommune))

    members = (member for seat in definition.members for member in units_of(organisation, seat, kommune))
    return Forum(
        id=forum_id,
        name=name,
        definition=definition,
        members=tuple(dict.fromkeys(members)),
        chair=first(definition.chair),
        vice_chair=first(definition.vice_chair) if definition.vice_chair else None,
        secretary=first(definition.secretary),
    )
