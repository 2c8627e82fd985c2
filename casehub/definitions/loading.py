"""Definition files in, one checked `Definitions` out; or every error of every file at once, with file and line.

The only way in: what it returns holds together (members exist, bases are named, steps can be reached), so nobody after it
checks again. `parse_card` and `parse_network` read single versions kept in the database by their SHA-256.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

from casehub.definitions.building import (
    Entry,
    build_calendar,
    build_card,
    build_checklist,
    build_control,
    build_files,
    build_forum,
    build_network,
    build_obligation,
    build_organisation,
)
from casehub.definitions.calendars import CalendarDefinition
from casehub.definitions.card_checks import check_card
from casehub.definitions.cards import Card
from casehub.definitions.control import Control
from casehub.definitions.cross_checks import Sources, cross_check
from casehub.definitions.documents import Document, read_document
from casehub.definitions.errors import DefinitionError, DefinitionsInvalid
from casehub.definitions.files import FileRules
from casehub.definitions.forums import ForumDefinition
from casehub.definitions.network_checks import (
    check_calendar,
    check_checklist,
    check_control,
    check_files,
    check_network,
    check_organisation,
)
from casehub.definitions.networks import Network
from casehub.definitions.obligations import Obligation
from casehub.definitions.one_file import card_within, without_card
from casehub.definitions.organisation import Organisation
from casehub.definitions.risk import Checklist
from casehub.definitions.schemas import schema_errors
from casehub.definitions.wheel_checks import check_forum, check_obligation, cross_check_wheel

__all__ = [
    "CalendarDefinition",
    "DefinitionError",
    "DefinitionFile",
    "Definitions",
    "DefinitionsInvalid",
    "load_definitions",
    "parse_calendar",
    "parse_card",
    "parse_checklist",
    "parse_network",
]

FOLDERS = {
    "organisation": "organisation",
    "networks": "network",
    "cards": "card",
    "calendars": "calendar",
    "risk": "risk",
    "control": "control",
    "files": "files",
    "forums": "forum",
    "obligations": "obligation",
}
ONE_ALONE = {"organisation", "control", "files"}
ACCESS = "access"
ACCESS_SUFFIXES = {".cedar", ".cedarschema"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """The bytes of one file. `kind`: organisation, network, card, calendar, control, files, forum, obligation or access; `name`: its id, or its file name."""

    kind: str
    name: str
    content: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Definitions:
    """The set in force. Mappings are by id; `files` holds the bytes it all came from, the access policies' too."""

    organisation: Organisation
    networks: Mapping[str, Network]
    cards: Mapping[str, Card]
    calendars: Mapping[str, CalendarDefinition]
    checklists: Mapping[str, Checklist]
    control: Control
    file_rules: FileRules
    forums: Mapping[str, ForumDefinition]
    obligations: Mapping[str, Obligation]
    files: tuple[DefinitionFile, ...]


def load_definitions(directory: Path) -> Definitions:
    """Read everything under `directory`; raises DefinitionsInvalid with all errors of all files.

    A file its schema refuses is told by its schema's errors alone: what it means is not asked before it has its shape.
    """
    loading = _Loading(directory)
    for folder, kind in FOLDERS.items():
        loading.read_folder(folder, kind)
    loading.read_access()
    return loading.finish()


def parse_card(content: bytes, *, file: str) -> Card:
    """Read one card by itself, from its own file or its network's; `file` is what errors name. Raises DefinitionsInvalid."""
    return _card(content, file)[0]


def parse_network(content: bytes, *, file: str) -> Network:
    """Read one network by itself; `file` is what errors name. Raises DefinitionsInvalid."""
    return _network(content, file)[0]


def parse_calendar(content: bytes, *, file: str) -> CalendarDefinition:
    """Read one calendar by itself; `file` is what errors name. Raises DefinitionsInvalid."""
    return _calendar(content, file)[0]


def parse_checklist(content: bytes, *, file: str) -> Checklist:
    """Read one risk checklist by itself; `file` is what errors name. Raises DefinitionsInvalid."""
    return _checklist(content, file)[0]


def _card(content: bytes, file: str) -> tuple[Card, Document]:
    document = read_document(content, file=file)
    document = card_within(document) or document
    return _checked(document, "card", lambda data: build_card(data, content), check_card)


def _network(content: bytes, file: str) -> tuple[Network, Document]:
    document = without_card(read_document(content, file=file))
    return _checked(document, "network", lambda data: build_network(data, content), check_network)


def _organisation(content: bytes, file: str) -> tuple[Organisation, Document]:
    return _parse(content, file, "organisation", build_organisation, check_organisation)


def _calendar(content: bytes, file: str) -> tuple[CalendarDefinition, Document]:
    return _parse(content, file, "calendar", build_calendar, check_calendar)


def _checklist(content: bytes, file: str) -> tuple[Checklist, Document]:
    return _parse(content, file, "risk", lambda data: build_checklist(data, content), check_checklist)


def _files(content: bytes, file: str) -> FileRules:
    return _parse(content, file, "files", build_files, check_files)[0]


def _forum(content: bytes, file: str) -> tuple[ForumDefinition, Document]:
    return _parse(content, file, "forum", build_forum, check_forum)


def _obligation(content: bytes, file: str) -> tuple[Obligation, Document]:
    return _parse(content, file, "obligation", build_obligation, check_obligation)


