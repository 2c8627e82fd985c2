"""The unlocked keys of this process, and the `KeyRing` that stands for them.

A `KeyRing` is a handle: it carries no key, so printing, copying, pickling or logging it shows nothing. The keys are
found by `material_of`, which is for the vault alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Never, TypeVar
from weakref import WeakKeyDictionary

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from casehub.vault.errors import KeystoreError

Versioned = tuple[str, int]
K = TypeVar("K")


class KeyRing:
    """The unlocked keys of `authorities`, and the pinned public keys of all authorities. Opaque."""

    __slots__ = ("__weakref__", "_authorities")

    def __init__(self, authorities: frozenset[str]) -> None:
        self._authorities = authorities

    @property
    def authorities(self) -> frozenset[str]:
        """The authorities this node can seal and open for."""
        return self._authorities

    def __repr__(self) -> str:
        return "<KeyRing>"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            "A key ring cannot be copied or pickled: keys stay in the process that unlocked them."
        )


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Material:
    """The keys behind a ring, by (authority, version). Private parts are there for the node's authorities only."""

    working: Mapping[Versioned, bytes]
    index: Mapping[Versioned, bytes]
    signing: Mapping[Versioned, Ed25519PrivateKey]
    receiving: Mapping[Versioned, MLKEM768X25519PrivateKey]
    verifying: Mapping[Versioned, Ed25519PublicKey]
    sealing_to: Mapping[Versioned, MLKEM768X25519PublicKey]
    # index keys derived per (authority, version, purpose, field): keys only, never values
    derived: dict[tuple[str, int, str, str], bytes] = field(default_factory=dict)


_MATERIAL: WeakKeyDictionary[KeyRing, Material] = WeakKeyDictionary()
_RENEWALS: WeakKeyDictionary[KeyRing, Callable[[], None]] = WeakKeyDictionary()


def make_ring(authorities: frozenset[str], material: Material) -> KeyRing:
    """Make a handle for `material`."""
    ring = KeyRing(authorities)
    _MATERIAL[ring] = material
    return ring


def material_of(ring: KeyRing) -> Material:
    """Find the keys behind a ring. For the vault alone."""
    return _MATERIAL[ring]


def replace_material(ring: KeyRing, fresh: Material) -> None:
    """Put newly unlocked keys behind the same ring.

    Symmetric and private keys it held before stay, so that a unit of work that read its rows just before a version was
    retired can finish; they end with the process. Public keys are the fresh ones alone: what is retired convinces nobody.
    """
    held = _MATERIAL[ring]
    _MATERIAL[ring] = Material(
        working={**held.working, **fresh.working},
        index={**held.index, **fresh.index},
        signing={**held.signing, **fresh.signing},
        receiving={**held.receiving, **fresh.receiving},
        verifying=fresh.verifying,
        sealing_to=fresh.sealing_to,
    )


def renew_by(ring: KeyRing, renew: Callable[[], None]) -> None:
    """Say what to call when a version is met that the ring does not hold: it may have been made since."""
    _RENEWALS[ring] = renew


def key_of(
    ring: KeyRing, kind: Callable[[Material], Mapping[Versioned, K]], authority: str, version: int
) -> K:
    """Find the key of that version; KeystoreError if this node has it not, also after looking again."""
    found = kind(material_of(ring)).get((authority, version))
    if found is None and ring in _RENEWALS:
        _RENEWALS[ring]()
        found = kind(material_of(ring)).get((authority, version))
    if found is None:
        raise KeystoreError(f"this node holds no such key of {authority!r} (version {version})")
    return found


def reaches(ring: KeyRing, authority: str) -> bool:
    """Whether something can be sealed to the authority: its public keys are pinned here, if need be since just now."""

    def is_known() -> bool:
        return any(name == authority for name, _ in material_of(ring).sealing_to)

    if not is_known() and ring in _RENEWALS:
        _RENEWALS[ring]()
    return is_known()


def newest(keys: Mapping[Versioned, object], authority: str) -> int:
    """Choose the version to use for something new; KeystoreError if the node has no such key of the authority."""
    versions = [version for name, version in keys if name == authority]
    if not versions:
        raise KeystoreError(f"this node holds no such key of {authority!r}")
    return max(versions)
