"""Hashes, proofs and tiles: known answers of the specification's test vectors, and an implementation by others."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from casehub.transparency.proofs import (
    ProofRefused,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    tree_root,
)
from casehub.transparency.tiles import (
    NoSuchTile,
    Tile,
    bundles_of,
    decode_bundle,
    encode_bundle,
    node_in,
    tiles_of,
)
from casehub.transparency.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash, whole_root

# The eight leaves and roots that certificate-transparency-go and the Go checksum database test with.
KNOWN_LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves_of(count: int, seed: int = 0) -> list[bytes]:
    return [leaf_hash(random.Random(f"{seed}/{number}").randbytes(32)) for number in range(count)]


def node_from(leaves: list[bytes]):
    return lambda level, index: whole_root(leaves[index << level : (index + 1) << level])


def root_of(leaves: list[bytes]) -> bytes:
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def test_the_roots_of_the_known_trees():
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for entry, expected in zip(KNOWN_LEAVES, KNOWN_ROOTS, strict=True):
        frontier.append(leaf_hash(entry))
        assert frontier.root().hex() == expected


def test_leaves_and_nodes_are_told_apart():
    left, right = leaves_of(2)
    assert node_hash(left, right) != leaf_hash(left + right)


def test_every_size_agrees_with_an_implementation_by_others():
    theirs = InmemoryTree(algorithm="sha256")
    ours, leaves = Frontier(), []
    for number in range(70):
        entry = number.to_bytes(32, "big")
        theirs.append_entry(entry)
        leaves.append(leaf_hash(entry))
        ours.append(leaves[-1])
        assert ours.root() == theirs.get_root() == tree_root(node_from(leaves), len(leaves))
    for index in range(70):
        proof = theirs.prove_inclusion(index + 1, 70).serialize()
        path = [bytes.fromhex(step) for step in proof["path"]]
        assert path[0] == leaves[index]
        assert path[1:] == inclusion_proof(node_from(leaves), index, 70)


def test_every_proof_holds_and_none_holds_for_something_else():
    for size in range(1, 40):
        leaves = leaves_of(size)
        node, root = node_from(leaves), root_of(leaves)
        for index in range(size):
            proof = inclusion_proof(node, index, size)
            check_inclusion(leaf=leaves[index], index=index, size=size, root=root, proof=proof)
            with pytest.raises(ProofRefused):
                check_inclusion(leaf=leaf_hash(b"other"), index=index, size=size, root=root, proof=proof)
            with pytest.raises(ProofRefused):
                check_inclusion(leaf=leaves[index], index=index, size=size, root=root, proof=[*proof, root])
            if proof:
                with pytest.raises(ProofRefused):
                    check_inclusion(leaf=leaves[index], index=index, size=size, root=root, proof=proof[:-1])
        for old in range(1, size + 1):
            old_root = root_of(leaves[:old])
            proof = consistency_proof(node, old, size)
            check_consistency(old=old, old_root=old_root, new=size, new_root=root, proof=proof)
            for wrong in (
                {"old_root": leaf_hash(b"")},
                {"new_root": leaf_hash(b"")},
                {"proof": [*proof, root]},
            ):
                given_ = {
                    "old": old,
                    "old_root": old_root,
                    "new": size,
                    "new_root": root,
                    "proof": proof,
                } | wrong
                with pytest.raises(ProofRefused):
                    check_consistency(**given_)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 70_000), st.data())
def test_proofs_made_from_tiles(size: int, data: st.DataObject):
    leaves = [number.to_bytes(32, "big") for number in range(size)]
    levels = [leaves]
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append(
            [whole_root(below[at : at + 256]) for at in range(0, len(below) - len(below) % 256, 256)]
        )

    def read(tile: Tile) -> bytes:
        assert tile.fits(size)
        assert Tile.parse(tile.path) == tile
        return b"".join(levels[tile.level or 0][tile.number * 256 : tile.number * 256 + tile.width])

    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root = root_of(leaves)
    check_inclusion(
        leaf=leaves[index],
        index=index,
        size=size,
        root=root,
        proof=inclusion_proof(node_in(size, read), index, size),
    )
    check_consistency(
        old=old, old_root=root_of(leaves[:old]), new=size, new_root=root,
        proof=consistency_proof(node_in(size, read), old, size),
    )  # fmt: skip
    assert sum(tile.width for tile in tiles_of(size)) == sum(map(len, levels))
    assert sum(bundle.width for bundle in bundles_of(size)) == size


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 999, 8), "tile/1/999.p/8"),
        (Tile(None, 1000, 255), "tile/entries/x001/000.p/255"),
    ],
)
def test_tiles_lie_where_the_specification_puts_them(tile: Tile, path: str):
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/", "tile/0", "tile/0/0", "tile/0/00", "tile/00/000", "tile/0/x000/001", "tile/0/x001", "tile/8/000",
        "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/257", "tile/0/001.p/01", "tile/0/001.p/", "tile/-1/000",
        "tile/0/../000", "tile/entries/", "tile/data/000", "tile/0/٠٠٠", "entries/000", "tile/0/000/", "tile/0/x000/000/000",
    ],
)  # fmt: skip
def test_every_other_path_is_refused(path: str):
    with pytest.raises(NoSuchTile):
        Tile.parse(path)


def test_a_bundle_is_read_as_it_was_written_or_not_at_all():
    entries = leaves_of(5)
    raw = encode_bundle(entries)
    assert raw[:2] == b"\x00\x20"
    assert decode_bundle(raw) == entries
    for wrong in (raw[:-1], raw + b"\x00", b"\x00\x01a"):
        with pytest.raises(ValueError, match="whole bundle"):
            decode_bundle(wrong)
