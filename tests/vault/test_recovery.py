"""A KEK split among custodians: any two of three restore it on an empty machine, one alone and strangers do not."""

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from casehub.vault.authority_keys import create_authority_keys, rewrap_key, unlock
from casehub.vault.errors import KeystoreError
from casehub.vault.keystore import FileKeyset
from casehub.vault.recovery import Backup, restore_kek, split_kek


def _refusal(act: Callable[[], object]) -> str:
    with pytest.raises(KeystoreError) as caught:
        act()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def keyset(keyset_path: Path) -> FileKeyset:
    keyset = FileKeyset.create(keyset_path)
    for name in ("politi", "psykiatri"):
        create_authority_keys(keyset, name)
    return keyset


@pytest.fixture
def backup(keyset: FileKeyset) -> Backup:
    return split_kek(keyset, "politi")


@pytest.mark.parametrize("custodians", list(combinations(range(3), 2)))
def test_any_two_of_three_restore_it_on_an_empty_machine(
    keyset: FileKeyset, tmp_path: Path, custodians: tuple[int, int]
) -> None:
    foreign = create_authority_keys(keyset, "psykiatri")
    old = create_authority_keys(keyset, "politi")
    keyset.add_version("politi")
    keyset.add_version("politi")
    keys = [rewrap_key(keyset, key) for key in old]
    backup = split_kek(keyset, "politi")
    empty = tmp_path / "another machine" / "keystore.json"
    empty.parent.mkdir()
    restored = restore_kek(
        empty, document=backup.document, shares=[backup.shares[each] for each in custodians]
    )
    assert restored.installation == keyset.installation
    assert restored.authorities() == {"politi"}
    assert restored.versions("politi") == (3,)  # an older one ends with its own shares
    assert dict(restored.pins()) == dict(keyset.pins())
    ring = unlock(FileKeyset.open(empty), authorities=frozenset({"politi"}), keys=[*keys, *foreign])
    assert ring.authorities == {"politi"}
    assert empty.stat().st_mode & 0o777 == 0o600


def test_fewer_damaged_or_foreign_shares_restore_nothing(
    keyset: FileKeyset, backup: Backup, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.json"
    first, second, _ = backup.shares
    others = split_kek(keyset, "psykiatri")
    for shares in (
        [],
        [first],
        [first, first],
        [first, others.shares[1]],
        [first, second.replace(second.split()[-1], "academic")],
        [first, "hest " * 33],
        [first, ""],
        backup.shares,  # more than are needed: SLIP-39 wants just as many
    ):
        assert "the shares do not give a KEK" in _refusal(
            lambda given=shares: restore_kek(empty, document=backup.document, shares=given)
        )
    assert "do not belong to this backup" in _refusal(
        lambda: restore_kek(empty, document=backup.document, shares=others.shares[:2])
    )
    assert not empty.exists()


def test_a_changed_document_restores_nothing(backup: Backup, tmp_path: Path) -> None:
    empty, shares = tmp_path / "empty.json", backup.shares[:2]
    outer = json.loads(backup.document)
    for broken in ("", "[]", backup.document[:-40], json.dumps(outer | {"format": "casehub-kek-backup/9"})):
        assert "not a whole backup document" in _refusal(
            lambda given=broken: restore_kek(empty, document=given, shares=shares)
        )
    for changed in (
        {"authority": "psykiatri"},
        {"kek_version": 2},
        {"installation": "00000000-0000-4000-8000-000000000000"},
    ):
        assert "do not belong to this backup" in _refusal(
            lambda given=changed: restore_kek(empty, document=json.dumps(outer | given), shares=shares)
        )
    assert not empty.exists()


def test_it_is_put_beside_what_is_there_and_never_over_it(
    keyset: FileKeyset, backup: Backup, keyset_path: Path, tmp_path: Path
) -> None:
    health = split_kek(keyset, "psykiatri")
    path = tmp_path / "restored.json"
    restore_kek(path, document=backup.document, shares=backup.shares[:2])
    assert restore_kek(path, document=health.document, shares=health.shares[1:]).authorities() == {
        "politi",
        "psykiatri",
    }
    foreign = tmp_path / "foreign.json"
    FileKeyset.create(foreign).add_authority("politi")
    before = foreign.read_bytes()
    assert "another installation" in _refusal(
        lambda: restore_kek(foreign, document=backup.document, shares=backup.shares[:2])
    )
    assert foreign.read_bytes() == before
    other = tmp_path / "other.json"
    FileKeyset.create(other, installation=keyset.installation).add_authority("politi")
    assert "has other KEKs" in _refusal(
        lambda: restore_kek(other, document=backup.document, shares=backup.shares[:2])
    )


@pytest.mark.parametrize(("needed", "shares"), [(1, 1), (1, 3), (4, 3), (2, 17), (0, 0)])
def test_nobody_can_alone(keyset: FileKeyset, needed: int, shares: int) -> None:
    assert "custodians" in _refusal(lambda: split_kek(keyset, "politi", needed=needed, shares=shares))


def test_a_share_and_the_document_show_no_key(keyset: FileKeyset, backup: Backup) -> None:
    kek = keyset._contents.keks["politi"][1]
    assert kek.hex() not in repr(backup) + backup.document
    assert all(share not in repr(backup) for share in backup.shares)