def _control(content: bytes, file: str) -> tuple[Control, Document]:
    return _parse(content, file, "control", build_control, check_control)


def _parse(
    content: bytes,
    file: str,
    kind: str,
    build: Callable[[Entry], T],
    check: Callable[[T, Document], Iterator[DefinitionError]],
) -> tuple[T, Document]:
    return _checked(read_document(content, file=file), kind, build, check)


def _checked(
    document: Document,
    kind: str,
    build: Callable[[Entry], T],
    check: Callable[[T, Document], Iterator[DefinitionError]],
) -> tuple[T, Document]:
    errors = schema_errors(document, kind=kind)
    if errors:
        raise DefinitionsInvalid(errors)
    built = build(cast("Entry", document.data))
    errors = list(check(built, document))
    if errors:
        raise DefinitionsInvalid(errors)
    return built, document


class _Loading:
    """One reading of a directory: what stands, and what is wrong with the rest."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.errors: list[DefinitionError] = []
        self.files: list[DefinitionFile] = []
        self.sources = Sources()
        self.file_rules: FileRules | None = None
        self.forums: dict[str, tuple[ForumDefinition, Document]] = {}
        self.obligations: dict[str, tuple[Obligation, Document]] = {}

    def read_folder(self, folder: str, kind: str) -> None:
        paths = sorted((self.directory / folder).glob("*.yaml"))
        self.sources.names.setdefault(kind, set()).update(path.stem for path in paths)
        for path in sorted((self.directory / folder).glob("*.yml")):
            self.errors.append(
                DefinitionError(f"{folder}/{path.name}", 0, "would not be read: name it .yaml")
            )
        if not paths and kind != "card":  # they may all stand with their networks
            self.errors.append(DefinitionError(f"{folder}/", 0, "no .yaml file here; at least one is needed"))
        if kind in ONE_ALONE and len(paths) > 1:
            told = f"there can be one {folder} file only"
            self.errors.append(DefinitionError(f"{folder}/{paths[1].name}", 0, told))
        for path in paths:
            file = f"{folder}/{path.name}"
            try:
                self._read(path, file, kind)
            except DefinitionsInvalid as invalid:
                self.errors.extend(invalid.errors)
            except OSError as error:
                self.errors.append(DefinitionError(file, 0, f"cannot be read: {error.strerror}"))

    def _read(self, path: Path, file: str, kind: str) -> None:
        content = path.read_bytes()
        self.files.append(_file(kind, path.stem, content))
        match kind:
            case "card":
                self._add_card(path.stem, content, file)
            case "network":
                self._read_network(path.stem, content, file)
            case "calendar":
                self.sources.calendars[path.stem] = _calendar(content, file)
            case "risk":
                self.sources.checklists[path.stem] = _checklist(content, file)
            case "control":
                self.sources.control = _control(content, file)
            case "files":
                self.file_rules = _files(content, file)
            case "forum":
                self.forums[path.stem] = _forum(content, file)
            case "obligation":
                self.obligations[path.stem] = _obligation(content, file)
            case _:
                self.sources.organisation = _organisation(content, file)

    def _read_network(self, stem: str, content: bytes, file: str) -> None:
        """A network, and its card where that stands in the same file."""
        document = read_document(content, file=file)
        if card_within(document) is not None:
            self.sources.names.setdefault("card", set()).add(stem)
            try:
                self._add_card(stem, content, file)
            except DefinitionsInvalid as invalid:
                self.errors.extend(invalid.errors)
        self.sources.networks[stem] = _network(content, file)

    def _add_card(self, stem: str, content: bytes, file: str) -> None:
        if stem in self.sources.cards:
            told = f"the network {stem} holds a card of this name itself: keep one of them"
            raise DefinitionsInvalid([DefinitionError(file, 1, told)])
        self.sources.cards[stem] = _card(content, file)

    def read_access(self) -> None:
        """Keep the bytes of the access policies; the access room reads them."""
        for path in sorted((self.directory / ACCESS).glob("*")):
            if path.suffix in ACCESS_SUFFIXES:
                self.files.append(_file(ACCESS, path.name, path.read_bytes()))

    def finish(self) -> Definitions:
        organisation = self.sources.organisation[0] if self.sources.organisation else None
        wheel = cross_check_wheel(self.forums, self.obligations, self.sources.names, organisation)
        errors = [*self.errors, *cross_check(self.sources), *wheel]
        control = self.sources.control
        if errors or self.sources.organisation is None or control is None or self.file_rules is None:
            raise DefinitionsInvalid(errors)
        return Definitions(
            organisation=self.sources.organisation[0],
            networks=MappingProxyType({key: network for key, (network, _) in self.sources.networks.items()}),
            cards=MappingProxyType({key: card for key, (card, _) in self.sources.cards.items()}),
            calendars=MappingProxyType(
                {key: calendar for key, (calendar, _) in self.sources.calendars.items()}
            ),
            checklists=MappingProxyType(
                {key: checklist for key, (checklist, _) in self.sources.checklists.items()}
            ),
            control=control[0],
            file_rules=self.file_rules,
            forums=MappingProxyType({key: forum for key, (forum, _) in self.forums.items()}),
            obligations=MappingProxyType({key: each for key, (each, _) in self.obligations.items()}),
            files=tuple(self.files),
        )


def _file(kind: str, name: str, content: bytes) -> DefinitionFile:
    return DefinitionFile(kind, name, content, hashlib.sha256(content).digest())
