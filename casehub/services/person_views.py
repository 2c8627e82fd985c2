"""A person of a case as opened, and how they may be reached. Frozen, as all views.

A telephone number and an address leave a case by a `Reach` alone, which says first how they may be used: pages draw it with one
macro, documents take its lines. A test holds every other module and template to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PROTECTED = "Navne- og adressebeskyttelse"


@dataclass(frozen=True, slots=True)
class Reach:
    """How a person may be reached. `safe_contact`: stands above number and address; None means none was given.

    `protected`: name and address are protected; then `phone` and `address` are "" but where the reader's authority wrote them.
    """

    safe_contact: str | None
    phone: str
    address: str
    protected: bool = False

    @property
    def lines(self) -> Iterator[tuple[str, str]]:
        """(label, text) pairs for documents: what must be known before a number or address is used comes first."""
        if self.protected:
            yield PROTECTED, "Ja. Giv ikke navn, adresse eller telefonnummer videre."
        if self.safe_contact:
            yield "Sikker kontakt", self.safe_contact
        if self.phone:
            yield "Telefon", self.phone
        if self.address:
            yield "Adresse", self.address


@dataclass(frozen=True, slots=True)
class IdentityView:
    """The citizen as opened. `cvr`: of a business, which has no `cpr`."""

    name: str
    cpr: str
    reach: Reach
    cvr: str = ""


def reach_of(identity: Mapping[str, Any], whereabouts: Mapping[str, Any]) -> Reach:
    """From what was opened. `whereabouts`: of a protected person, which their own authority alone has; else empty."""
    return Reach(
        safe_contact=identity["safe_contact"] or None,
        phone=identity["phone"] or whereabouts.get("phone", ""),
        address=identity["address"] or whereabouts.get("address", ""),
        protected=identity.get("protected", False),
    )
