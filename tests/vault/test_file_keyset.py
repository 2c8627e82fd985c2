"""The keyset file: private, whole, of this installation; and one clear line when it is not."""

import copy
import json
import pickle
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from casehub.config import ConfigError, read_config
from casehub.vault.keystore import FileKeyset, KeystoreError
from casehub.vault.keystores import open_or_create_keystore


def _refusal(act: Callable[[], object]) -> str:
    with pytest.raises(KeystoreError) as caught:
        act()
    line = str(caught.value)
    assert line
    assert "\n" not in line
    return line


def test_made_private_and_opened_again_with_what_was_put_in(keyset_path: Path) -> None:
    made = FileKeyset.create(keyset_path)
    made.add_authority("politi")
    made.pin("psykiatri", "signing", 1, b"public")
    version, wrapped = made.wrap("politi", b"k" * 32, b"aad")
    opened = FileKeyset.open(keyset_path)
    assert opened.installation == made.installation
    assert opened.authorities() == {"politi"}
    assert opened.current_version("politi") == version == 1
    assert dict(opened.pins()) == dict(made.pins())
    assert opened.unwrap("politi", version, wrapped, b"aad") == b"k" * 32
    for file in keyset_path.parent.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file


def test_adding_an_authority_again_keeps_its_key(keyset_path: Path) -> None:
    keyset = FileKeyset.create(keyset_path)
    keyset.add_authority("politi")
    version, wrapped = keyset.wrap("politi", b"key", b"")
    keyset.add_authority("politi")
    assert FileKeyset.open(keyset_path).unwrap("politi", version, wrapped, b"") == b"key"


def test_a_passphrase_opens_it_and_a_wrong_one_is_told_so(keyset_path: Path) -> None:
    FileKeyset.create(keyset_path, passphrase="rigtig hest").add_authority("politi")
    assert not keyset_path.with_name("keystore.json.key").exists()
    assert FileKeyset.open(keyset_path, passphrase="rigtig hest").authorities() == {"politi"}
    assert "wrong passphrase" in _refusal(lambda: FileKeyset.open(keyset_path, passphrase="forkert hest"))
    assert "none was given" in _refusal(lambda: FileKeyset.open(keyset_path))
    assert "passphrase is empty" in _refusal(
        lambda: FileKeyset.create(keyset_path.with_name("b"), passphrase="")
    )


