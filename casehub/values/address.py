"""A Danish address, kept as written and folded for comparison.

The folding must make the ways people write one *adresse* (flat, not house) equal without a look-up in DAR; it must never
make two flats equal. `Vejnavn 87A, 1. th, Supplerende bynavn, 6000 By` is DAR's own form.
"""

import re
from dataclasses import dataclass
from typing import Self

from casehub.values.text import ValueRefused, digits, fold, one_line

_LONGEST = 200
_SPELLED_OUT = (
    (r"\btil hoejre\b", "th"),
    (r"\btil venstre\b", "tv"),
    (r"\bmidt ?for\b", "mf"),
    (r"\bstuen\b", "st"),
    (r"\b(\d+)\.? ?sal\b", r"\1"),
    (r"\bgl\b", "gammel"),
    (r"\bsdr\b", "soender"),
    (r"\bndr\b", "noerre"),
    (r"\bs[kc]t\b", "sankt"),
    (r"\bdk ?(?=\d{4}\b)", ""),
)
_JOINED_DOOR = re.compile(r"\b(\d+|st|kl)(th|tv|mf)\b")
_HOUSE_LETTER = re.compile(r"^(\D+ \d+) ([a-z])\b")
_TOWN = re.compile(
    r"^(.*\b\d{4})\b .*$"
)  # house numbers have three digits at most, so four are a postal code

_WHOLE = re.compile(r"^\D+ \d{1,3}[a-z]?\b.* \d{4}$")


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An address. `text` as written; `normalised` for the blind index."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Any one line of up to 200 characters with a letter in it; a citizen may have no fixed address."""
        address = one_line(text.replace("\n", ", "), longest=_LONGEST)
        if not any(char.isalpha() for char in address):
            raise ValueRefused(
                "Skriv adressen med vejnavn, nummer, postnummer og by, eller »Uden fast bopæl«."
            )
        return cls(address)

    @classmethod
    def parse_whole(cls, text: str) -> Self:
        """One that says which house, and where: with house number and postal code. Whether there is a floor and a door nobody can know here."""
        address = cls.parse(text)
        if not _WHOLE.search(address.normalised):
            raise ValueRefused(
                "Skriv hele adressen med vejnavn, husnummer, etage og dør, postnummer og by, for eksempel"
                " Vejnavn 87A, 1. th, 7400 Herning."
            )
        return address

    @property
    def normalised(self) -> str:
        """Street, number, floor, door and postal code; the town's name and a supplementary town name left out."""
        parts = [_fold_part(part) for part in re.split(r"[,;]", self.text)]
        street, rest = parts[0], [part for part in parts[1:] if part]
        kept = [part for part in rest if re.search(r"\d|^(st|kl)\b|^\w{1,2}$", part)]
        # A door has one or two letters, a supplementary town name more. When nothing after the street has a number, what
        # is left is the whole of it, e.g. a farm's name and a town.
        joined = " ".join([street, *(kept or rest)]).strip()
        return _TOWN.sub(r"\1", _HOUSE_LETTER.sub(r"\1\2", joined))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "Address(…)"


def _fold_part(part: str) -> str:
    words = re.sub(r"[^\w]+", " ", fold(digits(part))).strip()
    for pattern, meaning in _SPELLED_OUT:
        words = re.sub(pattern, meaning, words)
    return " ".join(_JOINED_DOOR.sub(r"\1 \2", words).split())
