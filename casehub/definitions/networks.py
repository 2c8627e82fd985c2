"""A network as data: who belongs, who may disclose what to whom on which basis, for what purposes, for how long.

Parsed from `policies/networks/*.yaml`. The law's words live in the file, never in code.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from casehub.definitions.contact_rules import ContactRule


@dataclass(frozen=True, slots=True)
class Basis:
    """A legal basis (hjemmel). `text` is what people read; `inform_citizen`: the disclosure carries a duty to inform.

    `consent`: the citizen's own, which is chosen and never proposed.
    """

    id: str
    text: str
    source: str
    inform_citizen: bool = False
    consent: bool = False


@dataclass(frozen=True, slots=True)
class Information:
    """A kind of information, e.g. about health. `presumed_of`: the authority kinds whose writings are presumed to be of it."""

    id: str
    text: str
    presumed_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """An id and the Danish words for it: a purpose, a source of referrals, an indicator.

    `event`: what ticking the indicator raises on the card, e.g. `child_involved`.
    """

    id: str
    text: str
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An authority kind that belongs. `unit_kind`: which of its units takes part; `preselected`: proposed at triage.

    Which authority and unit: those of the kind whose `kommuner` include the case's kommune.
    """

    authority_kind: str
    unit_kind: str
    preselected: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Direction:
    """Who may disclose to whom, on which of the network's bases (ids, the first is proposed).

    `information`: of which kinds of information; none: of all.
    """

    from_kind: str
    to_kind: str
    bases: tuple[str, ...]
    information: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """The cooperation agreement: who signed it, both days included. `left`: who is not part of it any more, from which day on."""

    since: date
    until: date
    signatories: frozenset[str]
    left: tuple[tuple[str, date], ...] = ()

    def binds(self, authority: str, day: date) -> bool:
        """Whether it is in force for the authority on that day."""
        ended = dict(self.left).get(authority)
        return (
            self.since <= day <= self.until and authority in self.signatories and not (ended and ended <= day)
        )

    @property
    def endings(self) -> frozenset[date]:
        """The last days on which it binds everybody it binds, and those who are to leave it."""
        return frozenset({self.until, *(day - timedelta(days=1) for _, day in self.left)})


class Subject(StrEnum):
    """Whom a network's cases are about: a citizen has a CPR number, a business a CVR number."""

    CITIZEN = "citizen"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Hints:
    """What the referral form says beneath its questions; None: nothing."""

    acute: str | None = None
    necessity: str | None = None
    purpose: str | None = None
    safe_contact: str | None = None


@dataclass(frozen=True, slots=True)
class Ages:
    """How old a citizen can be whose case begins here, in whole years, both included; `why` is told when one is not."""

    least: int
    most: int
    why: str


@dataclass(frozen=True, slots=True)
class AcuteLevels:
    """In minutes after a unit came into an acute case: when its deputies and its leaders are told, if nobody there took it by then."""

    deputy_after: int
    leader_after: int
    source: str


# of versions that say nothing of it
DEFAULT_ACUTE = AcuteLevels(30, 60, "Egen frist")


@dataclass(frozen=True, slots=True)
class Network:
    """A network version. `coordinator_*`: where the tovholder sits. `prefix` begins case numbers, e.g. PSP.

    `card`: the id of its card. `whole_address`: nor without the house and postal code. `safe_contact_default`: no case begins without words on how to reach the citizen safely.
    `indicators` may be none; `ages`: None where any age will do.
    `minutes_working_days`: the deadline for minutes after a meeting; None: by the next one. `risk`: ids of the checklists used.
    `contacts`: how many contact persons there must be, where more than one of each unit is said.
    """

    id: str
    name: str
    prefix: str
    target_group: str
    coordinator_kind: str
    coordinator_unit_kind: str
    members: tuple[Member, ...]
    bases: tuple[Basis, ...]
    directions: tuple[Direction, ...]
    purposes: tuple[Option, ...]
    forbidden_purposes: tuple[Option, ...]
    indicators: tuple[Option, ...]
    sources: tuple[Option, ...]
    card: str
    meeting_cadence_days: int
    safe_contact_default: bool
    retention_months: int
    hints: Hints
    ages: Ages | None
    subject: Subject
    sha256: bytes
    acute: AcuteLevels = DEFAULT_ACUTE
    whole_address: bool = False
    minutes_working_days: int | None = None
    risk: tuple[str, ...] = ()
    contacts: tuple[ContactRule, ...] = ()
    information: tuple[Information, ...] = ()
    agreement: Agreement | None = None

    def basis(self, basis_id: str) -> Basis:
        """Return the basis with this id; KeyError if the network has none."""
        for basis in self.bases:
            if basis.id == basis_id:
                return basis
        raise KeyError(basis_id)

    def bases_for(
        self, *, from_kind: str, to_kind: str, information: tuple[str, ...] = ()
    ) -> tuple[Basis, ...]:
        """Return the bases on which `from_kind` may disclose to `to_kind`; empty means: cannot be made.

        `information`: of these kinds together; none: of any.
        """
        ways = [way for way in self.directions if (way.from_kind, way.to_kind) == (from_kind, to_kind)]
        named = dict.fromkeys(basis for way in ways for basis in way.bases)
        return tuple(
            self.basis(basis)
            for basis in named
            if all(
                any(basis in way.bases and kind in (way.information or (kind,)) for way in ways)
                for kind in information
            )
        )

    def presumed(self, from_kind: str) -> tuple[str, ...]:
        """The kinds of information that what `from_kind` writes is presumed to be of."""
        return tuple(each.id for each in self.information if from_kind in each.presumed_of)

    def binds(self, authority: str, day: date) -> bool:
        """Whether the network's agreement is in force for the authority that day; without an agreement it is for nobody."""
        return self.agreement is not None and self.agreement.binds(authority, day)

    def covers(self, information: tuple[str, ...]) -> bool:
        """Whether these are kinds the network knows; where it knows some, at least one is named."""
        known = {each.id for each in self.information}
        return set(information) <= known and bool(information or not known)

    def includes(self, *, authority_kind: str, unit_kind: str) -> bool:
        """Whether units of that kind take part: as members, or where the tovholder sits."""
        kinds = {(member.authority_kind, member.unit_kind) for member in self.members}
        kinds.add((self.coordinator_kind, self.coordinator_unit_kind))
        return (authority_kind, unit_kind) in kinds


def proposed(bases: tuple[Basis, ...]) -> str:
    """The id of the basis that forms propose: the first. Consent is never presumed: "", as where there is none."""
    return bases[0].id if bases and not bases[0].consent else ""
