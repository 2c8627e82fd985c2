"""What is said of a disclosure beside who, on which basis, for what purpose and why: the same of all it is given to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """As typed. `information`: ids of the kinds of information; none: what the giver's writings are presumed to be of."""

    information: tuple[str, ...] = ()


NO_TERMS = Terms()
