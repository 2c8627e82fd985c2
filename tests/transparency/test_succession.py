"""A log's key hands over to the next by a note that both signed; nothing else makes a key trusted."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casehub.transparency.notes import NoteRefused, VerifierKey, parse_checkpoint, split_note
from casehub.transparency.succession import followed, sign_succession

NAME = "casehub/test"
PRIVATE = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(4)]


def key(number: int, name: str = NAME) -> VerifierKey:
    return VerifierKey(name, PRIVATE[number].public_key().public_bytes_raw())


def hands_over(old: int, new: int, *, new_signer: int | None = None, name: str = NAME) -> str:
    return sign_succession(
        old=key(old),
        old_sign=PRIVATE[old].sign,
        new=key(new, name),
        new_sign=PRIVATE[new if new_signer is None else new_signer].sign,
    )


def test_who_trusts_one_key_trusts_all_that_follow_from_it():
    notes = [hands_over(0, 1), hands_over(1, 2)]
    assert followed([key(0)], notes) == (key(0), key(1), key(2))
    assert followed([key(1)], notes) == (key(1), key(2))
    assert followed([key(2)], notes) == (key(2),)
    assert followed([], notes) == ()


def test_a_note_that_is_not_signed_by_both_of_one_log_makes_no_key_trusted():
    good = hands_over(0, 1)
    for note in (
        hands_over(3, 1),  # by a stranger
        hands_over(0, 1, new_signer=3),  # the new one did not sign
        hands_over(0, 1, name="casehub/other"),  # of another log
        good.replace(str(key(1)), str(key(2))),
        good.replace("is followed by", "is not followed by"),
        good.replace("\n\n", "\nmore\n\n"),
        "",
        "nonsense\n\n— x\n",
    ):
        assert followed([key(0)], [note]) == (key(0),), note


def test_it_never_passes_for_a_checkpoint():
    text, _ = split_note(hands_over(0, 1))
    with pytest.raises(NoteRefused):
        parse_checkpoint(text)
