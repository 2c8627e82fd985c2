"""Introducing nodes: what is believed at first only by comparing, later by the pinned signing key, and never otherwise."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from casehub.vault.authority_keys import (
    KeystoreError,
    create_authority_keys,
    create_next_key,
    reaches,
    unlock,
)
from casehub.vault.keystore import FileKeyset
from casehub.vault.pins import fingerprints, read_pins, take_in, write_pins

POLICE, HEALTH = "politi", "psykiatri"


@pytest.fixture
def police(tmp_path: Path) -> FileKeyset:
    """The keystore of the first node."""
    return FileKeyset.create(tmp_path / "police.json")


@pytest.fixture
def health(tmp_path: Path, police: FileKeyset) -> FileKeyset:
    """The keystore of the second node, as it joins the first one's installation."""
    return FileKeyset.create(tmp_path / "health.json", installation=police.installation)


def test_two_nodes_that_were_introduced_know_each_other_and_hold_their_own_keys_alone(
    police: FileKeyset, health: FileKeyset
) -> None:
    keys = [*create_authority_keys(police, POLICE), *create_authority_keys(health, HEALTH)]
    alone = unlock(police, authorities=None, keys=keys)
    assert (alone.authorities, reaches(alone, POLICE), reaches(alone, HEALTH)) == ({POLICE}, True, False)
    assert take_in(police, read_pins(write_pins(health, keys))) == (
        "psykiatri/receiving/1",
        "psykiatri/signing/1",
    )
    take_in(health, read_pins(write_pins(police, keys)))
    assert fingerprints(police) == fingerprints(health)
    assert fingerprints(police).keys() == {POLICE, HEALTH}
    for keystore, own, other in ((police, POLICE, HEALTH), (health, HEALTH, POLICE)):
        ring = unlock(keystore, authorities=None, keys=keys)
        assert (ring.authorities, reaches(ring, other)) == ({own}, True)
        assert keystore.authorities() == {own}


def test_what_goes_over_holds_no_secret_and_nothing_of_another(
    police: FileKeyset, health: FileKeyset
) -> None:
    keys = [*create_authority_keys(police, POLICE), *create_authority_keys(health, HEALTH)]
    take_in(police, read_pins(write_pins(health, keys)))
    told = json.loads(write_pins(police, keys))
    assert {key["authority"] for key in told["keys"]} == {POLICE}
    assert {frozenset(key) for key in told["keys"]} == {
        frozenset({"authority", "purpose", "version", "public", "signature"})
    }
    assert {key["purpose"] for key in told["keys"]} == {"signing", "receiving"}


def test_a_swapped_key_has_another_fingerprint(
    police: FileKeyset, health: FileKeyset, tmp_path: Path
) -> None:
    true = read_pins(write_pins(health, create_authority_keys(health, HEALTH)))
    between = FileKeyset.create(tmp_path / "between.json", installation=police.installation)
    false = read_pins(write_pins(between, create_authority_keys(between, HEALTH)))
    assert true.fingerprints()[HEALTH] != false.fingerprints()[HEALTH]
    take_in(police, true)
    with pytest.raises(KeystoreError, match="is not the one pinned here"):
        take_in(police, false)
    assert fingerprints(police)[HEALTH] == true.fingerprints()[HEALTH]


def test_a_later_document_is_believed_when_the_pinned_signing_key_signed_it(
    police: FileKeyset, health: FileKeyset
) -> None:
    keys = create_authority_keys(health, HEALTH)
    take_in(police, read_pins(write_pins(health, keys)))
    keys = (*keys, create_next_key(health, authority=HEALTH, purpose="signing", keys=keys))
    later = read_pins(write_pins(health, keys))
    assert take_in(police, later) == ("psykiatri/signing/2",)
    assert take_in(police, later) == ()


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "is of installation": lambda told: told.update(installation="00000000-0000-4000-8000-000000000000"),
    "is not signed by that authority": lambda told: told["keys"][0].update(authority="kommune"),
    "of 'psykiatri' is not signed": lambda told: told["keys"][1].update(signature="AAAA"),
    "not a whole document": lambda told: told["keys"][0].update(public="AAAA"),
    "truncated or foreign": lambda told: told.update(format="casehub-pins/2"),
    "(truncated or foreign)": lambda told: [key.update(authority="log") for key in told["keys"]],
    "a whole document": lambda told: told["keys"][0].pop("version"),
    "this is not": lambda told: told["keys"][0].update(purpose="working"),
}


@pytest.mark.parametrize("reason", CHANGES)
def test_what_was_changed_on_the_way_is_refused_in_one_line_and_pins_nothing(
    police: FileKeyset, health: FileKeyset, reason: str
) -> None:
    told = json.loads(write_pins(health, create_authority_keys(health, HEALTH)))
    CHANGES[reason](told)
    with pytest.raises(KeystoreError) as refused:
        take_in(police, read_pins(json.dumps(told)))
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert police.pins() == {}
