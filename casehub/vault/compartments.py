"""A compartment: the one symmetric key of one (case, authority), and the item keys wrapped in it.

Wrapped by the authority's working key, bound to case and authority; an item key is wrapped in it bound to the item
version. Returns keys: for the vault alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Never
from uuid import UUID

from casehub.vault.box import BoxRefused, open_box, seal_box
from casehub.vault.encoding import context, prefixed
from casehub.vault.material import KeyRing, key_of, material_of, newest


@dataclass(frozen=True, slots=True)
class WrappedCompartment:
    """A compartment as kept in the database: its key under working key `key_version` of `authority`."""

    id: UUID
    case_id: UUID
    authority: str
    key_version: int
    wrapped: bytes


class OpenCompartment:
    """A compartment in use: its key is unwrapped once, when it is first needed, and let go with the unit of work. Opaque."""

    __slots__ = ("_bound", "_key", "_ring", "wrapped")

    def __init__(self, ring: KeyRing, wrapped: WrappedCompartment) -> None:
        self.wrapped = wrapped
        self._bound = context("item-key", wrapped.id, wrapped.case_id, wrapped.authority)
        self._ring: KeyRing | None = ring
        self._key: bytes | None = None

    def wrap(self, *, item_version_id: UUID, item_key: bytes) -> bytes:
        """Wrap an item key in the compartment, bound to the item version. Errors as `compartment_key`. For the vault alone."""
        return seal_box(self._held(), self._bound + prefixed(item_version_id), item_key)

    def unwrap(self, *, item_version_id: UUID, wrap: bytes) -> bytes:
        """Give the item key of that version; BoxRefused if the wrap or the compartment was changed or moved. For the vault alone."""
        return open_box(self._held(), self._bound + prefixed(item_version_id), wrap)

    def end(self) -> None:
        """Let the key go; nothing opens by this any more."""
        self._ring = self._key = None

    def _held(self) -> bytes:
        if self._ring is None:
            raise BoxRefused("the unit of work that used the compartment is over")
        if self._key is None:
            self._key = compartment_key(self._ring, self.wrapped)
        return self._key

    def __repr__(self) -> str:
        return f"<OpenCompartment {self.wrapped.id}>"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            "A compartment in use cannot be copied or pickled: its key ends with the unit of work."
        )


@contextmanager
def opened(ring: KeyRing, compartment: WrappedCompartment) -> Iterator[OpenCompartment]:
    """Use a compartment for the items of one unit of work; what does not open shows at the first of them."""
    in_use = OpenCompartment(ring, compartment)
    try:
        yield in_use
    finally:
        in_use.end()


def wrap_compartment(
    ring: KeyRing, *, authority: str, case_id: UUID, compartment_id: UUID, key: bytes
) -> WrappedCompartment:
    """Wrap a compartment's key under the authority's newest working key."""
    working = material_of(ring).working
    version = newest(working, authority)
    wrapped = seal_box(
        working[authority, version], _compartment_context(compartment_id, case_id, authority, version), key
    )
    return WrappedCompartment(compartment_id, case_id, authority, version, wrapped)


def compartment_key(ring: KeyRing, compartment: WrappedCompartment) -> bytes:
    """Give the compartment's key. BoxRefused if changed or moved, KeystoreError if this node lacks the working key."""
    return open_box(
        key_of(ring, lambda held: held.working, compartment.authority, compartment.key_version),
        _compartment_context(
            compartment.id, compartment.case_id, compartment.authority, compartment.key_version
        ),
        compartment.wrapped,
    )


def _compartment_context(compartment_id: UUID, case_id: UUID, authority: str, version: int) -> bytes:
    return context("compartment", compartment_id, case_id, authority, version)
