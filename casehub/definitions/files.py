"""Which files a case can hold, parsed from `policies/files/*.yaml`: how large, and of which types.

A type is told by how a file's content begins, never by what the sender calls it; its name's extension must agree.
"""

import re
from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class FileType:
    """`name`: as people call it. `extensions`: of its file names, lower case. `content`: a regular expression over bytes,
    written with a character for each byte.
    """

    name: str
    extensions: tuple[str, ...]
    content: str

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """What the content must begin with. re.error or UnicodeEncodeError if it is no such expression."""
        return re.compile(self.content.encode("latin-1"), re.DOTALL)

    def fits(self, beginning: bytes) -> bool:
        """Whether content that begins like this is of the type."""
        return self.pattern.match(beginning) is not None


@dataclass(frozen=True, slots=True)
class FileRules:
    """`largest`: bytes of the largest file."""

    id: str
    largest: int
    types: tuple[FileType, ...]

    def type_named(self, extension: str) -> FileType | None:
        """The type whose files are named so."""
        return next((each for each in self.types if extension in each.extensions), None)
