"""What is wrong in definition files: each with file and line, all at once."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class DefinitionError:
    """One thing to mend. `file` is relative to the definitions' directory; `line` counts from 1 (0: the file is absent)."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class DefinitionsInvalid(Exception):
    """The definitions cannot be used. `errors` is never empty; `str()` is one `file:line: message` a line."""

    def __init__(self, errors: Iterable[DefinitionError]) -> None:
        self.errors = tuple(sorted(set(errors)))
        super().__init__("\n".join(str(error) for error in self.errors))
