"""Sealing who a case is about: one identity, found by its index; and of a protected person number and address apart, for nobody else."""

from typing import Any

from casehub.access.rows import ItemRows
from casehub.access.writing import Writing
from casehub.model import Case
from casehub.services.cases import field_of
from casehub.values import Address, Cpr, Cvr, PersonName, Phone

WHEREABOUTS = ("address", "phone")


def index_values(
    number: Cpr | Cvr | None, name: PersonName | None, address: Address | None, phone: Phone | None
) -> dict[str, list[str]]:
    """By what the identity is to be found, for each authority that comes to hold it: normalised values by field."""
    values = {
        field: [value.normalised]
        for field, value in ((field_of(number), number), ("address", address), ("phone", phone))
        if value
    }
    return values | ({"name": list(name.words)} if name else {})


def seal_identity(writing: Writing, case: Case, identity: dict[str, Any]) -> ItemRows:
    """Seal and index it; what comes back is what can be given to others."""
    if identity["protected"]:
        identity = _kept_apart(writing, case, identity)
    sealed = writing.seal(case=case, kind="identity", content=identity)
    writing.index(rows=sealed, purpose=case.network, values=identity["index"])
    return sealed


def _kept_apart(writing: Writing, case: Case, identity: dict[str, Any]) -> dict[str, Any]:
    """Of a protected person number and address are an item that is given to nobody; the identity that is left is without them."""
    kept = {field: identity[field] for field in (*WHEREABOUTS, "index")}
    rows = writing.seal(case=case, kind="whereabouts", content=kept)
    writing.index(rows=rows, purpose=case.network, values=identity["index"])
    index = {field: values for field, values in identity["index"].items() if field not in WHEREABOUTS}
    return {**identity, **dict.fromkeys(WHEREABOUTS, ""), "index": index}
