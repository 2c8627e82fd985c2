"""The Danish personal identification number.

Modulus 11 is never asked: numbers have been given out without it since 2007. Replacement numbers (the day's first digit
+ 6) are accepted; they are also the only ones our own data may use. `stdnum` knows the centuries; its `validate` would
refuse replacement numbers and reads the clock, so it is not used.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from stdnum.dk import cpr as stdnum_cpr
from stdnum.exceptions import ValidationError

from casehub.values.text import ValueRefused, digits, one_line

_SHAPE = re.compile(r"([0-9]{6})[ -]{0,3}([0-9]{4})")
_REPLACEMENT = 60


@dataclass(frozen=True, slots=True, repr=False)
class Cpr:
    """A CPR number or a replacement number. `normalised`: ten digits."""

    normalised: str

    @classmethod
    def parse(cls, text: str, *, today: date) -> Self:
        """From `DDMMYY-XXXX`, the dash optional; ValueRefused for another shape, an impossible or a future birth date."""
        match = _SHAPE.fullmatch(digits(one_line(text, longest=40)))
        if match is None:
            raise ValueRefused("Skriv CPR-nummeret som seks tal, bindestreg og fire tal, fx 670385-1234.")
        number = cls("".join(match.groups()))
        if number.born > today:
            raise ValueRefused("CPR-nummerets fødselsdato ligger i fremtiden. Kontrollér de seks første tal.")
        return number

    @property
    def born(self) -> date:
        """The birth date it tells; of a replacement number, the one with the day reduced by 60."""
        day = int(self.normalised[:2])
        day = day - _REPLACEMENT if self.replacement else day
        try:
            return stdnum_cpr.get_birth_date(f"{day:02}{self.normalised[2:]}")
        except ValidationError:
            raise ValueRefused(
                "CPR-nummeret begynder med en dato, der ikke findes. Kontrollér de seks første tal."
            ) from None

    @property
    def replacement(self) -> bool:
        """Whether it is a replacement number (erstatningspersonnummer)."""
        return int(self.normalised[:2]) > _REPLACEMENT

    def __str__(self) -> str:
        return f"{self.normalised[:6]}-{self.normalised[6:]}"

    def __repr__(self) -> str:
        return "Cpr(…)"
