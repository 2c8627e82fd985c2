"""The name of a file as somebody else's machine gave it: no path, nothing unseen, no longer than a disk takes."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from casehub.values.text import ValueRefused

LONGEST = 150  # characters: 255 bytes are what most disks take, and a name grows by (1) and the like
_UNSEEN = {
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
    "Zl",
    "Zp",
}  # control, format (right-to-left marks too), and what is no character
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')  # what Windows refuses


def safe_name(text: str) -> str:
    """The name as it can be shown and saved under, whatever it was; for names that were accepted before."""
    try:
        return str(FileName.parse(text))
    except ValueRefused:
        return "fil"


@dataclass(frozen=True, slots=True, repr=False)
class FileName:
    """A name that can be shown and saved under as it stands."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The last part of a path, without what cannot be seen; ValueRefused if it is nothing or too long."""
        last = re.split(r"[/\\]", text)[-1][: LONGEST * 8]
        seen = "".join(char for char in last if char.isspace() or unicodedata.category(char) not in _UNSEEN)
        name = re.sub(r"\s+", " ", _NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", seen))).strip(" .")
        if not name:
            raise ValueRefused("Filen har intet navn. Giv den et navn, og prøv igen.")
        if len(name) > LONGEST:
            raise ValueRefused(
                f"Filens navn er for langt. Giv den et navn på højst {LONGEST} tegn, og prøv igen."
            )
        return cls(name)

    @property
    def extension(self) -> str:
        """What follows the last dot, lower case; "" if there is none."""
        return self.text.rpartition(".")[2].lower() if "." in self.text else ""

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "FileName(…)"
