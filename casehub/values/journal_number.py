"""The number of a criminal case in the police's own journal: that and nothing else can be said with it."""

import re
from dataclasses import dataclass
from typing import Self

from casehub.values.text import ValueRefused, one_line

_SHAPE = re.compile(r"[0-9]{4}-[0-9]{5}-[0-9]{5}-[0-9]{2}")


@dataclass(frozen=True, slots=True, repr=False)
class JournalNumber:
    """A journalnummer, e.g. 5100-70112-00042-26: kreds, kind of case, number, year."""

    normalised: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From its sixteen digits in their four groups; ValueRefused for anything more or else."""
        number = re.sub(r"\s*-\s*", "-", one_line(text, longest=40))
        if not _SHAPE.fullmatch(number):
            raise ValueRefused("Skriv kun journalnummeret, som 5100-70112-00042-26, og intet andet.")
        return cls(number)

    def __str__(self) -> str:
        return self.normalised

    def __repr__(self) -> str:
        return "JournalNumber(…)"
