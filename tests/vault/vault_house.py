"""What the vault's tests share: one installation with real keys, and a note of psychiatry on its way to the police."""

from dataclasses import dataclass
from uuid import UUID

from casehub.vault.authority_keys import KeyRing, WrappedKey, unlock
from casehub.vault.compartments import WrappedCompartment
from casehub.vault.keystore import FileKeyset
from casehub.vault.rewrapping import GrantBinding, SignedGrant
from casehub.vault.sealing import Place, SealedItem

NOTE = "Kun til psykiatrien: æøå".encode()


@dataclass(frozen=True)
class House:
    """One installation: its keyset, every authority's wrapped keys, and a ring of all of them."""

    keyset: FileKeyset
    keys: tuple[WrappedKey, ...]
    ring: KeyRing

    def ring_of(self, *authorities: str) -> KeyRing:
        return unlock(self.keyset, authorities=frozenset(authorities), keys=self.keys)


@dataclass(frozen=True)
class Note:
    """A note of psychiatry, disclosed to the police by a grant not yet accepted."""

    case_id: UUID
    place: Place
    item: SealedItem
    own: WrappedCompartment
    police: WrappedCompartment
    binding: GrantBinding
    grant: SignedGrant
