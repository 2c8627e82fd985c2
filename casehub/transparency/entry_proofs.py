"""A proof for one entry that stands alone: a C2SP tlog-proof. https://c2sp.org/tlog-proof.

Checkpoint with its signatures, the entry's index, and the path from its leaf to the root. The extra line holds the
entry itself, a commitment of 32 bytes, so that any tool finds what it proves; it is believed only as far as the path shows.
"""

import base64
import binascii
from dataclasses import dataclass

from casehub.transparency.notes import Checkpoint, NoteRefused, VerifierKey, open_checkpoint
from casehub.transparency.proofs import ProofRefused, check_inclusion
from casehub.transparency.submissions import (
    MOST_STEPS,
    SubmissionRefused,
    hash_lines,
    parse_hash,
    parse_size,
)
from casehub.transparency.tree import HASH_BYTES, leaf_hash

HEAD = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class EntryProof:
    """`entry`: the commitment. `path`: RFC 9162 inclusion proof. `note`: the checkpoint with all its signatures."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]
    note: str

    def encode(self) -> str:
        """The proof as text."""
        extra = base64.b64encode(self.entry).decode()
        return "".join(
            [f"{HEAD}\nextra {extra}\nindex {self.index}\n", *hash_lines(self.path), "\n", self.note]
        )

    @classmethod
    def parse(cls, text: str) -> "EntryProof":
        """Read a proof of ours; ProofRefused if it is none."""
        head, found, note = text.partition("\n\n")
        match head.split("\n"):
            case [first, extra, index, *path] if found and first == HEAD and len(path) <= MOST_STEPS:
                pass
            case _:
                raise ProofRefused(
                    f"this is no proof of an entry: it must begin with {HEAD}, extra and index"
                )
        try:
            entry = base64.b64decode(extra.removeprefix("extra "), validate=True)
            proof = cls(entry, parse_size(index.removeprefix("index ")), tuple(map(parse_hash, path)), note)
        except (SubmissionRefused, ValueError, binascii.Error):
            raise ProofRefused("this is no proof of an entry: a line cannot be read") from None
        if len(entry) != HASH_BYTES or not extra.startswith("extra ") or not index.startswith("index "):
            raise ProofRefused(
                "this is no proof of an entry of casehub: it does not hold the entry's commitment"
            )
        return proof

    def check(self, keys: tuple[VerifierKey, ...]) -> Checkpoint:
        """The checkpoint, signed by one of `keys`, whose tree has the entry at the index; ProofRefused otherwise."""
        try:
            checkpoint = open_checkpoint(self.note, keys)
        except NoteRefused as refused:
            raise ProofRefused(str(refused)) from None
        check_inclusion(
            leaf=leaf_hash(self.entry),
            index=self.index,
            size=checkpoint.size,
            root=checkpoint.root,
            proof=self.path,
        )
        return checkpoint
