"""The tree in tiles of 256 hashes, and its entries in bundles of 256, as C2SP lays them out.

https://c2sp.org/tlog-tiles. A tile of level L holds the roots of subtrees of 256^L leaves. A partial tile is the first
hashes of a tile still growing. An entry here is a commitment of 32 bytes, so a bundle holds no personal data.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from casehub.transparency.proofs import Node
from casehub.transparency.tree import HASH_BYTES, whole_root

HEIGHT = 8
WIDTH = 1 << HEIGHT
HIGHEST = 63 // HEIGHT
LENGTH_BYTES = 2


class NoSuchTile(Exception):
    """The path names no tile."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile is. `level` None: the bundle of entries below it. `width`: hashes in it, 256 for a whole one."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`tile/<level>/<number>[.p/<width>]`, the number in groups of three digits, all but the last with an x."""
        groups = f"{self.number:0{-(-len(str(self.number)) // 3) * 3}}"
        parts = [groups[start : start + 3] for start in range(0, len(groups), 3)]
        number = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{number}" + ("" if self.width == WIDTH else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Read a path; NoSuchTile unless it is written in the one right way."""
        _, _, rest = path.partition("/")
        level, _, rest = rest.partition("/")
        number, _, width = rest.partition(".p/")
        digits = number.replace("/", "").replace("x", "")
        if not all(_is_number(part) for part in (digits, width or "1")) or not (
            level == "entries" or _is_number(level)
        ):
            raise NoSuchTile(path)
        tile = cls(None if level == "entries" else int(level), int(digits), int(width or WIDTH))
        if tile.path != path or not 0 < tile.width <= WIDTH or (tile.level or 0) > HIGHEST:
            raise NoSuchTile(path)
        return tile

    def fits(self, size: int) -> bool:
        """Whether a tree of `size` leaves has at least these hashes."""
        return self.number * WIDTH + self.width <= size >> (HEIGHT * (self.level or 0))


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles of a tree of `size`, the partial ones at its right edge included, without the bundles of entries."""
    for level in range(HIGHEST + 1):
        width = size >> (HEIGHT * level)
        if not width:
            return
        for number in range(-(-width // WIDTH)):
            yield Tile(level, number, min(WIDTH, width - number * WIDTH))


def bundles_of(size: int) -> Iterator[Tile]:
    """All bundles of entries of a tree of `size`."""
    for number in range(-(-size // WIDTH)):
        yield Tile(None, number, min(WIDTH, size - number * WIDTH))


def encode_bundle(entries: list[bytes]) -> bytes:
    """Entries, each after its length (2 bytes, big-endian)."""
    return b"".join(len(entry).to_bytes(LENGTH_BYTES, "big") + entry for entry in entries)


def decode_bundle(raw: bytes) -> list[bytes]:
    """Read entries; ValueError if the bytes are not whole."""
    entries, at = [], 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + LENGTH_BYTES], "big")
        at += LENGTH_BYTES + length
        if at > len(raw) or length != HASH_BYTES:
            raise ValueError("not a whole bundle of commitments")
        entries.append(raw[at - length : at])
    return entries


def split_hashes(raw: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [raw[start : start + HASH_BYTES] for start in range(0, len(raw), HASH_BYTES)]


def node_in(size: int, read: Callable[[Tile], bytes]) -> Node:
    """The subtree hashes of a tree of `size`, from tiles that `read` gives: what proofs are made of."""

    def node(level: int, index: int) -> bytes:
        tile_level, above = divmod(level, HEIGHT)
        first = index << above
        number = first // WIDTH
        width = min(WIDTH, (size >> (HEIGHT * tile_level)) - number * WIDTH)
        hashes = split_hashes(read(Tile(tile_level, number, width)))
        at = first % WIDTH
        return whole_root(hashes[at : at + (1 << above)])

    return node


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
