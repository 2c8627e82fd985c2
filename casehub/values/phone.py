"""A telephone number: Danish (eight digits) or international."""

import re
from dataclasses import dataclass
from typing import Self

from casehub.values.text import ValueRefused, digits, one_line

_DANISH = "+45"
_DANISH_SHAPE = re.compile(r"[1-9][0-9]{7}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: fifteen digits at most


@dataclass(frozen=True, slots=True, repr=False)
class Phone:
    """A telephone number. `normalised`: `+`, country code and number, digits only."""

    normalised: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `12 34 56 78`, `+45 12345678`, `0045…` or an international number; ValueRefused otherwise."""
        number = re.sub(r"[ ().\-/]", "", digits(one_line(text, longest=40)))
        if _DANISH_SHAPE.fullmatch(number):
            number = _DANISH + number
        elif number.startswith("00"):
            number = "+" + number[2:]
        danish = number.startswith(_DANISH)
        if not (_DANISH_SHAPE.fullmatch(number[3:]) if danish else _E164.fullmatch(number)):
            raise ValueRefused(
                "Skriv telefonnummeret med otte tal, eller med + og landekode, hvis det er udenlandsk."
            )
        return cls(number)

    def __str__(self) -> str:
        if not self.normalised.startswith(_DANISH):
            return self.normalised
        number = self.normalised[3:]
        return " ".join(number[at : at + 2] for at in range(0, 8, 2))

    def __repr__(self) -> str:
        return "Phone(…)"
