"""A token tells that two values of one field are equal, and nothing across authorities, purposes or fields."""

from itertools import product

import pytest

from casehub.vault.authority_keys import KeystoreError
from casehub.vault.blind_index import token
from tests.vault.vault_house import House

VALUE = "6703851234"


def test_equal_values_give_equal_tokens_also_after_a_restart(house: House) -> None:
    first = token(house.ring, authority="politi", purpose="psp", field="cpr", value=VALUE)
    again = token(house.ring_of("politi"), authority="politi", purpose="psp", field="cpr", value=VALUE)
    assert first == again
    assert first[0] == 1
    assert len(first[1]) == 32


def test_another_authority_purpose_field_or_value_gives_another_token(house: House) -> None:
    parts = product(("politi", "kommune"), ("psp", "incidents"), ("cpr", "phone"), (VALUE, "6703851235"))
    tokens = {
        token(house.ring, authority=authority, purpose=purpose, field=field, value=value)
        for authority, purpose, field, value in parts
    }
    assert len(tokens) == 16


def test_a_boundary_between_purpose_and_field_cannot_be_moved(house: House) -> None:
    first = token(house.ring, authority="politi", purpose="ab", field="c", value=VALUE)
    assert first != token(house.ring, authority="politi", purpose="a", field="bc", value=VALUE)


def test_a_node_of_another_authority_makes_no_token(house: House) -> None:
    with pytest.raises(KeystoreError):
        token(house.ring_of("kommune"), authority="politi", purpose="psp", field="cpr", value=VALUE)


def test_an_empty_value_is_not_indexed(house: House) -> None:
    with pytest.raises(ValueError, match="empty"):
        token(house.ring, authority="politi", purpose="psp", field="cpr", value="")
