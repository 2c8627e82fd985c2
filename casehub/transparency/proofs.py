"""Inclusion and consistency proofs (RFC 9162, sections 2.1.3 and 2.1.4): making them from subtree hashes, and checking.

A `Node` gives the root of the whole subtree of 2^level leaves that begins at index * 2^level. Checking needs no tree.
"""

from collections.abc import Callable, Sequence

from casehub.transparency.tree import EMPTY_ROOT, node_hash

Node = Callable[[int, int], bytes]


class ProofRefused(Exception):
    """The proof does not show what it should; one line."""


def tree_root(node: Node, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return _range_root(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """The path from leaf `index` to the root of a tree of `size`."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_root(node, middle, high))
            high = middle
        else:
            path.append(_range_root(node, low, middle))
            low = middle
    return path[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """What shows that the tree of `new` leaves begins with the tree of `old` leaves."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    path, low, high, whole = [], 0, new, True
    while low + (high - low) != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_root(node, middle, high))
            high = middle
        else:
            path.append(_range_root(node, low, middle))
            low, whole = middle, False
    if not whole:
        path.append(_range_root(node, low, high))
    return path[::-1]


def check_inclusion(*, leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """RFC 9162, 2.1.3.2; ProofRefused if the leaf hash is not at `index` of the tree with that root."""
    if not 0 <= index < size:
        raise ProofRefused(f"a tree of {size} has no leaf {index}")
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if place & 1 or place == last:
            found = node_hash(step, found)
            place, last = _up_past_left_edges(place, last)
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise ProofRefused(f"leaf {index} is not in the tree of {size} with this root")


def check_consistency(
    *, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162, 2.1.4.2; ProofRefused if the newer tree does not begin with the older."""
    if not 0 < old <= new:
        raise ProofRefused(f"no tree of {new} continues one of {old}")
    if old == new:
        if proof or old_root != new_root:
            raise ProofRefused(f"two trees of {old} with different roots")
        return
    steps = [old_root, *proof] if old & (old - 1) == 0 else [*proof]
    if not steps or _both_roots(steps, old, new) != (old_root, new_root):
        raise ProofRefused(f"the tree of {new} does not begin with the tree of {old}")


def _both_roots(steps: Sequence[bytes], old: int, new: int) -> tuple[bytes, bytes]:
    """The roots that the steps lead to, of the older and of the newer tree."""
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_found = new_found = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if place & 1 or place == last:
            old_found, new_found = node_hash(step, old_found), node_hash(step, new_found)
            place, last = _up_past_left_edges(place, last)
        else:
            new_found = node_hash(new_found, step)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofRefused("the proof is too short")
    return old_found, new_found


def _up_past_left_edges(place: int, last: int) -> tuple[int, int]:
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _range_root(node: Node, low: int, high: int) -> bytes:
    """The root over leaves low to high, where low begins a subtree at least that large."""
    width = high - low
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, low >> level)
    middle = low + _split(width)
    return node_hash(_range_root(node, low, middle), _range_root(node, middle, high))


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)
