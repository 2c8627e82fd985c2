"""Notes and checkpoints, byte for byte as C2SP writes them; what is not exactly that is refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casehub.transparency.notes import (
    Checkpoint,
    NoteRefused,
    VerifierKey,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    sign_checkpoint,
)

# The example of golang.org/x/mod/sumdb/note, made by its authors.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = VerifierKey("casehub/test", PRIVATE.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint("casehub/test", 42, bytes(32))
NOTE = sign_checkpoint(CHECKPOINT, key=KEY, sign=PRIVATE.sign)


def test_a_note_made_by_others_verifies():
    key = VerifierKey.parse(PETER)
    assert str(key) == PETER
    assert open_note(PETERS_NOTE, [key]).startswith("If you think")


def test_a_checkpoint_is_origin_size_and_root():
    assert NOTE.split("\n")[:4] == ["casehub/test", "42", base64.b64encode(bytes(32)).decode(), ""]
    assert open_checkpoint(NOTE, [VerifierKey.parse(str(KEY))]) == CHECKPOINT


def test_a_signature_of_a_stranger_is_skipped_and_a_wrong_one_of_a_known_key_is_not():
    signature = NOTE.splitlines()[-1] + "\n"
    stranger = signature.replace("casehub/test", "somebody")
    assert open_checkpoint(NOTE + stranger, [KEY]) == CHECKPOINT
    raw = bytearray(base64.b64decode(signature.split()[-1]))
    raw[-1] ^= 1
    with pytest.raises(NoteRefused, match="does not belong"):
        open_note(NOTE + f"— casehub/test {base64.b64encode(raw).decode()}\n", [KEY])
    with pytest.raises(NoteRefused, match="no key that is trusted"):
        open_note(NOTE, [VerifierKey("casehub/test", bytes(32))])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("42", "43"),
        ("casehub/test\n42", "casehub/other\n42"),
        ("AAAA=", "AAAE="),
        ("\n\n", "\nextension\n\n"),
    ],
)
def test_what_is_signed_cannot_be_changed(old: str, new: str):
    assert old in NOTE
    with pytest.raises(NoteRefused, match="does not belong"):
        open_checkpoint(NOTE.replace(old, new, 1), [KEY])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n- name AAAAAAAA\n",
        NOTE.rstrip("\n"),
        NOTE + "\x00\n",
        NOTE.replace("\n", "\r\n"),
    ],
)
def test_what_is_no_note_is_refused(note: str):
    with pytest.raises(NoteRefused):
        open_note(note, [KEY])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n01\n" + "A" * 43 + "=\n",
        "o\n-1\n" + "A" * 43 + "=\n",
        "o\n1\nAAAA\n",
        "\n1\n" + "A" * 43 + "=\n",
        "o\n١\n" + "A" * 43 + "=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(NoteRefused):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "text", ["", "a+b+c", PETER[:-4], PETER.replace("c74f20a3", "c74f20a4"), PETER.replace("Peter", "Pe er")]
)
def test_what_is_no_key_is_refused(text: str):
    with pytest.raises(NoteRefused):
        VerifierKey.parse(text)
