"""The compartment of (case, authority): found, or made once, also when two transactions make it at the same time."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casehub.model import Compartment, Sealed, new_id
from casehub.vault.authority_keys import KeyRing
from casehub.vault.sealing import new_compartment


def own_compartment(
    session: Session, ring: KeyRing, *, case_id: UUID, authority: str, entry_id: UUID
) -> Compartment:
    """The authority's compartment of the case; whoever comes second uses what the first committed."""
    wanted = select(Compartment).where(Compartment.case_id == case_id, Compartment.authority_id == authority)
    found = session.scalar(wanted)
    if found is not None:
        return found
    made = new_compartment(ring, authority=authority, case_id=case_id, compartment_id=new_id())
    session.execute(
        insert(Compartment)
        .values(
            id=made.id,
            case_id=case_id,
            authority_id=authority,
            key_version=made.key_version,
            wrapped=Sealed(made.wrapped),
            entry_id=entry_id,
        )
        .on_conflict_do_nothing(index_elements=["case_id", "authority_id"])
    )
    return session.scalars(wanted).one()
