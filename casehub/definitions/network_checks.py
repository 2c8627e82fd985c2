"""What networks, the organisation, calendars, checklists and the rules of files must hold within themselves beyond their schemas."""

import re
from collections.abc import Iterator
from datetime import date

from casehub.definitions.calendars import CalendarDefinition
from casehub.definitions.card_checks import twice
from casehub.definitions.control import Control
from casehub.definitions.documents import Document, Path
from casehub.definitions.errors import DefinitionError
from casehub.definitions.files import FileRules
from casehub.definitions.networks import Network, Subject
from casehub.definitions.organisation import AuthorityDefinition, Organisation
from casehub.definitions.risk import Checklist
from casehub.values.phone import Phone
from casehub.values.text import ValueRefused


def check_network(network: Network, document: Document) -> Iterator[DefinitionError]:
    """Tell everything that contradicts itself in the network."""
    for name in ("bases", "purposes", "forbidden_purposes", "indicators", "sources", "information"):
        yield from twice(document, (name,), "id", (entry.id for entry in getattr(network, name)))
    yield from twice(
        document,
        ("members",),
        "unit_kind",
        ((member.authority_kind, member.unit_kind) for member in network.members),
    )
    if network.ages is not None and network.subject is Subject.BUSINESS:
        yield document.error(("ages",), "a business has no age")
    if network.ages is not None and network.ages.least > network.ages.most:
        yield document.error(("ages", "to"), f"is less than from, {network.ages.least}")
    for at, rule in enumerate(network.contacts):
        if not network.includes(authority_kind=rule.authority_kind, unit_kind=rule.unit_kind):
            told = f"no {rule.authority_kind} unit of kind {rule.unit_kind!r} takes part in the network"
            yield document.error(("contacts", at), told)
    if network.acute.leader_after < network.acute.deputy_after:
        told = f"is less than deputy_after_minutes, {network.acute.deputy_after}"
        yield document.error(("acute", "leader_after_minutes"), told)
    kinds = {member.authority_kind for member in network.members}
    if network.coordinator_kind not in kinds:
        told = f"{network.coordinator_kind!r} is not among the members"
        yield document.error(("coordinator", "authority_kind"), told)
    allowed = {purpose.id for purpose in network.purposes}
    for at, purpose in enumerate(network.forbidden_purposes):
        if purpose.id in allowed:
            yield document.error(
                ("forbidden_purposes", at, "id"), f"{purpose.id!r} is also an allowed purpose"
            )
    yield from _check_directions(network, kinds, document)
    yield from _check_information(network, kinds, document)


def _check_directions(network: Network, kinds: set[str], document: Document) -> Iterator[DefinitionError]:
    bases = {basis.id for basis in network.bases}
    known = {each.id for each in network.information}
    seen: dict[tuple[str, str], set[str]] = {}
    for at, way in enumerate(network.directions):
        path: Path = ("directions", at)
        for end, kind in (("from", way.from_kind), ("to", way.to_kind)):
            if kind not in kinds:
                yield document.error(
                    (*path, end), f"{kind!r} is not among the members; they are {', '.join(sorted(kinds))}"
                )
        for place, basis in enumerate(way.bases):
            if basis not in bases:
                yield document.error((*path, "bases", place), f"no basis has the id {basis!r}")
        for place, kind in enumerate(way.information):
            if kind not in known:
                yield document.error(
                    (*path, "information", place), f"no kind of information has the id {kind!r}"
                )
        told, kinds_of = seen.get((way.from_kind, way.to_kind)), set(way.information or known)
        if told is not None and (told & kinds_of or not known):
            yield document.error(
                path, f"{way.from_kind} to {way.to_kind} stands twice: put the bases together"
            )
        seen[way.from_kind, way.to_kind] = kinds_of | (told or set())


def _check_information(network: Network, kinds: set[str], document: Document) -> Iterator[DefinitionError]:
    for at, each in enumerate(network.information):
        for place, kind in enumerate(each.presumed_of):
            if kind not in kinds:
                told = f"{kind!r} is not among the members; they are {', '.join(sorted(kinds))}"
                yield document.error(("information", at, "presumed_of", place), told)
    if network.information:
        for kind in sorted(kinds):
            if not network.presumed(kind):
                told = f"what {kind!r} writes is presumed to be of no kind: name it under presumed_of"
                yield document.error(("information",), told)


