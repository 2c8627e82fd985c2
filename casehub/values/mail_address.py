"""A mail address of a member of staff: the plain form that mail servers of authorities use."""

import re
from dataclasses import dataclass
from typing import Self

from casehub.values.text import ValueRefused, one_line

# RFC 5321, 4.5.3.1: 254 in all
_LONGEST = 254
_SHAPE = re.compile(r"[a-z0-9_%+-]+(\.[a-z0-9_%+-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address in lower case: most servers do not tell the two apart, and nobody is written to twice."""

    address: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `Fornavn.Efternavn@herning.dk`; ValueRefused otherwise."""
        address = one_line(text, longest=_LONGEST).lower()
        if not _SHAPE.fullmatch(address):
            raise ValueRefused("Skriv mailadressen som fornavn.efternavn@herning.dk.")
        return cls(address)
