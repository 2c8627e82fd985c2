"""What is said of a disclosure beside who, on which basis, for what purpose and why: the same of all it is given to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """As typed. `information`: ids of the kinds of information; none: what the giver's writings are presumed to be of.

    `prompted`: "asked" where the recipient had asked for it, "own" on the giver's own initiative, "" where nobody said.
    """

    information: tuple[str, ...] = ()
    prompted: str = ""


NO_TERMS = Terms()
