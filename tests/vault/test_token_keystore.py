"""The keystore in a PKCS#11 token (SoftHSM2, the real library): the KEK stays in it, and every fault is one line."""

import copy
import pickle
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass

from casehub.config import Config, read_config
from casehub.vault import token_session
from casehub.vault.authority_keys import create_authority_keys, unlock
from casehub.vault.errors import KeystoreError
from casehub.vault.keystores import open_keystore, open_or_create_keystore
from casehub.vault.material import material_of
from casehub.vault.token_keystore import TokenKeystore
from casehub.vault.token_uri import TokenUri
from tests.vault.tokens import PIN, Token, library, make_token, soft_tokens


@pytest.fixture
def token(tmp_path: Path) -> Iterator[Token]:
    with soft_tokens(tmp_path):
        yield make_token(tmp_path, "casehub test")
        token_session._SESSIONS.clear()  # the next test's tokens are in another directory


@pytest.fixture
def keystore(token: Token) -> TokenKeystore:
    return TokenKeystore.create(TokenUri.parse(token.uri()))


def named(uri: str) -> Config:
    """The settings of a node whose keystore is in this token."""
    return read_config({"CASEHUB_HOME": "/nowhere", "CASEHUB_KEYSTORE": uri})


def _refusal(act: Callable[[], object]) -> str:
    with pytest.raises(KeystoreError) as caught:
        act()
    line = str(caught.value)
    assert line
    assert "\n" not in line
    assert PIN not in line
    return line


def test_made_once_and_opened_again_with_what_was_put_in(token: Token) -> None:
    made = open_or_create_keystore(named(token.uri()))
    made.add_authority("politi")
    made.add_authority("politi")
    made.pin("psykiatri", "signing", 1, b"public")
    version, wrapped = made.wrap("politi", b"k" * 32, b"aad")
    opened = open_or_create_keystore(named(token.uri()))
    assert opened.installation == made.installation
    assert opened.authorities() == {"politi"}
    assert opened.versions("politi") == (1,)
    assert opened.current_version("politi") == version == 1
    assert dict(opened.pins()) == dict(made.pins())
    assert opened.unwrap("politi", version, wrapped, b"aad") == b"k" * 32
    assert "already" in _refusal(lambda: TokenKeystore.create(TokenUri.parse(token.uri())))


def test_authority_keys_live_on_it_as_on_a_file(keystore: TokenKeystore, token: Token) -> None:
    keys = [key for name in ("politi", "psykiatri") for key in create_authority_keys(keystore, name)]
    ring = unlock(open_keystore(named(token.uri())), authorities=frozenset({"politi"}), keys=keys)
    assert ring.authorities == {"politi"}
    assert {name for name, _ in material_of(ring).sealing_to} == {"politi", "psykiatri"}


def test_the_kek_cannot_be_had_out_of_the_token(keystore: TokenKeystore, token: Token) -> None:
    keystore.add_authority("politi")
    with token_session.session_with(TokenUri.parse(token.uri())) as session:
        (kek,) = session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY})
        for attribute, value in {
            Attribute.LOCAL: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.NEVER_EXTRACTABLE: True,
            Attribute.ENCRYPT: False,
            Attribute.WRAP: False,
            Attribute.DERIVE: False,
        }.items():
            assert kek[attribute] is value, attribute
        with pytest.raises(pkcs11.AttributeSensitive):
            kek[Attribute.VALUE]
        for attribute in (Attribute.EXTRACTABLE, Attribute.SENSITIVE):
            with pytest.raises(pkcs11.exceptions.PKCS11Error):
                kek[attribute] = attribute is Attribute.EXTRACTABLE


def test_a_kek_planted_from_outside_is_not_used(keystore: TokenKeystore, token: Token) -> None:
    with token_session.session_with(TokenUri.parse(token.uri())) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.GENERIC_SECRET,
                Attribute.TOKEN: True,
                Attribute.SIGN: True,
                Attribute.LABEL: "casehub/kek/politi/1",
                Attribute.VALUE: b"known to somebody" + b"." * 15,
            }
        )
    assert "was not made in the token" in _refusal(lambda: keystore.wrap("politi", b"key", b""))


def test_a_wrap_opens_only_for_its_authority_version_and_purpose(keystore: TokenKeystore) -> None:
    keystore.add_authority("politi")
    keystore.add_authority("psykiatri")
    version, wrapped = keystore.wrap("politi", b"key", b"aad")
    assert wrapped != keystore.wrap("politi", b"key", b"aad")[1]
    assert "does not open" in _refusal(lambda: keystore.unwrap("psykiatri", version, wrapped, b"aad"))
    assert "does not open" in _refusal(lambda: keystore.unwrap("politi", version, wrapped, b"other"))
    for changed in (b"", b"\x01" + wrapped[1:], wrapped[:40], wrapped[:-1] + bytes([wrapped[-1] ^ 1])):
        assert "does not open" in _refusal(partial(keystore.unwrap, "politi", version, changed, b"aad"))
    assert "KEK version 2" in _refusal(lambda: keystore.unwrap("politi", 2, wrapped, b"aad"))
    assert "has no KEK of 'kommune'" in _refusal(lambda: keystore.wrap("kommune", b"key", b""))


def test_a_new_version_wraps_the_old_one_still_unwraps_until_it_is_destroyed(keystore: TokenKeystore) -> None:
    keystore.add_authority("politi")
    _, old = keystore.wrap("politi", b"key", b"")
    assert "the one in use" in _refusal(lambda: keystore.drop_version("politi", 1))
    assert keystore.add_version("politi") == 2
    assert keystore.wrap("politi", b"key", b"")[0] == 2
    assert keystore.unwrap("politi", 1, old, b"") == b"key"
    keystore.drop_version("politi", 1)
    assert keystore.versions("politi") == (2,)
    assert "KEK version 1 of 'politi' is missing" in _refusal(lambda: keystore.unwrap("politi", 1, old, b""))


