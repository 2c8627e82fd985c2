"""A reader of checkpoints, cosignatures and proofs, written only from the specifications, with none of casehub's code.

https://c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof, tlog-witness; RFC 6962 section 2.1.
"""

import base64
import struct
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass
class Key:
    name: str
    id: bytes
    kind: int
    public: Ed25519PublicKey

    @classmethod
    def read(cls, vkey: str) -> "Key":
        name, key_id, encoded = vkey.strip().split("+", 2)
        raw = base64.b64decode(encoded)
        assert sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == key_id
        return cls(name, bytes.fromhex(key_id), raw[0], Ed25519PublicKey.from_public_bytes(raw[1:]))


@dataclass
class Tree:
    origin: str
    size: int
    root: bytes
    cosigned: dict[str, int]  # name of the witness: seconds since 1970


def read_checkpoint(note: str, log: Key, witnesses: list[Key]) -> Tree:
    """Fails unless the log signed it; tells which of these witnesses cosigned it, and fails on a wrong one of theirs."""
    at = note.rindex("\n\n")
    body, lines = note[: at + 1], note[at + 2 :]
    assert lines.endswith("\n")
    signed, cosigned = False, {}
    for line in lines[:-1].split("\n"):
        dash, name, encoded = line.split(" ")
        assert dash == "\u2014"
        raw = base64.b64decode(encoded, validate=True)
        if (name, raw[:4]) == (log.name, log.id):
            log.public.verify(raw[4:], body.encode())
            signed = True
        for witness in witnesses:
            if (name, raw[:4]) == (witness.name, witness.id):
                assert witness.kind == 4
                (seconds,) = struct.unpack(">Q", raw[4:12])
                witness.public.verify(raw[12:], b"cosignature/v1\ntime %d\n" % seconds + body.encode())
                cosigned[name] = seconds
    assert signed
    origin, size, root = body.split("\n")[:3]
    assert origin == log.name
    return Tree(origin, int(size), base64.b64decode(root), cosigned)


def check_proof(text: str, entry: bytes, log: Key, witnesses: list[Key]) -> Tree:
    """A tlog-proof: fails unless `entry` is where it says, in the tree of the checkpoint it holds."""
    head, note = text.split("\n\n", 1)
    first, *lines = head.split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    if lines[0].startswith("extra "):
        lines.pop(0)
    assert lines[0].startswith("index ")
    index, path = int(lines[0][6:]), [base64.b64decode(line, validate=True) for line in lines[1:]]
    tree = read_checkpoint(note, log, witnesses)
    assert root_from(sha256(b"\x00" + entry).digest(), index, tree.size, path) == tree.root
    return tree


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 6962, 2.1.1, read backwards: the tree splits at the largest power of two below its size."""
    if size == 1:
        assert (index, path) == (0, [])
        return leaf
    split = 1 << ((size - 1).bit_length() - 1)
    *below, sibling = path
    if index < split:
        return sha256(b"\x01" + root_from(leaf, index, split, below) + sibling).digest()
    return sha256(b"\x01" + sibling + root_from(leaf, index - split, size - split, below)).digest()


def tree_root(entries: list[bytes]) -> bytes:
    """RFC 6962, 2.1."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    split = 1 << ((len(entries) - 1).bit_length() - 1)
    return sha256(b"\x01" + tree_root(entries[:split]) + tree_root(entries[split:])).digest()


def consistency(entries: list[bytes], old: int) -> list[bytes]:
    """RFC 6962, 2.1.2: PROOF(old, entries)."""
    return _subproof(old, entries, whole=True)


def _subproof(old: int, entries: list[bytes], *, whole: bool) -> list[bytes]:
    if old == len(entries):
        return [] if whole else [tree_root(entries)]
    split = 1 << ((len(entries) - 1).bit_length() - 1)
    if old <= split:
        return [*_subproof(old, entries[:split], whole=whole), tree_root(entries[split:])]
    return [*_subproof(old - split, entries[split:], whole=False), tree_root(entries[:split])]


def submission(old: int, proof: list[bytes], note: str) -> bytes:
    """The body of add-checkpoint."""
    lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof), "", note]
    return "\n".join(lines).encode()
