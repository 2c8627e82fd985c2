"""Definitions by name (those in force) and by SHA-256 (those a running case began with), and names of authorities."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from casehub.definitions.calendars import CalendarDefinition
from casehub.definitions.cards import Card
from casehub.definitions.forums import Forum, forums_of
from casehub.definitions.loading import (
    Definitions,
    parse_calendar,
    parse_card,
    parse_checklist,
    parse_network,
)
from casehub.definitions.networks import Network
from casehub.definitions.organisation import AuthorityDefinition, UnitDefinition
from casehub.definitions.risk import Checklist
from casehub.model import Case, DefinitionVersion
from casehub.workflow.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Versions:
    """What a case runs by: its network and card, and the SHA-256 of the calendar its card names."""

    network: Network
    card: Card
    calendar_sha: bytes

    @property
    def shas(self) -> tuple[bytes, bytes, bytes]:
        """As a case names them."""
        return self.network.sha256, self.card.sha256, self.calendar_sha


@dataclass(slots=True)
class Catalogue:
    """One process's definitions. Older versions are parsed once from the bytes kept in the database.

    `forums`: those there are, by the id of their definition.
    """

    current: Definitions
    _cards: dict[bytes, Card] = field(default_factory=dict)
    _networks: dict[bytes, Network] = field(default_factory=dict)
    _calendars: dict[bytes, Calendar] = field(default_factory=dict)
    _checklists: dict[bytes, Checklist] = field(default_factory=dict)
    _calendar_shas: dict[str, bytes] = field(default_factory=dict)
    _authorities: dict[str, AuthorityDefinition] = field(default_factory=dict)
    _units: dict[str, UnitDefinition] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    forums: Mapping[str, tuple[Forum, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._cards = {card.sha256: card for card in self.current.cards.values()}
        self._networks = {network.sha256: network for network in self.current.networks.values()}
        self._checklists = {each.sha256: each for each in self.current.checklists.values()}
        files = self.current.files
        self._calendar_shas = {file.name: file.sha256 for file in files if file.kind == "calendar"}
        self._calendars = {
            self._calendar_shas[name]: _calendar(definition)
            for name, definition in self.current.calendars.items()
        }
        authorities = self.current.organisation.authorities
        self._authorities = {authority.id: authority for authority in authorities}
        self._units = {unit.id: unit for authority in authorities for unit in authority.units}
        self._owners = {unit.id: authority.id for authority in authorities for unit in authority.units}

        organisation = self.current.organisation
        self.forums = {forum.id: forums_of(forum, organisation) for forum in self.current.forums.values()}

    def forum(self, forum_id: str) -> Forum | None:
        """The forum of that id, one of a kommune's too; None if it has left the files."""
        return next((forum for each in self.forums.values() for forum in each if forum.id == forum_id), None)

    def calendar_named(self, name: str) -> Calendar:
        """The version in force of a calendar."""
        return self._calendars[self._calendar_shas[name]]

    def card(self, session: Session, case: Case) -> Card:
        """The card version the case runs on (DESIGN, promise 6)."""
        if case.card_sha not in self._cards:
            self._cards[case.card_sha] = parse_card(_content(session, case.card_sha), file=case.card)
        return self._cards[case.card_sha]

    def network(self, session: Session, case: Case) -> Network:
        """The network version the case began with."""
        if case.network_sha not in self._networks:
            content = _content(session, case.network_sha)
            self._networks[case.network_sha] = parse_network(content, file=case.network)
        return self._networks[case.network_sha]

    def calendar(self, session: Session, case: Case) -> Calendar:
        """The calendar version the case counts working days by."""
        if case.calendar_sha not in self._calendars:
            definition = parse_calendar(_content(session, case.calendar_sha), file="calendar")
            self._calendars[case.calendar_sha] = _calendar(definition)
        return self._calendars[case.calendar_sha]

    def in_force(self, case: Case) -> Versions | None:
        """What a new case of the same card would begin with; None if network or card have left the files."""
        network, card = self.current.networks.get(case.network), self.current.cards.get(case.card)
        if network is None or card is None or card.network != network.id:
            return None
        return Versions(network, card, self.calendar_sha(card))

    def has_newer(self, case: Case) -> bool:
        """Whether the case could be moved to another version than it has."""
        newest = self.in_force(case)
        return newest is not None and newest.shas != (case.network_sha, case.card_sha, case.calendar_sha)

    def checklist(self, session: Session, *, checklist_id: str, sha256: bytes) -> Checklist | None:
        """That version of a risk checklist; None if there never was one."""
        if sha256 not in self._checklists:
            kept = select(DefinitionVersion.content).where(
                DefinitionVersion.sha256 == sha256, DefinitionVersion.kind == "risk"
            )
            content = session.scalar(kept)
            if content is None:
                return None
            self._checklists[sha256] = parse_checklist(content, file=checklist_id)
        found = self._checklists[sha256]
        return found if found.id == checklist_id else None

    def calendar_sha(self, card: Card) -> bytes:
        """The version in force of the calendar a card names: what a new case begins with."""
        return self._calendar_shas[card.calendar]

    @property
    def working_days(self) -> Calendar:
        """The calendar in force that reviews count by."""
        return self._calendars[self._calendar_shas[self.current.control.calendar]]

    def authority_name(self, authority_id: str | None) -> str:
        """The authority's name, or its id if it has left the file."""
        known = self._authorities.get(authority_id or "")
        return known.name if known else authority_id or "–"

    def unit_name(self, unit_id: str | None) -> str:
        """The unit's name, or its id if it has left the file."""
        known = self._units.get(unit_id or "")
        return known.name if known else unit_id or "–"

    def unit(self, unit_id: str) -> UnitDefinition | None:
        """The unit as the file has it."""
        return self._units.get(unit_id)

    def owner_of(self, unit_id: str) -> str:
        """The id of the authority a unit belongs to; "" if the unit has left the file."""
        return self._owners.get(unit_id, "")

    def authority_kind(self, authority_id: str) -> str:
        """The authority's kind; "" if it has left the file."""
        known = self._authorities.get(authority_id)
        return known.kind if known else ""

    def names_staff(self, authority_id: str) -> bool:
        """Whether the authority has decided that answers to citizens name its own staff."""
        known = self._authorities.get(authority_id)
        return known is not None and known.names_staff

    def kommune_name(self, code: str) -> str:
        """The kommune's name, or its code."""
        return next((row.name for row in self.current.organisation.kommuner if row.code == code), code)

    def units_covering(
        self, *, kind: str, unit_kind: str, kommune: str
    ) -> list[tuple[AuthorityDefinition, UnitDefinition]]:
        """Units of that kind, at authorities of that kind, that cover the kommune."""
        return [
            (authority, unit)
            for authority in self.current.organisation.authorities
            if authority.kind == kind
            for unit in authority.units
            if unit.kind == unit_kind and kommune in (unit.kommuner or authority.kommuner)
        ]


def _calendar(definition: CalendarDefinition) -> Calendar:
    return Calendar(definition.saturday_counts, definition.closed, definition.holidays)


def _content(session: Session, sha256: bytes) -> bytes:
    return session.scalars(select(DefinitionVersion.content).where(DefinitionVersion.sha256 == sha256)).one()