def test_a_pin_is_never_changed(keystore: TokenKeystore, token: Token) -> None:
    other = open_keystore(named(token.uri()))
    keystore.pin("politi", "signing", 1, b"first")
    keystore.pin("politi", "signing", 1, b"first")
    assert "pinned already" in _refusal(lambda: keystore.pin("politi", "signing", 1, b"second"))
    assert "pinned already" in _refusal(lambda: other.pin("politi", "signing", 1, b"second"))
    other.reload()
    assert other.pins() == keystore.pins()


def test_two_different_pins_of_one_name_are_refused(keystore: TokenKeystore, token: Token) -> None:
    keystore.pin("politi", "signing", 1, b"first")
    with token_session.session_with(TokenUri.parse(token.uri())) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.LABEL: "casehub/pin/politi/signing/1",
                Attribute.VALUE: b"x" * 32,
            }
        )
    assert "two different keys are pinned" in _refusal(keystore.reload)


def test_a_token_removed_while_running_is_one_line_and_comes_back(
    keystore: TokenKeystore, token: Token
) -> None:
    keystore.add_authority("politi")
    _, wrapped = keystore.wrap("politi", b"key", b"")
    away = token.directory.parents[1] / "away"
    shutil.move(token.directory, away)
    for act in (
        lambda: keystore.unwrap("politi", 1, wrapped, b""),
        lambda: keystore.wrap("politi", b"key", b""),
        keystore.reload,
        lambda: keystore.pin("politi", "signing", 1, b"public"),
        lambda: open_keystore(named(token.uri())),
    ):
        assert "removed" in _refusal(act)
    shutil.move(away, token.directory)
    assert keystore.unwrap("politi", 1, wrapped, b"") == b"key"


def test_a_wrong_pin_is_told_and_the_right_one_still_works(
    keystore: TokenKeystore, token: Token, tmp_path: Path
) -> None:
    token_session._forget(f"{library()} {TokenUri.parse(token.uri())}")
    assert "the PIN is wrong" in _refusal(lambda: open_keystore(named(token.uri(pin="forkert"))))
    source = tmp_path / "pin"
    assert "cannot be read" in _refusal(lambda: open_keystore(named(token.uri(pin_source=source))))
    source.write_text(PIN + "\n")
    source.chmod(0o640)
    assert "chmod 600" in _refusal(lambda: open_keystore(named(token.uri(pin_source=source))))
    source.chmod(0o600)
    assert open_keystore(named(token.uri(pin_source=source))).installation == keystore.installation


def test_an_absent_token_library_or_keystore_is_one_line(token: Token) -> None:
    assert "no keystore of casehub" in _refusal(lambda: open_keystore(named(token.uri())))
    assert "removed or does not answer" in _refusal(
        lambda: open_keystore(named(f"pkcs11:token=en%20anden?module-path={library()}&pin-value={PIN}"))
    )
    assert "is not a PKCS#11 library" in _refusal(
        lambda: open_keystore(named(f"pkcs11:token=x?module-path=/nowhere.so&pin-value={PIN}"))
    )


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("pkcs11:?module-path=/x&pin-value=1", "names no token"),
        ("pkcs11:token=a?pin-value=1", "no module-path"),
        ("pkcs11:token=a?module-path=/x", "pin-source"),
        ("pkcs11:token=a?module-path=/x&pin-value=1&pin-source=file:/y", "pin-source"),
        ("pkcs11:token=a;colour=red?module-path=/x&pin-value=1", "'colour'"),
        ("pkcs11:token=a;token=b?module-path=/x&pin-value=1", "'token'"),
        ("pkcs11:token?module-path=/x&pin-value=1", "'token'"),
        ("pkcs11:token=a?module-path=/x&pin-source=|cat", "absolute path"),
    ],
)
def test_a_uri_that_cannot_be_used_is_told(uri: str, told: str) -> None:
    assert told in _refusal(lambda: TokenUri.parse(uri).pin())


def test_a_uri_shows_no_pin_and_is_percent_decoded() -> None:
    uri = TokenUri.parse(
        "pkcs11:token=Retten%20i%20Herning;serial=ab?module-path=/x%2Fy.so&pin-value=hemmelig%3b"
    )
    assert (dict(uri.token), uri.module, uri.pin()) == (
        {"token": "Retten i Herning", "serial": "ab"},
        "/x/y.so",
        "hemmelig;",
    )
    assert "hemmelig" not in repr(uri) + str(uri)


def test_it_shows_nothing_and_cannot_be_copied(keystore: TokenKeystore) -> None:
    assert PIN not in repr(keystore)
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            act(keystore)


def _add_many(uri: str, prefix: str) -> None:
    keystore = open_keystore(named(uri))
    for number in range(6):
        keystore.add_authority(f"both-{number}")
        keystore.pin(f"both-{number}", "signing", 1, b"same")
        keystore.add_authority(f"{prefix}-{number}")


def test_two_processes_adding_at_once_make_each_kek_once(keystore: TokenKeystore, token: Token) -> None:
    spawn = get_context("spawn")
    processes = [spawn.Process(target=_add_many, args=(token.uri(), name)) for name in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    opened = open_keystore(named(token.uri()))
    assert len(opened.authorities()) == 18
    for authority in opened.authorities():
        assert opened.wrap(authority, b"key", b"")[0] == 1
