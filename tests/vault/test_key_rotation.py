"""New versions of keys: made, signed by the ones before, followed by every keystore, believed by nobody once retired."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from casehub.vault.authority_keys import (
    KeyRing,
    WrappedKey,
    create_authority_keys,
    create_next_key,
    pin_successors,
    renew,
    renew_by,
    rewrap_key,
    unlock,
)
from casehub.vault.errors import GrantRefused, KeystoreError, OpeningError
from casehub.vault.keystore import FileKeyset
from casehub.vault.material import material_of
from casehub.vault.opening import CompartmentKey, OpenCompartment, open_for_authority, open_item
from casehub.vault.rewrapping import (
    GrantBinding,
    accept_grant,
    grant_item,
    is_acceptable,
    reseal_for_authority,
    rewrap_compartment,
)
from casehub.vault.sealing import Place, new_compartment, seal_for_authority, seal_item

POLICE, HEALTH = "politi", "psykiatri"
Keys = list[WrappedKey]


@pytest.fixture
def keyset(keyset_path: Path) -> FileKeyset:
    return FileKeyset.create(keyset_path)


@pytest.fixture
def keys(keyset: FileKeyset) -> Keys:
    return [key for name in (POLICE, HEALTH) for key in create_authority_keys(keyset, name)]


@pytest.fixture
def elsewhere(keyset: FileKeyset, keys: Keys, keyset_path: Path, tmp_path: Path) -> FileKeyset:
    """The keystore of another node, which knows what was pinned so far."""
    other = tmp_path / "elsewhere.json"
    for suffix in ("", ".key"):
        shutil.copy(f"{keyset_path}{suffix}", f"{other}{suffix}")
    return FileKeyset.open(other)


def ring_of(keystore: FileKeyset, keys: Iterable[WrappedKey]) -> KeyRing:
    return unlock(keystore, authorities=None, keys=keys)


def rotated(keyset: FileKeyset, keys: Keys, *purposes: str, authority: str = POLICE) -> Keys:
    for purpose in purposes:
        keys = [*keys, create_next_key(keyset, authority=authority, purpose=purpose, keys=keys)]
    return keys


def retired(keys: Keys, purpose: str, authority: str = POLICE) -> Keys:
    """The same keys, the first version of that one retired."""
    name = (authority, purpose, 1)
    return [replace(key, retired=(key.authority, key.purpose, key.version) == name) for key in keys]


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(KeystoreError) as caught:
        act()
    return str(caught.value)


def test_a_renewed_ring_writes_under_the_new_version_and_reads_both(keyset: FileKeyset, keys: Keys) -> None:
    ring = ring_of(keyset, keys)
    place = Place(POLICE, "draft", "sealed", uuid4(), 1)
    old = seal_for_authority(ring, place=place, plaintext=b"old")
    renew(ring, keyset, rotated(keyset, keys, "working"))
    new = seal_for_authority(ring, place=place, plaintext=b"new")
    assert (old[0], new[0]) == (1, 2)
    for (version, sealed), plaintext in ((old, b"old"), (new, b"new")):
        assert open_for_authority(ring, place=place, key_version=version, sealed=sealed) == plaintext


def test_a_compartment_and_a_draft_are_put_under_the_new_version_and_open(
    keyset: FileKeyset, keys: Keys
) -> None:
    ring = ring_of(keyset, keys)
    compartment = new_compartment(ring, authority=POLICE, case_id=uuid4(), compartment_id=uuid4())
    place = Place(POLICE, "item_version", "sealed", uuid4(), 1)
    item = seal_item(OpenCompartment(ring, compartment), place=place, plaintext=b"note")
    desk = Place(POLICE, "draft", "sealed", uuid4(), 1)
    version, draft = seal_for_authority(ring, place=desk, plaintext=b"draft")
    keys = rotated(keyset, keys, "working")
    renew(ring, keyset, keys)
    moved = rewrap_compartment(ring, compartment)
    version, draft = reseal_for_authority(ring, place=desk, key_version=version, sealed=draft)
    assert (moved.key_version, version) == (2, 2)
    fresh = ring_of(keyset, retired(keys, "working"))
    key = CompartmentKey(OpenCompartment(fresh, moved), item.owner_wrap)
    assert open_item(fresh, place=place, sealed=item.sealed, sha256=item.sha256, key=key) == b"note"
    assert open_for_authority(fresh, place=desk, key_version=2, sealed=draft) == b"draft"
    with pytest.raises(OpeningError):
        rewrap_compartment(fresh, compartment)


def test_a_ring_that_meets_a_version_it_has_not_looks_again(keyset: FileKeyset, keys: Keys) -> None:
    behind = ring_of(keyset, keys)
    keys = rotated(keyset, keys, "working")
    ahead = ring_of(keyset, keys)
    place = Place(POLICE, "draft", "sealed", uuid4(), 1)
    version, sealed = seal_for_authority(ahead, place=place, plaintext=b"new")
    with pytest.raises(OpeningError):
        open_for_authority(behind, place=place, key_version=version, sealed=sealed)
    renew_by(behind, lambda: renew(behind, keyset, keys))
    assert open_for_authority(behind, place=place, key_version=version, sealed=sealed) == b"new"


def test_a_failed_renewal_leaves_the_ring_as_it_was(keyset: FileKeyset, keys: Keys) -> None:
    ring = ring_of(keyset, keys)
    place = Place(POLICE, "draft", "sealed", uuid4(), 1)
    version, sealed = seal_for_authority(ring, place=place, plaintext=b"text")
    planted = replace(next(key for key in keys if key.purpose == "receiving"), version=7)
    assert "not the one pinned" in refusal(lambda: renew(ring, keyset, [*keys, planted]))
    assert open_for_authority(ring, place=place, key_version=version, sealed=sealed) == b"text"


def test_grants_go_to_the_new_receiving_key_and_older_ones_are_still_taken_in(
    keyset: FileKeyset, keys: Keys
) -> None:
    ring = ring_of(keyset, keys)
    case_id = uuid4()
    theirs = new_compartment(ring, authority=HEALTH, case_id=case_id, compartment_id=uuid4())
    mine = new_compartment(ring, authority=POLICE, case_id=case_id, compartment_id=uuid4())
    place = Place(HEALTH, "item_version", "sealed", uuid4(), 1)
    item = seal_item(OpenCompartment(ring, theirs), place=place, plaintext=b"note")
    binding = GrantBinding(case_id, uuid4(), place.row_id, HEALTH, POLICE, uuid4())
    before = grant_item(ring, binding=binding, compartment=theirs, owner_wrap=item.owner_wrap)
    keys = rotated(keyset, keys, "receiving")
    keys = rotated(keyset, keys, "signing", authority=HEALTH)
    renew(ring, keyset, keys)
    after = grant_item(ring, binding=binding, compartment=theirs, owner_wrap=item.owner_wrap)
    assert [(g.key_version, g.signing_version) for g in (before, after)] == [(1, 1), (2, 2)]
    for grant in (before, after):
        wrap = accept_grant(ring, binding=binding, grant=grant, compartment=mine)
        key = CompartmentKey(OpenCompartment(ring, mine), wrap)
        assert open_item(ring, place=place, sealed=item.sealed, sha256=item.sha256, key=key) == b"note"
    renew(ring, keyset, retired(keys, "signing", authority=HEALTH))
    assert not is_acceptable(ring, binding=binding, grant=before)
    assert is_acceptable(ring, binding=binding, grant=after)
    with pytest.raises(GrantRefused):
        accept_grant(ring, binding=binding, grant=before, compartment=mine)


def test_another_nodes_keystore_follows_what_the_authority_signed(
    keyset: FileKeyset, keys: Keys, elsewhere: FileKeyset
) -> None:
    keys = rotated(keyset, keys, "receiving", "signing", "receiving", "signing")
    assert "not the one pinned" in refusal(
        lambda: unlock(elsewhere, authorities=frozenset({HEALTH}), keys=keys)
    )
    assert set(pin_successors(elsewhere, keys)) == {
        f"{POLICE}/{purpose}/{version}" for purpose in ("signing", "receiving") for version in (2, 3)
    }
    ring = unlock(elsewhere, authorities=frozenset({HEALTH}), keys=retired(keys, "signing"))
    assert {version for name, version in material_of(ring).sealing_to if name == POLICE} == {1, 2, 3}
    assert {version for name, version in material_of(ring).verifying if name == POLICE} == {2, 3}
    assert pin_successors(elsewhere, keys) == ()


def test_nobody_but_the_authority_can_make_its_next_key(
    keyset: FileKeyset, keys: Keys, elsewhere: FileKeyset, tmp_path: Path
) -> None:
    forger = FileKeyset.create(tmp_path / "forger.json", installation=keyset.installation)
    forged = [replace(key, version=2) for key in create_authority_keys(forger, POLICE)]
    again = rotated(forger, list(create_authority_keys(forger, POLICE)), "receiving", "signing")
    of_health = [
        replace(key, authority=POLICE) for key in rotated(keyset, keys, "receiving", authority=HEALTH)
    ]
    for planted in (forged, again, of_health):
        unpinned = [key for key in planted if key.version > 1]
        assert pin_successors(elsewhere, [*keys, *unpinned]) == ()


def test_a_signing_key_that_was_followed_by_another_vouches_for_nothing_new(
    keyset: FileKeyset, keys: Keys, elsewhere: FileKeyset
) -> None:
    stolen = list(keys)
    keys = rotated(keyset, keys, "signing")
    pin_successors(elsewhere, keys)
    by_the_old_one = create_next_key(keyset, authority=POLICE, purpose="receiving", keys=stolen)
    assert pin_successors(elsewhere, [*keys, by_the_old_one]) == ()


def test_keys_are_put_under_the_new_kek_and_open_without_the_old_one(keyset: FileKeyset, keys: Keys) -> None:
    keyset.add_version(POLICE)
    moved = [rewrap_key(keyset, key) if key.authority == POLICE else key for key in keys]
    assert {key.kek_version for key in moved if key.authority == POLICE} == {2}
    keyset.drop_version(POLICE, 1)
    ring = ring_of(keyset, moved)
    assert ring.authorities == {POLICE, HEALTH}
    assert "KEK version 1 of 'politi' is missing" in refusal(lambda: ring_of(keyset, keys))


def test_a_version_killed_before_the_database_knew_of_it_is_left_out(keyset: FileKeyset, keys: Keys) -> None:
    create_next_key(keyset, authority=POLICE, purpose="receiving", keys=keys)  # pinned, and never committed
    keys = rotated(keyset, keys, "receiving")
    assert max(key.version for key in keys if key.purpose == "receiving") == 3
    assert ring_of(keyset, keys).authorities == {POLICE, HEALTH}


def test_a_purpose_with_every_version_retired_is_told(keyset: FileKeyset, keys: Keys) -> None:
    assert "has no working key of 'politi'" in refusal(lambda: ring_of(keyset, retired(keys, "working")))
