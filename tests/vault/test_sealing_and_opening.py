"""What is sealed opens in its own place for its own authority, and nowhere else."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casehub.vault.authority_keys import KeyRing, KeystoreError
from casehub.vault.compartments import compartment_key
from casehub.vault.opening import (
    CompartmentKey,
    OpenCompartment,
    OpeningError,
    ReceivedKey,
    open_for_authority,
    open_item,
    opened,
)
from casehub.vault.sealing import Place, WrappedCompartment, new_compartment, seal_for_authority, seal_item
from tests.vault.vault_house import NOTE, House, Note

MOVES: dict[str, Callable[[Place], Place]] = {
    "authority": lambda place: replace(place, authority="politi"),
    "table": lambda place: replace(place, table="moved"),
    "column": lambda place: replace(place, column="other"),
    "row": lambda place: replace(place, row_id=uuid4()),
    "version": lambda place: replace(place, version=place.version + 1),
}
names = st.text(max_size=12)


def _key(ring: KeyRing, compartment: WrappedCompartment, wrap: bytes) -> CompartmentKey:
    return CompartmentKey(OpenCompartment(ring, compartment), wrap)


def _open(ring: KeyRing, note: Note, *, place: Place | None = None, **change: object) -> bytes:
    given_ = {
        "sealed": note.item.sealed,
        "sha256": note.item.sha256,
        "key": _key(ring, note.own, note.item.owner_wrap),
    }
    return open_item(ring, place=place or note.place, **(given_ | change))


def test_the_owner_opens_its_item(house: House, note: Note) -> None:
    assert _open(house.ring_of("psykiatri"), note) == NOTE


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plaintext=st.binary(max_size=5000),
    place=st.builds(Place, st.just("psykiatri"), names, names, st.uuids(), st.integers(0, 2**40)),
)
def test_round_trip(house: House, note: Note, plaintext: bytes, place: Place) -> None:
    item = seal_item(OpenCompartment(house.ring, note.own), place=place, plaintext=plaintext)
    key = _key(house.ring, note.own, item.owner_wrap)
    assert open_item(house.ring, place=place, sealed=item.sealed, sha256=item.sha256, key=key) == plaintext
    key_version, sealed = seal_for_authority(house.ring, place=place, plaintext=plaintext)
    assert open_for_authority(house.ring, place=place, key_version=key_version, sealed=sealed) == plaintext


@pytest.mark.parametrize("move", MOVES)
def test_a_moved_item_is_refused(house: House, note: Note, move: str) -> None:
    moved = MOVES[move](note.place)
    with pytest.raises(OpeningError):
        _open(house.ring, note, place=moved)
    with pytest.raises(OpeningError):
        _open(house.ring, note, place=moved, key=ReceivedKey(note.binding, note.grant))


@pytest.mark.parametrize("move", MOVES)
def test_a_moved_draft_is_refused(house: House, move: str) -> None:
    place = Place("psykiatri", "draft", "sealed", uuid4(), 1)
    version, sealed = seal_for_authority(house.ring, place=place, plaintext=b"udkast")
    with pytest.raises(OpeningError):
        open_for_authority(
            house.ring,
            place=MOVES[move](place),
            key_version=version,
            sealed=sealed,
        )
    with pytest.raises(OpeningError):
        open_for_authority(house.ring, place=place, key_version=version + 1, sealed=sealed)


def test_a_ciphertext_other_than_the_recorded_one_is_refused(house: House, note: Note) -> None:
    again = seal_item(OpenCompartment(house.ring, note.own), place=note.place, plaintext=b"rewritten")
    with pytest.raises(OpeningError, match="recorded"):
        _open(house.ring, note, sealed=again.sealed, key=_key(house.ring, note.own, again.owner_wrap))
    with pytest.raises(OpeningError, match="recorded"):
        _open(house.ring, note, sealed=b"")


def test_an_older_version_of_the_item_in_place_of_the_newer_is_refused(house: House, note: Note) -> None:
    newer = replace(note.place, row_id=uuid4(), version=2)
    item = seal_item(OpenCompartment(house.ring, note.own), place=newer, plaintext=b"second")
    with pytest.raises(OpeningError):
        open_item(
            house.ring,
            place=newer,
            sealed=note.item.sealed,
            sha256=note.item.sha256,
            key=_key(house.ring, note.own, note.item.owner_wrap),
        )
    with pytest.raises(OpeningError):
        _open(house.ring, note, key=_key(house.ring, note.own, item.owner_wrap))


def test_a_compartment_changed_or_moved_to_another_case_or_authority_is_refused(
    house: House, note: Note
) -> None:
    other = new_compartment(house.ring, authority="psykiatri", case_id=uuid4(), compartment_id=uuid4())
    forged = (
        replace(note.own, case_id=uuid4()),
        replace(note.own, id=uuid4()),
        replace(note.own, authority="politi"),
        replace(note.own, key_version=2),
        replace(note.own, wrapped=other.wrapped),
        replace(note.own, wrapped=b""),
        other,
        note.police,
    )
    for compartment in forged:
        with pytest.raises(OpeningError):
            _open(house.ring, note, key=_key(house.ring, compartment, note.item.owner_wrap))


def test_a_compartment_is_unwrapped_once_for_a_unit_of_work_and_opens_nothing_after_it(
    house: House, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwrapped: list[WrappedCompartment] = []
    monkeypatch.setattr(
        "casehub.vault.compartments.compartment_key",
        lambda ring, compartment: unwrapped.append(compartment) or compartment_key(ring, compartment),
    )
    with opened(house.ring, note.own) as own:
        assert unwrapped == []
        key = CompartmentKey(own, note.item.owner_wrap)
        assert [_open(house.ring, note, key=key) for _ in range(3)] == [NOTE] * 3
        assert unwrapped == [note.own]
    with pytest.raises(OpeningError, match="is over"):
        _open(house.ring, note, key=key)
    assert own._key is None


def test_a_compartment_in_use_shows_no_key_and_is_not_copied(house: House, note: Note) -> None:
    with opened(house.ring, note.own) as own:
        _open(house.ring, note, key=CompartmentKey(own, note.item.owner_wrap))
        assert repr(own) == f"<OpenCompartment {note.own.id}>"
        for copied in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="unit of work"):
                copied(own)


def test_sealing_into_a_changed_or_foreign_compartment_is_refused(house: House, note: Note) -> None:
    with pytest.raises(OpeningError):
        seal_item(
            OpenCompartment(house.ring, replace(note.own, case_id=uuid4())), place=note.place, plaintext=b"x"
        )
    with pytest.raises(ValueError, match="owner"):
        seal_item(OpenCompartment(house.ring, note.police), place=note.place, plaintext=b"x")


def test_another_authoritys_ring_opens_and_seals_nothing_of_it(house: House, note: Note) -> None:
    kommune = house.ring_of("kommune")
    for key in (_key(kommune, note.own, note.item.owner_wrap), ReceivedKey(note.binding, note.grant)):
        with pytest.raises(OpeningError, match="holds no such key"):
            _open(kommune, note, key=key)
    place = Place("psykiatri", "draft", "sealed", uuid4(), 1)
    version, sealed = seal_for_authority(house.ring, place=place, plaintext=b"udkast")
    with pytest.raises(OpeningError):
        open_for_authority(kommune, place=place, key_version=version, sealed=sealed)
    with pytest.raises(KeystoreError):
        seal_for_authority(kommune, place=place, plaintext=b"x")
    with pytest.raises(KeystoreError):
        seal_item(OpenCompartment(kommune, note.own), place=note.place, plaintext=b"x")
    with pytest.raises(KeystoreError):
        new_compartment(kommune, authority="psykiatri", case_id=uuid4(), compartment_id=uuid4())


def test_nothing_of_the_content_shows_in_what_is_stored_or_said(house: House, note: Note) -> None:
    stored = note.item.sealed + note.item.owner_wrap + note.own.wrapped + note.grant.wrapped
    assert NOTE not in stored
    with pytest.raises(OpeningError) as caught:
        _open(house.ring, note, place=replace(note.place, version=9))
    assert "psykiatrien" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)
