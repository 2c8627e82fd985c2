"""Witnesses' keys and their cosignatures on checkpoints, byte for byte as C2SP writes them.

https://c2sp.org/tlog-cosignature, the Ed25519 kind. A cosignature says: at this time, this was the largest tree of this
log that the witness had seen, and it continued all those it had seen before. Kind 0x06 (ML-DSA-44) is skipped like any
unknown key.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from casehub.transparency.notes import NoteRefused, VerifierKey, signature_line, split_note

TIME_BYTES = 8
LATEST = 253_402_300_799  # the last second a datetime can tell
SIGNATURE_BYTES = TIME_BYTES + 64


@dataclass(frozen=True, slots=True)
class WitnessKey(VerifierKey):
    """The public side of a witness."""

    KIND: ClassVar[bytes] = b"\x04"

    def verify(self, text: str, signature: bytes) -> None:
        """NoteRefused unless the witness cosigned this checkpoint's text at the time the signature says."""
        if len(signature) != SIGNATURE_BYTES or _seconds(signature) > LATEST:
            raise NoteRefused(f"the cosignature of {self.name} cannot be read")
        try:
            # called by name: a class with slots is made anew, and super() would mean the one before
            VerifierKey.verify(self, cosigned_text(text, _seconds(signature)), signature[TIME_BYTES:])
        except NoteRefused:
            raise NoteRefused(f"the cosignature of {self.name} does not belong to this checkpoint") from None


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One witness's, on one checkpoint. `signature`: 8 bytes of time and 64 of Ed25519."""

    key: WitnessKey
    signature: bytes

    @property
    def at(self) -> datetime:
        """When it was made, by the witness's clock."""
        return datetime.fromtimestamp(_seconds(self.signature), UTC)

    @property
    def line(self) -> str:
        """Its line in the note."""
        return signature_line(self.key.name, self.key.id, self.signature)


def cosigned_text(text: str, seconds: int) -> str:
    """What a witness signs: `text` is the checkpoint's, `seconds` since 1970."""
    return f"cosignature/v1\ntime {seconds}\n{text}"


def cosign(text: str, *, key: WitnessKey, sign: Callable[[bytes], bytes], at: datetime) -> Cosignature:
    """Cosign a checkpoint's text. `sign` gives 64 bytes of Ed25519 over what it is handed."""
    seconds = int(at.timestamp())
    signed = sign(cosigned_text(text, seconds).encode())
    return Cosignature(key, seconds.to_bytes(TIME_BYTES, "big") + signed)


def signatures_of(note: str, keys: Iterable[WitnessKey]) -> list[Cosignature]:
    """The lines of these witnesses in a note, not verified; NoteRefused if it is no note."""
    known = {(key.name, key.id): key for key in keys}
    lines = ((known.get((name, key_id)), signature) for name, key_id, signature in split_note(note)[1])
    return [Cosignature(key, signature) for key, signature in lines if key is not None]


def open_cosignatures(note: str, keys: Iterable[WitnessKey]) -> list[Cosignature]:
    """The cosignatures of these witnesses on a checkpoint; NoteRefused if one of theirs is wrong."""
    found = signatures_of(note, keys)
    for each in found:
        each.key.verify(split_note(note)[0], each.signature)
    return found


def cosigners_of(note: str, keys: Iterable[WitnessKey]) -> list[WitnessKey]:
    """Which of these witnesses have cosigned a checkpoint; a wrong cosignature counts as none. NoteRefused if it is no note."""
    text, held = split_note(note)[0], []
    for each in signatures_of(note, keys):
        try:
            each.key.verify(text, each.signature)
        except NoteRefused:
            continue
        held.append(each.key)
    return held


def _seconds(signature: bytes) -> int:
    return int.from_bytes(signature[:TIME_BYTES], "big")
