"""A keyset on disk, keys of three authorities, their ring, and one disclosed note. No part is a stand-in."""

from pathlib import Path
from uuid import uuid4

import pytest

from casehub.vault.authority_keys import create_authority_keys, unlock
from casehub.vault.keystore import FileKeyset
from casehub.vault.rewrapping import GrantBinding, grant_item
from casehub.vault.sealing import OpenCompartment, Place, new_compartment, seal_item
from tests.vault.vault_house import NOTE, House, Note


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    keyset = FileKeyset.create(tmp_path_factory.mktemp("keyset") / "keystore.json")
    keys = tuple(
        key for name in ("politi", "psykiatri", "kommune") for key in create_authority_keys(keyset, name)
    )
    return House(keyset, keys, unlock(keyset, authorities=None, keys=keys))


@pytest.fixture
def note(house: House) -> Note:
    case_id = uuid4()
    place = Place("psykiatri", "item_version", "sealed", uuid4(), 1)
    own = new_compartment(house.ring, authority="psykiatri", case_id=case_id, compartment_id=uuid4())
    police = new_compartment(house.ring, authority="politi", case_id=case_id, compartment_id=uuid4())
    item = seal_item(OpenCompartment(house.ring, own), place=place, plaintext=NOTE)
    binding = GrantBinding(case_id, uuid4(), place.row_id, "psykiatri", "politi", uuid4())
    grant = grant_item(house.ring, binding=binding, compartment=own, owner_wrap=item.owner_wrap)
    return Note(case_id, place, item, own, police, binding, grant)


@pytest.fixture
def keyset_path(tmp_path: Path) -> Path:
    return tmp_path / "keystore.json"
