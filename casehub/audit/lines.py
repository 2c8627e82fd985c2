"""Entries as lines for others' tools: OCSF for a SIEM, CSV for a spreadsheet. In the order of the tree, a few at a time.

Which entries is row-level security's to say: those a session's authority may see. An entry whose content is erased has
no line. A file gets its name when it is whole and its export is an entry (`casehub.services.log_export`), not before.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casehub.audit.ocsf import ocsf_event
from casehub.model import AuditContent, AuditLeaf

ROWS_AT_A_TIME = 2_000
COLUMNS = (
    "position", "id", "at", "event", "category", "outcome", "request", "actor", "authority", "unit", "objects", "purpose",
    "basis", "justification", "recipients", "policies", "policy_version", "detail",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins so is worked out by spreadsheets (OWASP, CSV injection): it gets an apostrophe before it."""


class Format(StrEnum):
    """What the lines are; the name is also the file's ending."""

    OCSF = "ocsf"
    CSV = "csv"

    @property
    def suffix(self) -> str:
        """Of a file's name."""
        return {Format.OCSF: ".ocsf.jsonl", Format.CSV: ".csv"}[self]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which entries: positions from `first` up to but not with `end`, of `since` or later."""

    first: int
    end: int
    since: datetime | None = None


def count_numbered(session: Session) -> int:
    """How many entries have a place in the tree; none comes to stand among them later."""
    return session.scalar(select(func.coalesce(func.max(AuditLeaf.position) + 1, 0))) or 0


def read_entries(session: Session, stretch: Stretch) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Positions, and the fields of the contents, that this session may see; held a batch at a time."""
    statement = (
        select(AuditLeaf.position, AuditContent.content)
        .join(AuditContent, AuditContent.entry_id == AuditLeaf.commitment_id)
        .where(AuditLeaf.position >= stretch.first, AuditLeaf.position < stretch.end)
        .order_by(AuditLeaf.position)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    if stretch.since is not None:
        statement = statement.where(AuditContent.at >= stretch.since)
    for position, content in session.execute(statement):
        yield position, json.loads(content)


def line_writer(file: IO[str], form: Format) -> Callable[[int, Mapping[str, Any]], None]:
    """What writes an entry to `file`, opened with newline="" as UTF-8; of CSV (RFC 4180) the header is written at once."""
    if form == Format.OCSF:
        return lambda position, fields: _write_event(file, position, fields)
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    return lambda position, fields: rows.writerow([_cell(value) for value in _row(position, fields)])


def _write_event(file: IO[str], position: int, fields: Mapping[str, Any]) -> None:
    file.write(json.dumps(ocsf_event(position, fields), ensure_ascii=False, separators=(",", ":")) + "\n")


def _row(position: int, fields: Mapping[str, Any]) -> Iterator[Any]:
    yield position
    for name in COLUMNS[1:]:
        yield fields[name]


def _cell(value: object) -> str:
    """Lists of words divided by spaces, what has more to it as JSON; never a formula."""
    match value:
        case None:
            text = ""
        case str() | int():
            text = str(value)
        case list() if all(isinstance(each, str) for each in value):
            text = " ".join(value)
        case _:
            text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return f"'{text}" if text.startswith(FORMULA) else text
