"""The organisation as data: authorities, their units and the kommuner they cover. No people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnitDefinition:
    """A unit of an authority: `kind` e.g. lokalstation, sekretariat, socialforvaltning, distriktspsykiatri."""

    id: str
    kind: str
    name: str
    kommuner: tuple[str, ...]
    duty_phone: str | None


@dataclass(frozen=True, slots=True)
class AuthorityDefinition:
    """A controller: `kind` is politi, kommune, psykiatri or kriminalforsorg.

    `names_staff`: a citizen's answer names the authority's own staff, unless whoever makes it chooses otherwise.
    """

    id: str
    kind: str
    name: str
    kommuner: tuple[str, ...]
    units: tuple[UnitDefinition, ...]
    names_staff: bool = False


@dataclass(frozen=True, slots=True)
class Kommune:
    """Four-digit kommunekode and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation file."""

    id: str
    name: str
    kommuner: tuple[Kommune, ...]
    authorities: tuple[AuthorityDefinition, ...]
