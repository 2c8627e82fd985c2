"""The blind index: tokens that say two values are equal, and nothing else.

HMAC-SHA256 over a normalised value, one derived key per (authority, purpose, field), from the authority's index key,
which encrypts nothing. Equal values of one field of one authority give equal tokens: that leak is the purpose.
"""

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casehub.vault.box import KEY_BYTES
from casehub.vault.encoding import context
from casehub.vault.material import KeyRing, Material, material_of, newest


def token(ring: KeyRing, *, authority: str, purpose: str, field: str, value: str) -> tuple[int, bytes]:
    """(index key version, 32-byte token) of a value already normalised by `casehub.values`.

    `purpose`: a network, or incidents. KeystoreError if this node does not act for the authority; ValueError if the
    value is empty.
    """
    if not value:
        raise ValueError("an empty value is not indexed")
    material = material_of(ring)
    version = newest(material.index, authority)
    return version, hmac.digest(
        _field_key(material, authority, version, purpose, field), value.encode(), "sha256"
    )


def tokens(ring: KeyRing, *, authority: str, purpose: str, field: str, value: str) -> tuple[bytes, ...]:
    """Every token the value can have been indexed by: one for each index key version this node holds. Errors as `token`."""
    if not value:
        raise ValueError("an empty value is not indexed")
    material = material_of(ring)
    versions = sorted(version for owner, version in material.index if owner == authority)
    return tuple(
        hmac.digest(_field_key(material, authority, version, purpose, field), value.encode(), "sha256")
        for version in versions
    )


def _field_key(material: Material, authority: str, version: int, purpose: str, field: str) -> bytes:
    name = (authority, version, purpose, field)
    key = material.derived.get(name)
    if key is None:
        info = context("index", authority, purpose, field, version)
        key = HKDF(SHA256(), KEY_BYTES, None, info).derive(material.index[authority, version])
        material.derived[name] = key
    return key
