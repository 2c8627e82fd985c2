"""The number of a business in the Central Business Register. A sole trader's tells who the trader is, so it is never shown in a `repr`."""

import re
from dataclasses import dataclass
from typing import Self

from stdnum.dk import cvr as stdnum_cvr

from casehub.values.text import ValueRefused, digits, one_line


@dataclass(frozen=True, slots=True, repr=False)
class Cvr:
    """A CVR number. `normalised`: eight digits."""

    normalised: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From eight digits, spaces and `DK` before them allowed; ValueRefused for another shape or a wrong check digit."""
        number = re.sub(r"^DK", "", re.sub(r"[ .\-]", "", digits(one_line(text, longest=40))).upper())
        if not stdnum_cvr.is_valid(number):
            raise ValueRefused("Skriv CVR-nummeret med otte tal, og tjek dem: nummeret findes ikke.")
        return cls(number)

    def __str__(self) -> str:
        return self.normalised

    def __repr__(self) -> str:
        return "Cvr(…)"
