"""How one post of the contact network is covered today: what overviews and Min dag show of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A unit's place in a network: who is contact today, by name, and what is missing or breaks the rule, in words.

    `state`: tells one state of the post's duties from the next.
    """

    network: str
    network_name: str
    unit_id: str
    unit: str
    names: tuple[str, ...]
    problem: str | None
    state: str
