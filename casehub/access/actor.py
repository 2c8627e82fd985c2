"""Who acts: a member of staff with what they are contact for, or the system itself."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a login is for. Duties are separate: nobody has two."""

    STAFF = "staff"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Function(StrEnum):
    """What a contact does in a network for a unit."""

    CONTACT = "kontaktperson"
    DEPUTY = "stedfortraeder"
    COORDINATOR = "tovholder"
    LEADER = "leder"


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact duty valid today: `function` of `network` for `unit`. ValueError if the network's id holds a slash.

    That slash would let two different duties share one key, and with it each other's cases.
    """

    network: str
    unit: str
    function: Function
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if "/" in self.network:  # a unit's id has slashes; the key is split at the first
            raise ValueError(f"network {self.network!r}: the id of a network cannot hold a slash")


@dataclass(frozen=True, slots=True)
class Glass:
    """A case the actor opened by break-glass, for now. `id`: of the break-glass, which each entry under it names."""

    id: UUID
    case_id: UUID
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts. `staff_id` is None for the system alone. `contacts`: duties valid today.

    `has_assignments`: works on at least one case beyond the contact duties, and so may list and search.
    `broken`: cases open to them by break-glass at this moment. `absent`: away today; then there are no duties. `keeps_contacts`: says who the own authority's contacts are.
    """

    staff_id: UUID | None
    name: str
    authority: str
    authority_kind: str
    unit: str
    role: Role
    contacts: frozenset[Contact] = frozenset()
    has_assignments: bool = False
    absent: bool = False
    keeps_contacts: bool = False
    broken: frozenset[Glass] = frozenset()

    def glass(self, case_id: UUID | None) -> Glass | None:
        """The break-glass by which the case is open to the actor, if one is."""
        return next((glass for glass in self.broken if glass.case_id == case_id), None)

    @property
    def contact_keys(self) -> frozenset[str]:
        """`network/unit` of every duty: what Cedar compares with a case's participants."""
        return frozenset(f"{contact.network}/{contact.unit}" for contact in self.contacts)

    @property
    def coordinator_keys(self) -> frozenset[str]:
        """`network/unit` of every tovholder duty."""
        return self._keys_of(Function.COORDINATOR)

    @property
    def leader_keys(self) -> frozenset[str]:
        """`network/unit` of everything the actor leads."""
        return self._keys_of(Function.LEADER)

    def _keys_of(self, function: Function) -> frozenset[str]:
        duties = (contact for contact in self.contacts if contact.function is function)
        return frozenset(f"{contact.network}/{contact.unit}" for contact in duties)


def system_actor(authority: str, authority_kind: str) -> Actor:
    """Make the actor of jobs on an authority's queue: it can re-wrap and mark, and opens nothing."""
    return Actor(None, "casehub", authority, authority_kind, "", Role.SYSTEM)
