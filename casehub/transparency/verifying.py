"""Checking an export without the database it came from: every hash, root, signature and content in it.

Stretches of 65,536 entries are checked side by side in processes of their own; the tree is then grown over all of them
in order. What is found is collected, not raised: a check names everything that is wrong.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from casehub.transparency.contents import ContentLedger, check_content
from casehub.transparency.exports import (
    CHECKPOINT,
    STRETCH,
    About,
    contents_path,
    read_checkpoints,
    read_contents,
)
from casehub.transparency.findings import Finding, Report, RootCheck, Stated, at_position, open_all
from casehub.transparency.notes import VerifierKey
from casehub.transparency.tiles import WIDTH, Tile, bundles_of, decode_bundle, split_hashes, tiles_of
from casehub.transparency.tree import HASH_BYTES, leaf_hash
from casehub.transparency.trust import NOBODY, Trust
from casehub.transparency.witnessed import check_witnesses

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Stretch:
    """What one stretch holds: `leaves` joined, its findings, its contents' count and what they say of erasures."""

    leaves: bytes = b""
    contents: int = 0
    findings: list[Finding] = field(default_factory=list)
    ledger: ContentLedger = field(default_factory=ContentLedger)


def verify_export(
    directory: Path,
    *,
    keys: tuple[VerifierKey, ...],
    witnessed: Iterable[tuple[str, str]] = (),
    trust: Trust = NOBODY,
    now: datetime | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """Check an export against `keys`, the log's trusted public keys, and `witnessed`: (where, note) that others hold.

    `trust`: whose cosignatures count; none is from later than `now`, the system's time unless given.
    ExportRefused if the directory holds no export at all.
    """
    about = About.read(directory)
    findings: list[Finding] = []
    stated = _stated(directory, about, keys, findings)
    held = open_all(witnessed, keys, findings)
    cosigned = check_witnesses(stated, held, trust=trust, now=now or datetime.now(UTC), findings=findings)
    check = RootCheck([*stated, *held], findings)
    ledger, contents = ContentLedger(), 0
    for number, stretch in enumerate(_stretches(directory, about)):
        for leaf in split_hashes(stretch.leaves):
            check.add(leaf)
        findings += stretch.findings
        ledger.erased |= stretch.ledger.erased
        ledger.missing += stretch.ledger.missing
        contents += stretch.contents
        progress(min((number + 1) * STRETCH, about.size), about.size)
    check.finish()
    _check_upper_tiles(directory, about.size, check, findings)
    findings += ledger.findings()
    return Report(check.size, len(stated), contents, 0, tuple(findings), cosigned)


def _stated(
    directory: Path, about: About, keys: tuple[VerifierKey, ...], findings: list[Finding]
) -> list[Stated]:
    """The log's own checkpoints. The newest must be the one that is served, and cover what was exported."""
    notes = read_checkpoints(directory)
    opened = open_all(
        ((f"checkpoint {number}", note) for number, note in enumerate(notes, 1)), keys, findings
    )
    named = [replace(each, where=f"checkpoint of {each.checkpoint.size}") for each in opened]
    served = directory / CHECKPOINT
    if not notes or not served.exists() or served.read_text() != notes[-1]:
        findings.append(Finding(CHECKPOINT, "is not the newest of the checkpoints"))
    elif opened and opened[-1].checkpoint.size != about.size:
        told = f"covers {opened[-1].checkpoint.size} entries, and {about.size} were exported"
        findings.append(Finding(CHECKPOINT, told))
    return named


def _stretches(directory: Path, about: About) -> Iterator[Stretch]:
    count = -(-about.size // STRETCH)
    jobs = [(directory, number, about) for number in range(count)]
    processes = min(os.cpu_count() or 1, count)
    if processes < 2:  # noqa: PLR2004 (one is as good as none)
        yield from map(check_stretch, jobs)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(check_stretch, jobs)


def check_stretch(job: tuple[Path, int, About]) -> Stretch:
    """Check one stretch's bundles, lowest tiles and contents. Runs in a process of its own."""
    directory, number, about = job
    stretch = Stretch()
    first = number * STRETCH
    commitments = _commitments(directory, first, min(STRETCH, about.size - first), stretch.findings)
    leaves = [leaf_hash(commitment) for commitment in commitments]
    stretch.leaves = b"".join(leaves)
    for at in range(0, len(leaves), WIDTH):
        hashes = leaves[at : at + WIDTH]
        _compare(directory, Tile(0, (first + at) // WIDTH, len(hashes)), hashes, stretch.findings)
    if about.contents != "none":
        _check_contents(directory, number, about, commitments, stretch)
    return stretch


def _commitments(directory: Path, first: int, count: int, findings: list[Finding]) -> list[bytes]:
    """The commitments of a stretch; where a bundle is not whole, what is missing is filled up, and no root will hold."""
    commitments: list[bytes] = []
    for bundle in bundles_of(count):
        placed = Tile(None, first // WIDTH + bundle.number, bundle.width)
        entries = _read_bundle(directory / placed.path)
        if len(entries) != bundle.width:
            findings.append(Finding(placed.path, "is missing or not whole"))
            entries = [bytes(HASH_BYTES)] * bundle.width
        commitments += entries
    return commitments


def _read_bundle(path: Path) -> list[bytes]:
    try:
        return decode_bundle(path.read_bytes())
    except (OSError, ValueError):
        return []


def _check_contents(
    directory: Path, number: int, about: About, commitments: list[bytes], stretch: Stretch
) -> None:
    first = number * STRETCH
    there = bytearray(len(commitments))
    path = contents_path(directory, number)
    try:
        for position, entry, nonce, content in read_contents(path):
            at = position - first
            if not 0 <= at < len(commitments) or there[at]:
                stretch.findings.append(
                    Finding(at_position(position, entry), "its content is here twice, or out of place")
                )
                continue
            there[at] = 1
            fields, wrong = check_content(
                position=position, entry=entry, commitment=commitments[at], nonce=nonce, content=content
            )
            if wrong:
                stretch.findings.append(wrong)
            stretch.ledger.note(fields)
            stretch.contents += 1
    except ValueError as error:
        stretch.findings.append(Finding(str(path.relative_to(directory)), str(error)))
    if about.contents == "all":
        for at, found in enumerate(there):
            if not found:
                stretch.ledger.miss(first + at, "", commitments[at])


def _check_upper_tiles(directory: Path, size: int, check: RootCheck, findings: list[Finding]) -> None:
    for tile in tiles_of(size):
        if tile.level:
            nodes = check.nodes.get(tile.level, [])
            _compare(directory, tile, nodes[tile.number * WIDTH : tile.number * WIDTH + tile.width], findings)


def _compare(directory: Path, tile: Tile, hashes: list[bytes], findings: list[Finding]) -> None:
    try:
        same = (directory / tile.path).read_bytes() == b"".join(hashes)
    except OSError:
        same = False
    if not same:
        findings.append(Finding(tile.path, "is missing, or not the hashes of its entries"))
