"""Searching bytes for plaintext in whatever dress it may have left: as it is, without separators, folded, in other
encodings, as hex, base64, JSON or percent escapes.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

from ahocorasick_rs import BytesAhoCorasick

from casehub.values.text import fold

BLOCK = 16 << 20
_HEX = {bytes([digit]) for digit in b"0123456789ABCDEFabcdef"}
_HEXED = {digit.hex().encode() for digit in _HEX}


class Search:
    """For words, and for numbers of a shape: `67038#-####` is every number that begins so, with or without separators.

    Digits count only where no hex digit stands beside them, and so do digits that were turned into hex: what is hex of
    random bytes holds any short number by chance.
    """

    def __init__(self, *, words: Iterable[str], numbers: Iterable[str]) -> None:
        spelled = {
            spelling for word in words for spelling in (word, fold(word), word.casefold(), word.upper())
        }
        beginnings = {shape.partition("#")[0] for shape in numbers}
        beginnings |= {re.sub(r"[ -]", "", beginning) for beginning in beginnings}
        texts = {form for spelling in spelled for form in (*_plain(spelling), *_encoded(spelling.encode()))}
        cores = {core for beginning in beginnings for core in _base64_cores(beginning.encode())}
        texts |= {form for core in cores for form in (core, *_hex(core))}
        self.texts = sorted(texts)
        self._texts = BytesAhoCorasick(self.texts)
        self.patterns = [pattern for shape in numbers for pattern in (_digits(shape), _hex_of_digits(shape))]
        self._overlap = 200

    def seek(self, paths: Iterable[Path]) -> tuple[int, dict[str, set[bytes]]]:
        """The number of bytes searched, and what was found in which file. A file that a living server removes meanwhile is no more."""
        searched, found = 0, dict[str, set[bytes]]()
        for path in paths:
            with suppress(FileNotFoundError):
                for block in self._blocks(path):
                    hits = {self.texts[found] for found, _, _ in self._texts.find_matches_as_indexes(block)}
                    hits |= {
                        hit for pattern, beside in self.patterns for hit in _alone(pattern, beside, block)
                    }
                    if hits:
                        found.setdefault(str(path), set()).update(hits)
                searched += path.stat().st_size
        return searched, found

    def _blocks(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            tail = b""
            while block := file.read(BLOCK):
                yield tail + block
                tail = block[-self._overlap :]


def _digits(shape: str) -> tuple[re.Pattern[bytes], set[bytes]]:
    """Numbers of the shape, and what may not stand beside one."""
    parts = {"#": "[0-9]", " ": "[ -]?", "-": "[ -]?"}
    return re.compile(f"{''.join(parts.get(each, each) for each in shape)}(?![0-9A-Fa-f])".encode()), _HEX


def _hex_of_digits(shape: str) -> tuple[re.Pattern[bytes], set[bytes]]:
    parts = {"#": "3[0-9]", " ": "(?:20|2[dD])?", "-": "(?:20|2[dD])?"}
    form = "".join(parts.get(each, each.encode().hex()) for each in shape)
    return re.compile(f"{form}(?!3[0-9]|[46][1-6])".encode()), _HEXED


def _alone(pattern: re.Pattern[bytes], beside: set[bytes], block: bytes) -> Iterator[bytes]:
    """Looked behind here and not in the pattern: one that begins with plain bytes is found many times faster."""
    width = max(map(len, beside))
    for hit in pattern.finditer(block):
        if block[max(hit.start() - width, 0) : hit.start()] not in beside:
            yield hit.group()


def _plain(word: str) -> Iterator[bytes]:
    yield word.encode()
    yield word.encode("utf-16-le")
    yield word.encode("latin-1")
    yield json.dumps(word)[1:-1].encode()
    yield quote(word).encode()
    yield quote_plus(word).encode()


def _encoded(raw: bytes) -> Iterator[bytes]:
    for form in (raw, *_base64_cores(raw)):  # base64 in a bytea too, as a dump shows it
        yield from _hex(form)
    yield from _base64_cores(raw)


def _hex(raw: bytes) -> Iterator[bytes]:
    yield raw.hex().encode()
    yield raw.hex().upper().encode()


def _base64_cores(raw: bytes) -> Iterator[bytes]:
    """What stays the same of the value's base64 wherever it begins in a longer text."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        first = -(-before * 8 // 6)  # past the characters that hold bits of what stands before it
        last = (before + len(raw)) * 8 // 6  # up to those that hold bits of what stands after it
        yield encoded[first:last]


def files_below(*places: Path) -> Sequence[Path]:
    """Every file of these places."""
    found = [path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*")))]
    return [path for path in found if path.is_file()]
