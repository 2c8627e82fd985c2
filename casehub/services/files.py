"""Files on a case: put up sealed as they arrive, disclosed as a note is, and given out as they are opened.

What a file is, is told by how its content begins. It is looked through by the node's scanner, if it has one, before it is kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from casehub.access.actions import Action
from casehub.access.filing import Receiving, in_chunks
from casehub.access.rows import CaseRows, ItemRows
from casehub.audit import Event
from casehub.definitions.files import MIB, FileType
from casehub.scanning import ScannerFailed
from casehub.services.audience import (
    Audience,
    Choosing,
    ReaderChoice,
    check_audience,
    disclose_item,
    disclose_to,
    information_options,
    own_item,
    purpose_options,
    reader_options,
    save_health_disclosure,
)
from casehub.services.case_view import file_view
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import FormRefused
from casehub.services.file_views import FileView
from casehub.services.running import load_running
from casehub.services.terms import NO_TERMS, Terms
from casehub.services.views import Choice, InformationOptions, ReaderOption
from casehub.values.file_name import FileName, safe_name
from casehub.values.text import ValueRefused

__all__ = [
    "FileForm",
    "OpenedFile",
    "ReaderChoice",
    "Upload",
    "disclose_file",
    "read_file",
    "read_file_form",
    "write_file",
]

LONGEST_DESCRIPTION = 500
NO_FILE = "Vælg den fil, du vil lægge på sagen."
EMPTY = "Filen er tom. Vælg en fil med indhold."
FOUND = "Virusscanneren fandt noget skadeligt i filen. Den er ikke gemt. Kontakt jeres driftsafdeling."
NOT_SCANNED = "Virusscanneren kunne ikke undersøge filen, og derfor er den ikke gemt. Prøv igen om lidt, og kontakt driften, hvis det bliver ved."
_LOG = structlog.get_logger(__name__)


class _Found(Exception):
    """The scanner found something."""


@dataclass(frozen=True, slots=True)
class FileForm:
    """What the forms of files need: as a `NoteForm`, and which files can be put up.

    `largest`: in bytes. `types`: names of the types, as people call them; `extensions`: of their file names. `file`: the
    own file that is to be disclosed, if one was asked for.
    """

    case_id: UUID
    case_number: str
    own_authority: str
    readers: tuple[ReaderOption, ...]
    purposes: tuple[Choice, ...]
    information: InformationOptions
    largest: int
    types: tuple[str, ...]
    extensions: tuple[str, ...]
    file: FileView | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrives. `name`: as the sender's machine called it. `pieces`: its bytes, of any size, to be read once."""

    name: str
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file to give out. `chunks`: its bytes, each opened when it is asked for; NotOpened where one is not what was written."""

    name: str
    size: int
    chunks: Iterator[bytes]


def read_file_form(ctx: Context, *, case_id: UUID, item_id: UUID | None = None) -> FileForm:
    """What the forms of files need. Opens nothing but what the own file `item_id` is called. NotFound."""

    def own_file(rows: CaseRows) -> tuple[ItemRows, ...]:
        return own_item(ctx, rows, item_id, "file")

    reading = ctx.gate.read_case(
        case_id=case_id,
        event=Event.CASE_READ,
        wanted=own_file,
        there=lambda rows: item_id is None or bool(own_file(rows)),
    )
    case = reading.rows.case
    network = ctx.catalogue.network(ctx.session, case)
    files = [file_view(ctx, reading, rows, content, network) for rows, content in reading.of_kind("file")]
    rules = ctx.catalogue.current.file_rules
    return FileForm(
        case_id=case.id,
        case_number=case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        readers=reader_options(ctx, reading.rows, network),
        purposes=purpose_options(network),
        information=information_options(ctx, network),
        largest=rules.largest,
        types=tuple(each.name for each in rules.types),
        extensions=tuple(extension for each in rules.types for extension in each.extensions),
        file=next(iter(files), None),
    )


def write_file(
    ctx: Context,
    *,
    case_id: UUID,
    upload: Upload | None,
    description: str = "",
    readers: Sequence[ReaderChoice] = (),
    purpose: str = "",
    necessity: str = "",
    terms: Terms = NO_TERMS,
) -> UUID:
    """Put a file on a case; without readers it stays with our own authority. FormRefused, NotFound.

    Who may not, and a form that will not do, is refused before a byte of the file is read. What is refused later, and an
    upload that breaks off, leaves nothing. The case is free for others meanwhile.
    """
    choice = {"readers": readers, "purpose": purpose, "necessity": necessity, "terms": terms}
    try:
        with ctx.gate.receive_file(case_id=case_id) as receiving:
            check = Checking()
            about = check.text("description", description, longest=LONGEST_DESCRIPTION, required=False)
            name, type_ = _check_name(ctx, check, upload)
            _check_audience(ctx, check, receiving.rows, **choice)
            check.done()
            if upload is None or name is None or type_ is None:
                raise LookupError("a form without a file was let through")
            _take_in(ctx, receiving, upload, type_)
            with ctx.gate.write_case(
                action=Action.ITEM_WRITE, case_id=case_id, event=Event.FILE_WRITTEN, received=receiving
            ) as writing:
                rows = writing.case
                audience = _check_audience(ctx, check, rows, **choice)
                check.done()
                content = {"name": str(name), "type": type_.name, "description": about}
                file = writing.seal_file(case=rows.case, content=content)
                if disclose_to(writing, audience, [file]):
                    save_health_disclosure(writing, load_running(ctx, rows))
    except _Found:
        ctx.gate.refuse_file(case_id=case_id)
        raise FormRefused({"file": FOUND}) from None
    return file.item.id


def disclose_file(
    ctx: Context,
    *,
    case_id: UUID,
    item_id: UUID,
    readers: Sequence[ReaderChoice],
    purpose: str,
    necessity: str,
    terms: Terms = NO_TERMS,
) -> None:
    """Disclose a file our own authority put up. FormRefused; Conflict (recalled); NotFound if it is not ours, or not there."""
    disclose_item(
        ctx,
        case_id=case_id,
        item_id=item_id,
        kind="file",
        readers=readers,
        purpose=purpose,
        necessity=necessity,
        terms=terms,
    )


def read_file(ctx: Context, *, case_id: UUID, item_id: UUID) -> OpenedFile:
    """Open a file. NotFound; NotOpened, now or when more of it is asked for. The unit of work lasts until all was given."""
    reading = ctx.gate.read_file(case_id=case_id, item_id=item_id)
    return OpenedFile(safe_name(reading.content["name"]), reading.content["size"], reading.chunks)


def too_large(largest: int) -> str:
    """What is said of a file of more bytes than `largest`."""
    return f"Filen er for stor. Den må højst fylde {largest // MIB} MB. Del den op, eller gør den mindre."


def _check_audience(
    ctx: Context,
    check: Checking,
    rows: CaseRows,
    **choice: Any,
) -> Audience:
    network = ctx.catalogue.network(ctx.session, rows.case)
    return check_audience(check, Choosing(ctx, rows, network, Event.FILE_WRITTEN), **choice)


def _check_name(
    ctx: Context, check: Checking, upload: Upload | None
) -> tuple[FileName | None, FileType | None]:
    """The name, and the type that files so named are of."""
    if upload is None:
        check.wrong("file", NO_FILE)
        return None, None
    try:
        name = FileName.parse(upload.name)
    except ValueRefused as refused:
        check.wrong("file", refused.message)
        return None, None
    rules = ctx.catalogue.current.file_rules
    type_ = rules.type_named(name.extension)
    if type_ is None:
        allowed = ", ".join(each.name for each in rules.types)
        check.wrong("file", f"Den slags fil kan ikke lægges på en sag. Det kan: {allowed}.")
    return name, type_


def _take_in(ctx: Context, receiving: Receiving, upload: Upload, type_: FileType) -> None:
    """Seal and store it as it comes, with the scanner looking on; it must have found nothing."""
    largest = ctx.catalogue.current.file_rules.largest
    try:
        with ctx.scanner.begin() if ctx.scanner else nullcontext() as scan:
            for chunk, last in in_chunks(_within(upload.pieces, largest)):
                if not receiving.chunks and not type_.fits(chunk):
                    raise FormRefused({"file": _not_of(type_)})
                if scan:
                    scan.feed(chunk)
                receiving.add(chunk, last=last)
            if not receiving.chunks:
                raise FormRefused({"file": EMPTY})
            found = scan.verdict() if scan else None
    except ScannerFailed as failure:
        _LOG.error("file not scanned", reason=str(failure), request_id=ctx.gate.request_id)
        raise FormRefused({"file": NOT_SCANNED}) from None
    if found is not None:
        _LOG.warning("file refused", found=found[:100], request_id=ctx.gate.request_id)
        raise _Found


def _within(pieces: Iterator[bytes], largest: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > largest:
            raise FormRefused({"file": too_large(largest)})
        yield piece


def _not_of(type_: FileType) -> str:
    return (
        f"Filens navn siger, at den er {type_.name}, men det er indholdet ikke. Gem den igen i det program, den kommer fra, "
        "og prøv igen."
    )
