"""A forum's minutes, from draft to sent: pure. What cannot be done is refused with Danish reasons and leaves no trace.

`udkast` until all who approve have approved the very text; then `godkendt`; then `udsendt`, and closed.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class MinutesState(StrEnum):
    """How far minutes have come."""

    NONE = "mangler"
    DRAFT = "udkast"
    APPROVED = "godkendt"
    SENT = "udsendt"


class MinutesRefused(Exception):
    """It cannot be done now: why, in one Danish sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of one meeting. `version`: of the text, 0 while there is none. `approvers`: the seats that must approve it,
    `approved`: those that have approved this version.
    """

    approvers: frozenset[str]
    version: int = 0
    approved: frozenset[str] = frozenset()
    sent: bool = False

    @property
    def state(self) -> MinutesState:
        """How far they have come."""
        if self.sent:
            return MinutesState.SENT
        if not self.version:
            return MinutesState.NONE
        return MinutesState.APPROVED if self.approved >= self.approvers else MinutesState.DRAFT


def write(minutes: Minutes) -> Minutes:
    """Another text: nobody has approved it yet."""
    if minutes.sent:
        raise MinutesRefused("Referatet er sendt ud og kan ikke ændres.")
    return replace(minutes, version=minutes.version + 1, approved=frozenset())


def approve(minutes: Minutes, seat: str) -> Minutes:
    """One of those who must has approved the text."""
    if minutes.sent:
        raise MinutesRefused("Referatet er allerede sendt ud.")
    if not minutes.version:
        raise MinutesRefused("Der er intet referat at godkende endnu.")
    if seat not in minutes.approvers:
        raise MinutesRefused("Referatet skal ikke godkendes af den plads, du sidder på.")
    if seat in minutes.approved:
        raise MinutesRefused("Referatet er allerede godkendt herfra.")
    return replace(minutes, approved=minutes.approved | {seat})


def send(minutes: Minutes) -> Minutes:
    """The approved text goes out to all with a seat."""
    if minutes.sent:
        raise MinutesRefused("Referatet er allerede sendt ud.")
    if minutes.state is not MinutesState.APPROVED:
        raise MinutesRefused("Referatet kan ikke sendes ud, før alle, der skal, har godkendt det.")
    return replace(minutes, sent=True)
