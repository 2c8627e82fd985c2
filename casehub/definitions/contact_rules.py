"""How many contact persons there must be, as a network's or an obligation's file says: data, checked against the organisation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from casehub.definitions.documents import Document
from casehub.definitions.errors import DefinitionError
from casehub.definitions.organisation import Organisation


class OnePer(StrEnum):
    """For what there is exactly one contact person."""

    UNIT = "unit"
    KOMMUNE = "kommune"


@dataclass(frozen=True, slots=True)
class ContactRule:
    """Exactly one contact person for each unit of a kind, or for each kommune that such units cover.

    `same_person`: and it is the same one everywhere in the authority.
    """

    authority_kind: str
    unit_kind: str
    one_per: OnePer
    same_person: bool = False


def check_rules(
    rules: Sequence[ContactRule], document: Document, organisation: Organisation
) -> Iterator[DefinitionError]:
    """Tell every rule about units that the organisation does not have, and every kind of unit with two."""
    seen: set[tuple[str, str]] = set()
    for at, rule in enumerate(rules):
        kinds = {
            unit.kind
            for each in organisation.authorities
            if each.kind == rule.authority_kind
            for unit in each.units
        }
        if not kinds:
            told = f"no authority of the organisation is of kind {rule.authority_kind!r}"
            yield document.error(("contacts", at, "authority_kind"), told)
        elif rule.unit_kind not in kinds:
            told = f"no {rule.authority_kind} has a unit of kind {rule.unit_kind!r}"
            yield document.error(("contacts", at, "unit_kind"), told)
        if (rule.authority_kind, rule.unit_kind) in seen:
            yield document.error(("contacts", at), f"there are two rules for {rule.unit_kind!r}")
        seen.add((rule.authority_kind, rule.unit_kind))
