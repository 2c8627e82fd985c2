"""A case number that tells nothing: network, year, and four random characters that cannot be misheard as each other."""

import re
import secrets
from dataclasses import dataclass
from typing import Self

from casehub.values.text import ValueRefused, digits, one_line

# No vowels (no words), and of 0/O, 1/I/L, 2/Z, 5/S, 8/B only the digits that stay unmistakable: 390,625 a network and year
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
_TAIL = 4
_SHAPE = re.compile(rf"([A-Z]{{2,8}})[ -]?([0-9]{{4}})[ -]?([{ALPHABET}]{{{_TAIL}}})")


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """E.g. `PSP-2026-K7QM`."""

    prefix: str
    year: int
    tail: str

    @classmethod
    def new(cls, prefix: str, year: int) -> Self:
        """Draw one at random. It may be taken: the caller tries again."""
        return cls(prefix, year, "".join(secrets.choice(ALPHABET) for _ in range(_TAIL)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Case and dashes do not matter; ValueRefused for anything else."""
        match = _SHAPE.fullmatch(digits(one_line(text, longest=40)).upper())
        if match is None:
            raise ValueRefused("Skriv sagsnummeret, som det står i sagen, fx PSP-2026-K7QM.")
        prefix, year, tail = match.groups()
        return cls(prefix, int(year), tail)

    @property
    def normalised(self) -> str:
        """The number as shown."""
        return str(self)

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year:04}-{self.tail}"
