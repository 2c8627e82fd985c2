"""Unlocking: only pinned and signed public keys, only this installation's, and a ring that shows nothing."""

import copy
import pickle
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from casehub.vault.authority_keys import KeyRing, KeystoreError, WrappedKey, create_authority_keys, unlock
from casehub.vault.keystore import FileKeyset
from casehub.vault.material import material_of
from tests.vault.vault_house import House


def _change(keys: Iterable[WrappedKey], authority: str, purpose: str, **change: object) -> list[WrappedKey]:
    return [replace(k, **change) if (k.authority, k.purpose) == (authority, purpose) else k for k in keys]


def _key(house: House, authority: str, purpose: str) -> WrappedKey:
    return next(k for k in house.keys if (k.authority, k.purpose) == (authority, purpose))


def _refusal(
    keyset: FileKeyset, keys: Iterable[WrappedKey], authorities: frozenset[str] | None = None
) -> str:
    with pytest.raises(KeystoreError) as caught:
        unlock(keyset, authorities=authorities, keys=keys)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_none_means_every_authority_of_the_keystore(house: House) -> None:
    assert house.ring.authorities == {"politi", "psykiatri", "kommune"}


def test_a_node_of_one_authority_holds_no_private_key_of_another(house: House) -> None:
    material = material_of(house.ring_of("politi"))
    for private in (material.working, material.index, material.signing, material.receiving):
        assert {authority for authority, _ in private} == {"politi"}
    for public in (material.verifying, material.sealing_to):
        assert {authority for authority, _ in public} == {"politi", "psykiatri", "kommune"}


@pytest.mark.parametrize("purpose", ["receiving", "signing"])
def test_a_swapped_public_key_is_refused_wherever_it_belongs(house: House, purpose: str) -> None:
    other = _key(house, "kommune", purpose)
    swapped = _change(
        house.keys, "psykiatri", purpose, public=other.public, public_signature=other.public_signature
    )
    assert "not the one pinned" in _refusal(house.keyset, swapped, frozenset({"politi"}))
    assert "not the one pinned" in _refusal(
        house.keyset, _change(house.keys, "psykiatri", purpose, public=None)
    )


@pytest.mark.parametrize("signature", [None, b"", b"\0" * 68, b"\0\0\0\1" + b"\0" * 64])
def test_a_pinned_key_without_its_authoritys_signature_is_refused(
    house: House, signature: bytes | None
) -> None:
    unsigned = _change(house.keys, "psykiatri", "receiving", public_signature=signature)
    assert "is not signed by that authority" in _refusal(house.keyset, unsigned, frozenset({"politi"}))


def test_a_key_that_is_not_pinned_here_is_refused(house: House) -> None:
    planted = replace(_key(house, "psykiatri", "receiving"), version=9)
    assert "not the one pinned" in _refusal(house.keyset, [*house.keys, planted])


def test_wrapped_keys_swapped_between_authorities_purposes_or_versions_are_refused(house: House) -> None:
    police, health = _key(house, "politi", "working"), _key(house, "psykiatri", "working")
    index = _key(house, "politi", "index")
    for wrapped in (health.wrapped, index.wrapped, police.wrapped[:-1] + b"\0", b""):
        assert "does not open the keys" in _refusal(
            house.keyset, _change(house.keys, "politi", "working", wrapped=wrapped)
        )
    moved = _change(house.keys, "politi", "working", version=2)
    assert "does not open the keys" in _refusal(house.keyset, moved)


def test_a_keystore_of_another_installation_is_refused(house: House, keyset_path: Path) -> None:
    foreign = FileKeyset.create(keyset_path)
    create_authority_keys(foreign, "politi")
    assert "another installation" in _refusal(foreign, house.keys)
    for key in house.keys:
        if key.public is not None and key.authority != "politi":
            foreign.pin(key.authority, key.purpose, key.version, key.public)
    others = [key for key in house.keys if key.authority != "politi"]
    assert "for this installation" in _refusal(foreign, others)


def test_an_authority_without_kek_or_keys_is_named(house: House, keyset_path: Path) -> None:
    assert "has no" in _refusal(house.keyset, house.keys, frozenset({"ukendt"}))
    lost = [key for key in house.keys if (key.authority, key.purpose) != ("politi", "working")]
    assert "has no working key of 'politi'" in _refusal(house.keyset, lost)
    pinned_only = FileKeyset.create(keyset_path)
    assert unlock(pinned_only, authorities=None, keys=[]).authorities == frozenset()


def test_making_keys_again_after_a_killed_start_works(keyset_path: Path) -> None:
    keyset = FileKeyset.create(keyset_path)
    create_authority_keys(keyset, "politi")  # the database never committed these
    again = create_authority_keys(FileKeyset.open(keyset_path), "politi")
    assert {key.version for key in again} == {2}
    ring = unlock(FileKeyset.open(keyset_path), authorities=None, keys=again)
    assert ring.authorities == {"politi"}


def test_the_ring_shows_nothing_and_cannot_leave_the_process(house: House) -> None:
    ring = house.ring
    secrets = list(material_of(ring).working.values())
    shown = repr(ring) + str(ring) + f"{ring}" + repr(dir(ring)) + repr(material_of(ring))
    assert repr(ring) == "<KeyRing>"
    for secret in secrets:
        assert secret.hex() not in shown
        assert repr(secret) not in shown
    assert not hasattr(ring, "__dict__")
    assert not any(
        isinstance(getattr(ring, name), bytes | dict) for name in KeyRing.__slots__ if name != "__weakref__"
    )
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            act(ring)
    with pytest.raises(TypeError):
        pickle.dumps({"ring": ring}, protocol=0)
