"""A log's key handing over to the next: a C2SP signed note, signed by the old key and by the new one.

Who trusts the old key trusts the new one by it, without anybody in between. Its second line is no size, so it never passes
for a checkpoint.
"""

from collections.abc import Callable, Iterable

from casehub.transparency.notes import NoteRefused, VerifierKey, open_note, signature_line, split_note

TITLE = "is followed by"
Sign = Callable[[bytes], bytes]


def sign_succession(*, old: VerifierKey, old_sign: Sign, new: VerifierKey, new_sign: Sign) -> str:
    """The signed note by which `old` makes `new` its successor. A `sign` gives 64 bytes of Ed25519 over a text."""
    text = f"{old.name} {TITLE}\n{new}\n"
    signatures = ((old, old_sign), (new, new_sign))
    return f"{text}\n" + "".join(
        signature_line(key.name, key.id, sign(text.encode())) for key, sign in signatures
    )


def followed(trusted: Iterable[VerifierKey], successions: Iterable[str]) -> tuple[VerifierKey, ...]:
    """The keys that are trusted, and those that follow from them by `successions`, oldest first. What does not hold gives none."""
    keys = list(dict.fromkeys(trusted))
    for note in successions:
        key = _successor(note, keys)
        if key is not None and key not in keys:
            keys.append(key)
    return tuple(keys)


def _successor(note: str, trusted: list[VerifierKey]) -> VerifierKey | None:
    """The key that a note makes the successor of a trusted one of the same log; it has signed it, too."""
    try:
        title, line = split_note(note)[0].removesuffix("\n").split("\n")
        key = VerifierKey.parse(line)
        open_note(note, [each for each in trusted if each.name == key.name])
        open_note(note, [key])
    except (NoteRefused, ValueError):
        return None
    return key if title == f"{key.name} {TITLE}" else None
