"""Signed notes, verifier keys and checkpoints, byte for byte as C2SP writes them.

https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint. A note is text, an empty line, and a line for each
signature. What is signed is the text with its last newline; a signature by an unknown key is skipped, as the
specification wants, and a wrong one by a known key spoils the note.
"""

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from casehub.transparency.tree import HASH_BYTES

DASH = "— "
KEY_ID_BYTES = 4
CHECKPOINT_LINES = 3
MOST_BYTES = 1_000_000


class NoteRefused(Exception):
    """The text is no note, or no trusted key signed it; one line."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public side of a note's signer. `public`: 32 bytes, Ed25519. `KIND`: the byte that says what is signed."""

    name: str
    public: bytes
    KIND: ClassVar[bytes] = b"\x01"

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + self.KIND + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """The key as text, `name+id+key`: what others give their tools."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.KIND + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key from its text; NoteRefused if it is none of this kind."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise NoteRefused(f"this is no public key: {text.strip()[:80]!r}") from None
        key = cls(name, raw[1:])
        if (
            raw[:1] != cls.KIND
            or len(key.public) != HASH_BYTES
            or key.id.hex() != key_id
            or not is_key_name(name)
        ):
            told = f"this is no Ed25519 key of kind {cls.KIND.hex()}: {text.strip()[:80]!r}"
            raise NoteRefused(told)
        return key

    def verify(self, text: str, signature: bytes) -> None:
        """NoteRefused unless this key signed the note's text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            raise NoteRefused(f"the signature of {self.name} does not belong to this note") from None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log states: its `origin`, its `size` in leaves, and the `root` over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, *, key: VerifierKey, sign: Callable[[bytes], bytes]) -> str:
    """The signed note of a checkpoint. `sign` gives 64 bytes of Ed25519 over what it is handed."""
    text = checkpoint.text()
    return f"{text}\n{signature_line(key.name, key.id, sign(text.encode()))}"


def signature_line(name: str, key_id: bytes, signature: bytes) -> str:
    """The line that a signature is in a note."""
    return f"{DASH}{name} {base64.b64encode(key_id + signature).decode()}\n"


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Read a checkpoint that at least one of `keys` signed; NoteRefused otherwise."""
    return parse_checkpoint(open_note(note, keys))


def open_note(note: str, keys: Iterable[VerifierKey]) -> str:
    """The text of a note that at least one of `keys` signed; NoteRefused otherwise."""
    text, signatures = split_note(note)
    known = {(key.name, key.id): key for key in keys}
    verified = False
    for name, key_id, signature in signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        key.verify(text, signature)
        verified = True
    if not verified:
        raise NoteRefused("no key that is trusted signed this note")
    return text


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """A note's text and its signatures: (name, key id, signature). NoteRefused if it is no note."""
    if len(note) > MOST_BYTES or any(ord(char) < ord(" ") and char != "\n" for char in note):
        raise NoteRefused("this is no signed note: too long, or with control characters")
    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n") or not lines.strip():
        raise NoteRefused("this is no signed note: it has no signature lines")
    return text + "\n", [_signature(line) for line in lines.removesuffix("\n").split("\n")]


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text; NoteRefused if it is none. Extension lines are allowed and not looked at."""
    lines = text.split("\n")
    if len(lines) <= CHECKPOINT_LINES or lines[-1]:
        raise NoteRefused("this is no checkpoint: it needs an origin, a size and a root")
    origin, size, root = lines[:CHECKPOINT_LINES]
    if not origin or not size.isascii() or not size.isdecimal() or (size[0] == "0" and size != "0"):
        raise NoteRefused("this is no checkpoint: its second line is not a size")
    try:
        decoded = base64.b64decode(root, validate=True)
    except binascii.Error:
        decoded = b""
    if len(decoded) != HASH_BYTES:
        raise NoteRefused("this is no checkpoint: its third line is not a SHA-256 hash")
    return Checkpoint(origin, int(size), decoded)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    try:
        dash, name, encoded = line.split(" ")
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise NoteRefused("this is no signed note: a signature line cannot be read") from None
    if dash + " " != DASH or not is_key_name(name) or len(raw) <= KEY_ID_BYTES:
        raise NoteRefused("this is no signed note: a signature line cannot be read")
    return name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:]


def is_key_name(name: str) -> bool:
    """Whether a note's signer may be called this."""
    return bool(name) and "+" not in name and not any(char.isspace() for char in name)
