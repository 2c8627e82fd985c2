"""A box opens with its key in its context, and in no other way."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

from casehub.vault.box import BoxRefused, new_key, open_box, seal_box
from casehub.vault.encoding import context

KEY, PLACE = bytes(range(32)), context("place", "a", 1)
fields = st.lists(
    st.one_of(st.binary(max_size=6), st.text(max_size=6), st.integers(0, 2**63), st.uuids()), max_size=4
)


@given(
    plaintext=st.binary(max_size=2000),
    key=st.binary(min_size=32, max_size=32),
    bound_to=st.binary(max_size=60),
)
def test_what_is_sealed_opens_again(plaintext: bytes, key: bytes, bound_to: bytes) -> None:
    box = seal_box(key, bound_to, plaintext)
    assert len(box) == len(plaintext) + 81
    assert open_box(key, bound_to, box) == plaintext


def test_two_boxes_of_one_plaintext_share_nothing() -> None:
    first, second = (seal_box(KEY, PLACE, b"x" * 64) for _ in range(2))
    assert first[1:] != second[1:]
    assert first[65:] != second[65:]


def test_every_changed_byte_and_every_shorter_box_is_refused() -> None:
    box = seal_box(KEY, PLACE, b"content")
    for at in range(len(box)):
        changed = box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :]
        for wrong in (changed, box[:at]):
            with pytest.raises(BoxRefused):
                open_box(KEY, PLACE, wrong)
    with pytest.raises(BoxRefused):
        open_box(KEY, PLACE, box + b"\0")


def test_another_key_or_context_is_refused() -> None:
    box = seal_box(KEY, PLACE, b"content")
    for key, bound_to in ((new_key(), PLACE), (KEY, context("place", "b", 1)), (KEY, b"")):
        with pytest.raises(BoxRefused):
            open_box(key, bound_to, box)


def test_nothing_is_decrypted_before_the_commitment_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    box = seal_box(KEY, PLACE, b"content")
    tried: list[bytes] = []
    monkeypatch.setattr("casehub.vault.box.AESGCM", lambda key: tried.append(key) or AESGCM(key))
    with pytest.raises(BoxRefused):
        open_box(new_key(), PLACE, box)
    assert tried == []
    assert open_box(KEY, PLACE, box) == b"content"
    assert len(tried) == 1


@given(first=fields, second=fields)
def test_different_fields_never_give_the_same_context(first: list, second: list) -> None:
    def raw(values: list) -> list[bytes]:
        # text and bytes with the same bytes are the same field; a label fixes which it is
        return [
            v
            if isinstance(v, bytes)
            else v.encode()
            if isinstance(v, str)
            else v.to_bytes(8, "big")
            if isinstance(v, int)
            else v.bytes
            for v in values
        ]

    assume(raw(first) != raw(second))
    assert context("label", *first) != context("label", *second)


def test_moving_a_boundary_changes_the_context() -> None:
    assert context("item", "ab", "c") != context("item", "a", "bc")
    assert context("item", "a") != context("item", "a", "")
