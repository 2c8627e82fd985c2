"""What the Go project's `sumdb/note` and `sumdb/tlog` make of a tree of ours, byte for byte. `go_vectors.go` wrote it."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casehub.transparency.cosignatures import WitnessKey, cosign, open_cosignatures
from casehub.transparency.notes import Checkpoint, VerifierKey, open_checkpoint, sign_checkpoint
from casehub.transparency.proofs import consistency_proof, inclusion_proof, tree_root
from casehub.transparency.tree import leaf_hash, whole_root
from tests.transparency.outsider import Key, consistency, read_checkpoint, root_from
from tests.transparency.outsider import tree_root as outsiders_root


@pytest.fixture(scope="module")
def go() -> dict[str, object]:
    return json.loads((Path(__file__).parent / "go_vectors.json").read_text())


def raw(hashes: list[str] | None) -> list[bytes]:
    return [base64.b64decode(each) for each in hashes or []]


def test_trees_and_proofs_are_the_same(go):
    entries, roots = raw(go["entries"]), raw(go["roots"])
    leaves = [leaf_hash(entry) for entry in entries]

    def node(level: int, index: int) -> bytes:
        return whole_root(leaves[index << level : (index + 1) << level])

    for size, root in enumerate(roots, 1):
        assert root == tree_root(node, size) == outsiders_root(entries[:size])
    for each in go["inclusions"]:
        path = raw(each["Path"])
        assert path == inclusion_proof(node, each["Index"], each["Size"])
        assert root_from(leaves[each["Index"]], each["Index"], each["Size"], path) == roots[each["Size"] - 1]
    for each in go["consistencies"]:
        assert raw(each["Path"]) == consistency_proof(node, each["Old"], each["New"])
        assert raw(each["Path"]) == consistency(entries[: each["New"]], each["Old"])


def test_a_cosigned_checkpoint_is_the_same(go):
    log, witness = VerifierKey.parse(go["log"]), WitnessKey.parse(go["witness"])
    checkpoint = Checkpoint("go.example/log", len(go["roots"]), raw(go["roots"])[-1])
    assert open_checkpoint(go["note"], [log]) == checkpoint
    (given,) = open_cosignatures(go["note"], [witness])
    assert given.at == datetime.fromtimestamp(1_763_800_000, UTC)
    assert read_checkpoint(go["note"], Key.read(go["log"]), [Key.read(go["witness"])]).cosigned == {
        "go.example/witness": 1_763_800_000
    }
    # Ed25519 is deterministic: with the same keys the same bytes
    signer, cosigner = (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (7, 9))
    ours = sign_checkpoint(checkpoint, key=log, sign=signer.sign)
    assert ours + cosign(checkpoint.text(), key=witness, sign=cosigner.sign, at=given.at).line == go["note"]
