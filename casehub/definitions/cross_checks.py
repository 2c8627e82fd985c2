"""What files must hold of each other: names that exist, kinds that belong, a tovholder for every kommune.

A file that is there but did not parse counts as existing: its own errors are told, not a second time by those who name it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from casehub.definitions.calendars import CalendarDefinition
from casehub.definitions.card_checks import PARTIES
from casehub.definitions.cards import Card
from casehub.definitions.contact_rules import check_rules
from casehub.definitions.control import Control
from casehub.definitions.documents import Document
from casehub.definitions.errors import DefinitionError
from casehub.definitions.networks import Network
from casehub.definitions.organisation import Organisation
from casehub.definitions.risk import Checklist


@dataclass(slots=True)
class Sources:
    """What has parsed so far, by file name without `.yaml`; `names`: for each kind the files that are there at all."""

    organisation: tuple[Organisation, Document] | None = None
    networks: dict[str, tuple[Network, Document]] = field(default_factory=dict)
    cards: dict[str, tuple[Card, Document]] = field(default_factory=dict)
    calendars: dict[str, tuple[CalendarDefinition, Document]] = field(default_factory=dict)
    checklists: dict[str, tuple[Checklist, Document]] = field(default_factory=dict)
    control: tuple[Control, Document] | None = None
    names: dict[str, set[str]] = field(default_factory=dict)


def cross_check(sources: Sources) -> Iterator[DefinitionError]:
    """Tell everything in which the files contradict each other."""
    yield from _check_names(sources)
    if sources.control is not None:
        yield from _check_control(*sources.control, sources)
    for card, document in sources.cards.values():
        yield from _check_card(card, document, sources)
    for network, document in sources.networks.values():
        yield from _check_network(network, document, sources)
        if sources.organisation is not None:
            yield from _check_members(network, document, sources.organisation[0])
            yield from _check_agreement(network, document, sources.organisation[0])
            yield from _check_coordinator(network, document, sources.organisation[0])
            yield from check_rules(network.contacts, document, sources.organisation[0])


def _check_names(sources: Sources) -> Iterator[DefinitionError]:
    prefixes: dict[str, str] = {}
    for stem, (network, document) in sources.networks.items():
        yield from check_stem(stem, network.id, document)
        if network.prefix in prefixes:
            yield document.error(
                ("prefix",), f"{network.prefix} is the prefix of network {prefixes[network.prefix]}"
            )
        prefixes.setdefault(network.prefix, network.id)
    for stem, (card, document) in sources.cards.items():
        yield from check_stem(stem, card.id, document)
    for stem, (calendar, document) in sources.calendars.items():
        yield from check_stem(stem, calendar.id, document)


def _check_control(control: Control, document: Document, sources: Sources) -> Iterator[DefinitionError]:
    if control.calendar not in sources.names["calendar"]:
        yield document.error(("calendar",), f"there is no calendar {control.calendar!r}")


def check_stem(stem: str, own_id: str, document: Document) -> Iterator[DefinitionError]:
    """Tell that a file is not called what is in it."""
    if stem != own_id:
        yield document.error(
            ("id",), f"the id is {own_id!r}, but the file is {stem}.yaml: they must be the same"
        )


def _check_card(card: Card, document: Document, sources: Sources) -> Iterator[DefinitionError]:
    for name in ("network", "calendar"):
        if getattr(card, name) not in sources.names[name]:
            yield document.error((name,), f"there is no {name} {getattr(card, name)!r}")
    if card.network not in sources.networks:
        return
    known = PARTIES | {member.authority_kind for member in sources.networks[card.network][0].members}
    for at, step in enumerate(card.steps):
        named = step.each_of or ((step.party,) if step.party else ())
        kinds = known - PARTIES if step.each_of else known
        for party in named:
            if party not in kinds:
                told = f"unknown party {party!r}; known are {', '.join(sorted(kinds))}"
                yield document.error(("steps", at, "party"), told)
    raised = {indicator.event for indicator in sources.networks[card.network][0].indicators}
    for at, event in enumerate(card.events):
        if event.id not in raised:
            told = f"no indicator of network {card.network} raises {event.id!r}: it would never happen"
            yield document.error(("events", at, "id"), told)


def _check_network(network: Network, document: Document, sources: Sources) -> Iterator[DefinitionError]:
    for at, checklist in enumerate(network.risk):
        if checklist not in sources.names["risk"]:
            yield document.error(("risk", at), f"there is no checklist {checklist!r} in risk/")
    if network.card not in sources.names["card"]:
        yield document.error(("card",), f"there is no card {network.card!r}")
    elif network.card in sources.cards and sources.cards[network.card][0].network != network.id:
        yield document.error(
            ("card",), f"card {network.card} belongs to network {sources.cards[network.card][0].network}"
        )
    elif network.card in sources.cards:
        card = sources.cards[network.card][0]
        known = {"child_involved", *(event.id for event in card.events)}
        for at, indicator in enumerate(network.indicators):
            if indicator.event is not None and indicator.event not in known:
                told = (
                    f"card {card.id} knows no event {indicator.event!r}; it knows {', '.join(sorted(known))}"
                )
                yield document.error(("indicators", at, "event"), told)


def _check_agreement(
    network: Network, document: Document, organisation: Organisation
) -> Iterator[DefinitionError]:
    if network.agreement is None:
        yield document.error((), "there is no agreement: without one nothing can be given to anybody")
        return
    known = {authority.id for authority in organisation.authorities}
    for authority in sorted(network.agreement.signatories - known):
        yield document.error(
            ("agreement", "signatories"), f"no authority of the organisation is {authority!r}"
        )
    for authority in sorted(dict(network.agreement.left).keys() - network.agreement.signatories):
        yield document.error(("agreement", "left"), f"{authority!r} is not among the signatories")
    if network.agreement.until < network.agreement.since:
        yield document.error(("agreement", "until"), "is before from")


def _check_members(
    network: Network, document: Document, organisation: Organisation
) -> Iterator[DefinitionError]:
    units: dict[str, set[str]] = {}
    for authority in organisation.authorities:
        units.setdefault(authority.kind, set()).update(unit.kind for unit in authority.units)
    for at, member in enumerate(network.members):
        path = ("members", at)
        if member.authority_kind not in units:
            told = f"no authority of the organisation is of kind {member.authority_kind!r}"
            yield document.error((*path, "authority_kind"), told)
        elif member.unit_kind not in units[member.authority_kind]:
            told = f"no {member.authority_kind} has a unit of kind {member.unit_kind!r}"
            yield document.error((*path, "unit_kind"), told)


def _check_coordinator(
    network: Network, document: Document, organisation: Organisation
) -> Iterator[DefinitionError]:
    covered = {
        code
        for authority in organisation.authorities
        if authority.kind == network.coordinator_kind
        for unit in authority.units
        if unit.kind == network.coordinator_unit_kind
        for code in unit.kommuner
    }
    missing = [kommune.name for kommune in organisation.kommuner if kommune.code not in covered]
    if missing:
        told = f"no {network.coordinator_kind} unit of kind {network.coordinator_unit_kind} covers {', '.join(missing)}"
        yield document.error(("coordinator",), f"{told}: their cases would have no tovholder")
