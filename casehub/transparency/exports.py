"""How an export of the log lies on disk: C2SP tiles and bundles, the checkpoints, and the contents someone may see.

checkpoint, tile/...     as a log serves them (c2sp.org/tlog-tiles); entries are commitments
checkpoints.jsonl        every checkpoint there is, oldest first, one JSON string a line
contents/000000.jsonl    contents of positions 0 to 65535 and so on: {"position", "id", "nonce", "content"} a line
export.json              what this is: format, origin, size, whose contents, and the log's keys as the exporter has them, with the
                         notes by which one handed over to the next
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FORMAT = "casehub-log-export/1"
STRETCH = 65_536
CHECKPOINT = "checkpoint"
CHECKPOINTS = "checkpoints.jsonl"
ABOUT = "export.json"


class ExportRefused(Exception):
    """The directory does not hold an export; one line: what, and how to mend it."""


@dataclass(frozen=True, slots=True)
class About:
    """`contents`: 'all', 'none', or the authorities whose entries are included, comma-separated."""

    origin: str
    size: int
    contents: str
    keys: tuple[str, ...]
    successions: tuple[str, ...]

    def write(self, directory: Path) -> None:
        """Write it; last, so that an export that was broken off is none."""
        fields = {
            "format": FORMAT,
            "origin": self.origin,
            "size": self.size,
            "contents": self.contents,
            "keys": self.keys,
            "successions": self.successions,
        }
        (directory / ABOUT).write_text(json.dumps(fields, indent=1) + "\n")

    @classmethod
    def read(cls, directory: Path) -> "About":
        """Read it; ExportRefused if the directory holds no whole export."""
        path = directory / ABOUT
        try:
            fields = json.loads(path.read_text())
            if fields["format"] != FORMAT:
                raise ExportRefused(f"{path}: has format {fields['format']!r}; this version reads {FORMAT}")
            return cls(
                str(fields["origin"]),
                int(fields["size"]),
                str(fields["contents"]),
                tuple(map(str, fields["keys"])),
                tuple(map(str, fields["successions"])),
            )
        except (OSError, ValueError, KeyError, TypeError):
            raise ExportRefused(f"{path}: is not there or not whole: export the log again") from None


def contents_path(directory: Path, stretch: int) -> Path:
    """The file with the contents of positions stretch * 65536 and on."""
    return directory / "contents" / f"{stretch:06}.jsonl"


def content_line(*, position: int, entry: str, nonce: bytes, content: bytes) -> str:
    """One content, as a line. What is no text was no content of ours, and cannot become one by being replaced."""
    return json.dumps(
        {
            "position": position,
            "id": entry,
            "nonce": base64.b64encode(nonce).decode(),
            "content": content.decode(errors="replace"),
        },
        ensure_ascii=False,
    )


def read_contents(path: Path) -> Iterator[tuple[int, str, bytes, bytes]]:
    """(position, entry, nonce, content) of each line; ValueError naming a line that cannot be read."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                fields = json.loads(line)
                yield (
                    fields["position"],
                    fields["id"],
                    base64.b64decode(fields["nonce"]),
                    fields["content"].encode(),
                )
            except (ValueError, KeyError, TypeError, AttributeError):
                raise ValueError(f"line {number} cannot be read") from None


def read_checkpoints(directory: Path) -> list[str]:
    """Every checkpoint's note; ExportRefused if the file cannot be read."""
    try:
        return [str(json.loads(line)) for line in (directory / CHECKPOINTS).read_text().splitlines()]
    except (OSError, ValueError):
        raise ExportRefused(
            f"{directory / CHECKPOINTS}: is not there or not whole: export the log again"
        ) from None
