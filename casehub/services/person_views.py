"""A person of a case as opened. Frozen, as all views."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdentityView:
    """The citizen as opened. `safe_contact`: shown above every phone number and address; None means none was given.

    `cvr`: of a business, which has no `cpr`.
    """

    name: str
    cpr: str
    address: str
    phone: str
    safe_contact: str | None
    cvr: str = ""
