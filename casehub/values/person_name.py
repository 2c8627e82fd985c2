"""The name of a person, as people write it."""

import re
from dataclasses import dataclass
from typing import Self

from casehub.values.text import ValueRefused, fold, one_line

_LONGEST = 140  # CPR's own limit for an addressing name is far below


@dataclass(frozen=True, slots=True, repr=False)
class PersonName:
    """A name. `text` as written; `normalised` is folded, `Efternavn, Fornavn` turned round, hyphens as spaces."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """ValueRefused when there is no letter in it, or it is longer than 140 characters."""
        name = one_line(text, longest=_LONGEST)
        if not any(char.isalpha() for char in name):
            raise ValueRefused("Skriv borgerens navn. Kendes det ikke, så skriv »Ukendt«.")
        return cls(name)

    @property
    def normalised(self) -> str:
        """Equal for two ways of writing one name."""
        last, comma, first = self.text.partition(",")
        turned = f"{first} {last}" if comma else self.text
        return " ".join(re.findall(r"[^\W_]+", fold(turned)))

    @property
    def words(self) -> tuple[str, ...]:
        """The words of `normalised`, each once, for the blind index: a person is found by a part of their name."""
        return tuple(dict.fromkeys(self.normalised.split()))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "PersonName(…)"
