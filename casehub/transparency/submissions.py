"""What a log sends a witness: the body of `add-checkpoint`, written and read. https://c2sp.org/tlog-witness.

The size of the last checkpoint the witness cosigned, a proof that the new one continues it, and the new one.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from casehub.transparency.tree import HASH_BYTES

MOST_STEPS = 63
MOST_BYTES = 65_536
SIZE_TYPE = "text/x.tlog.size"
LARGEST_SIZE = 2**63 - 1


class SubmissionRefused(Exception):
    """The bytes are no submission; one line."""


@dataclass(frozen=True, slots=True)
class Submission:
    """`old`: size of the older tree, 0 for none. `proof`: RFC 9162 consistency proof. `note`: the newer checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def encode(self) -> bytes:
        """The request's body."""
        return "".join([f"old {self.old}\n", *hash_lines(self.proof), "\n", self.note]).encode()

    @classmethod
    def parse(cls, body: bytes) -> "Submission":
        """Read a request's body; SubmissionRefused if it is none. The note is not looked at."""
        try:
            head, found, note = body.decode().partition("\n\n")
        except UnicodeDecodeError:
            raise SubmissionRefused("this is not UTF-8") from None
        first, *steps = head.split("\n")
        if not found or not first.startswith("old "):
            raise SubmissionRefused(
                "this is no submission: it needs an old size, a proof, an empty line and a note"
            )
        if len(steps) > MOST_STEPS:
            raise SubmissionRefused(f"the proof has more than {MOST_STEPS} lines")
        return cls(parse_size(first.removeprefix("old ")), tuple(map(parse_hash, steps)), note)


def hash_lines(hashes: Sequence[bytes]) -> list[str]:
    """Hashes in base64, a line each."""
    return [f"{base64.b64encode(each).decode()}\n" for each in hashes]


def parse_hash(line: str) -> bytes:
    """One hash in base64; SubmissionRefused if it is none."""
    try:
        raw = base64.b64decode(line, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != HASH_BYTES:
        raise SubmissionRefused("a line of the proof is no SHA-256 hash")
    return raw


def parse_size(text: str) -> int:
    """A size in decimal, without leading zeroes; SubmissionRefused otherwise."""
    if (
        not text.isascii()
        or not text.isdecimal()
        or len(text) > len(str(LARGEST_SIZE))
        or (text[0] == "0" != text)
    ):
        raise SubmissionRefused("this is no size of a tree")
    return int(text)
