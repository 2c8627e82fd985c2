"""RFC 9162 hashing (section 2.1.1), and a tree that grows by leaves and always knows its root.

A tree of any size is held as the roots of its whole subtrees, largest first: one hash for each bit of the size.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def whole_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of leaf or subtree hashes."""
    while len(hashes) > 1:
        hashes = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


class Frontier:
    """A growing tree. `size`: leaves so far."""

    __slots__ = ("_roots", "size")

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        self.append_whole(0, leaf)

    def append_whole(self, level: int, root: bytes) -> None:
        """Add the root of a whole subtree of 2^level leaves; the size so far must be a multiple of that."""
        if self.size & ((1 << level) - 1):
            raise ValueError(f"a subtree of 2^{level} leaves cannot begin at {self.size}")
        rest = self.size >> level
        while rest & 1:
            root = sha256(b"\x01" + self._roots.pop() + root).digest()
            rest >>= 1
        self._roots.append(root)
        self.size += 1 << level

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes."""
        for leaf in leaves:
            self.append_whole(0, leaf)

    def root(self) -> bytes:
        """The root hash of the tree as it is."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root