def test_the_passphrase_comes_from_a_file_of_ones_own(keyset_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    settings = {"CASEHUB_KEYSTORE": str(keyset_path), "CASEHUB_KEYSTORE_PASSPHRASE_FILE": str(file)}
    config = read_config({"CASEHUB_HOME": str(tmp_path)} | settings)
    assert "there is no passphrase here" in _refusal(lambda: open_or_create_keystore(config))
    file.write_text("rigtig hest\r\n")
    file.chmod(0o644)
    assert "others may read this passphrase" in _refusal(lambda: open_or_create_keystore(config))
    file.chmod(0o600)
    made = open_or_create_keystore(config)
    assert FileKeyset.open(keyset_path, passphrase="rigtig hest").installation == made.installation
    assert not keyset_path.with_name("keystore.json.key").exists()
    with pytest.raises(ConfigError, match="pin-source"):
        read_config(settings | {"CASEHUB_KEYSTORE": "pkcs11:token=x?module-path=/x&pin-value=1"})


def test_another_key_file_is_refused(keyset_path: Path, tmp_path: Path) -> None:
    FileKeyset.create(keyset_path)
    FileKeyset.create(tmp_path / "foreign.json")
    foreign = tmp_path / "foreign.json.key"
    assert "wrong key file" in _refusal(lambda: FileKeyset.open(keyset_path, key_file=foreign))


def test_a_keyset_is_never_made_over_another(keyset_path: Path) -> None:
    FileKeyset.create(keyset_path)
    before = keyset_path.read_bytes()
    assert "there already" in _refusal(lambda: FileKeyset.create(keyset_path))
    assert keyset_path.read_bytes() == before


def test_a_key_file_left_by_a_killed_start_is_used(keyset_path: Path) -> None:
    FileKeyset.create(keyset_path)
    keyset_path.unlink()
    FileKeyset.create(keyset_path).add_authority("politi")
    assert FileKeyset.open(keyset_path).authorities() == {"politi"}


def test_absent_truncated_foreign_or_changed_files_are_one_line_each(keyset_path: Path) -> None:
    assert "there is no keyset" in _refusal(lambda: FileKeyset.open(keyset_path))
    FileKeyset.create(keyset_path).add_authority("politi")
    whole = keyset_path.read_text()
    for broken in (
        "",
        whole[: len(whole) // 2],
        "[]",
        '"x"',
        "{}",
        "\x00",
        whole.replace('"sealed"', '"seal"'),
    ):
        keyset_path.write_text(broken)
        assert "truncated or foreign" in _refusal(lambda: FileKeyset.open(keyset_path))
    keyset_path.write_bytes(b"\xff\xfe\x00")
    assert "truncated or foreign" in _refusal(lambda: FileKeyset.open(keyset_path))
    outer = json.loads(whole)
    keyset_path.write_text(json.dumps(outer | {"format": "casehub-keyset/9"}))
    assert "casehub-keyset/9" in _refusal(lambda: FileKeyset.open(keyset_path))
    keyset_path.write_text(json.dumps(outer | {"installation": "00000000-0000-4000-8000-000000000000"}))
    assert "does not open it" in _refusal(lambda: FileKeyset.open(keyset_path))
    keyset_path.write_text(whole)
    assert FileKeyset.open(keyset_path).authorities() == {"politi"}


def test_an_argon2_cost_that_would_stop_the_machine_is_refused(keyset_path: Path) -> None:
    FileKeyset.create(keyset_path, passphrase="hest")
    outer = json.loads(keyset_path.read_text())
    outer["unlock"]["memory_kib"] = 2**40
    keyset_path.write_text(json.dumps(outer))
    assert "truncated or foreign" in _refusal(lambda: FileKeyset.open(keyset_path, passphrase="hest"))


def test_a_damaged_or_absent_key_file_is_named(keyset_path: Path) -> None:
    FileKeyset.create(keyset_path)
    key_file = keyset_path.with_name("keystore.json.key")
    whole = key_file.read_text()
    for broken in ("", "x", whole[:40], whole.split(":")[1]):
        key_file.write_text(broken)
        assert str(key_file) in _refusal(lambda: FileKeyset.open(keyset_path))
    key_file.unlink()
    assert "there is no key file" in _refusal(lambda: FileKeyset.open(keyset_path))


@pytest.mark.parametrize("name", ["keystore.json", "keystore.json.key"])
def test_a_file_others_may_read_is_refused(keyset_path: Path, name: str) -> None:
    FileKeyset.create(keyset_path)
    keyset_path.with_name(name).chmod(0o640)
    assert "chmod 600" in _refusal(lambda: FileKeyset.open(keyset_path))


def test_a_wrap_opens_only_for_its_authority_version_and_purpose(keyset_path: Path) -> None:
    keyset = FileKeyset.create(keyset_path)
    keyset.add_authority("politi")
    keyset.add_authority("psykiatri")
    version, wrapped = keyset.wrap("politi", b"key", b"aad")
    assert "does not open" in _refusal(lambda: keyset.unwrap("psykiatri", version, wrapped, b"aad"))
    assert "does not open" in _refusal(lambda: keyset.unwrap("politi", version, wrapped, b"other"))
    assert "KEK version 2" in _refusal(lambda: keyset.unwrap("politi", 2, wrapped, b"aad"))
    assert "has no KEK of 'kommune'" in _refusal(lambda: keyset.wrap("kommune", b"key", b"aad"))


def test_a_pin_is_never_changed(keyset_path: Path) -> None:
    keyset = FileKeyset.create(keyset_path)
    keyset.pin("politi", "signing", 1, b"first")
    keyset.pin("politi", "signing", 1, b"first")
    assert "pinned already" in _refusal(lambda: keyset.pin("politi", "signing", 1, b"second"))


def _add_many(path: Path, prefix: str) -> None:
    keyset = FileKeyset.open(path)
    for number in range(10):
        keyset.add_authority(f"{prefix}-{number}")


def test_two_processes_adding_at_once_lose_nothing(keyset_path: Path) -> None:
    FileKeyset.create(keyset_path)
    spawn = get_context("spawn")
    processes = [spawn.Process(target=_add_many, args=(keyset_path, name)) for name in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(FileKeyset.open(keyset_path).authorities()) == 20


def test_it_shows_no_key_and_cannot_be_copied(keyset_path: Path) -> None:
    keyset = FileKeyset.create(keyset_path)
    keyset.add_authority("politi")
    kek = keyset._contents.keks["politi"][1]
    for shown in (repr(keyset), repr(keyset._contents)):
        assert kek.hex() not in shown
        assert repr(kek) not in shown
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            act(keyset)
    assert kek.hex() not in keyset_path.read_text()