def check_organisation(organisation: Organisation, document: Document) -> Iterator[DefinitionError]:
    """Tell everything that contradicts itself in the organisation."""
    yield from twice(document, ("kommuner",), "code", (kommune.code for kommune in organisation.kommuner))
    yield from twice(
        document, ("authorities",), "id", (authority.id for authority in organisation.authorities)
    )
    codes = {kommune.code for kommune in organisation.kommuner}
    for at, authority in enumerate(organisation.authorities):
        path: Path = ("authorities", at)
        yield from _check_codes(authority.kommuner, codes, "kommuner of the organisation", document, path)
        yield from _check_units(authority, document, path)


def _check_units(authority: AuthorityDefinition, document: Document, path: Path) -> Iterator[DefinitionError]:
    yield from twice(document, (*path, "units"), "id", (unit.id for unit in authority.units))
    for at, unit in enumerate(authority.units):
        place = (*path, "units", at)
        if not unit.id.startswith(f"{authority.id}/"):
            yield document.error((*place, "id"), f"{unit.id!r} must begin with {authority.id}/")
        yield from _check_codes(
            unit.kommuner, set(authority.kommuner), f"kommuner of {authority.id}", document, place
        )
        try:
            Phone.parse(unit.duty_phone or "10000000")
        except ValueRefused as refused:
            yield document.error((*place, "duty_phone"), refused.message)


def _check_codes(
    codes: tuple[str, ...], known: set[str], whose: str, document: Document, path: Path
) -> Iterator[DefinitionError]:
    for at, code in enumerate(codes):
        if code not in known:
            yield document.error((*path, "kommuner", at), f"{code} is not among the {whose}")


def check_calendar(calendar: CalendarDefinition, document: Document) -> Iterator[DefinitionError]:
    """Tell the days no year has."""
    leap_year = 2024
    for at, day in enumerate(calendar.closed):
        try:
            date.fromisoformat(f"{leap_year}-{day}")
        except ValueError:
            yield document.error(("closed", at), f"no year has the day {day} (MM-DD)")


def check_files(rules: FileRules, document: Document) -> Iterator[DefinitionError]:
    """Tell every extension that two types claim, and every content that is no expression or would fit anything."""
    extensions = [extension for each in rules.types for extension in each.extensions]
    for at, each in enumerate(rules.types):
        for place, extension in enumerate(each.extensions):
            if extensions.count(extension) > 1:
                told = f"{extension!r} is an extension of two types"
                yield document.error(("types", at, "extensions", place), told)
        try:
            fits_all = each.fits(b"")
        except (re.error, UnicodeEncodeError) as error:
            yield document.error(("types", at, "content"), f"not a regular expression over bytes: {error}")
        else:
            if fits_all and each.fits(b"\0"):
                yield document.error(("types", at, "content"), "fits any file at all")


def check_control(control: Control, document: Document) -> Iterator[DefinitionError]:
    """Tell what has the same id twice, a sample larger than the largest, and hours that leave no day."""
    yield from twice(document, ("outcomes",), "id", [outcome.id for outcome in control.outcomes])
    yield from twice(document, ("signals",), "id", [signal.id for signal in control.signals])
    if control.sample_size > control.sample_most:
        yield document.error(("sample", "size"), f"is more than the most, {control.sample_most}")
    for at, signal in enumerate(control.signals):
        if signal.from_hour >= signal.to_hour:
            yield document.error(("signals", at, "to_hour"), "is not later than from_hour")


def check_checklist(checklist: Checklist, document: Document) -> Iterator[DefinitionError]:
    """Tell ids that stand twice, thresholds that do not rise from 0, and levels that no answers can make."""
    yield from twice(document, ("levels",), "id", [level.id for level in checklist.levels])
    yield from twice(document, ("items",), "id", [item.id for item in checklist.items])
    if not checklist.items:
        for at, level in enumerate(checklist.levels):
            if level.from_points:
                told = "there are no items to count: leave it out, or add items"
                yield document.error(("levels", at, "from"), told)
        return
    most = checklist.points([item.id for item in checklist.items])
    for at, level in enumerate(checklist.levels):
        path: Path = ("levels", at, "from")
        before = checklist.levels[at - 1].from_points if at else -1
        if at == 0 and level.from_points:
            yield document.error(path, "the lowest level must be from 0")
        elif level.from_points <= before:
            yield document.error(path, f"must be more than the {before} of the level before it")
        elif level.from_points > most:
            yield document.error(path, f"cannot be reached: all items together are {most} points")
