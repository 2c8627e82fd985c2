"""A grant crosses to one authority, for one item version of one case and disclosure, by the discloser's own hand."""

from dataclasses import fields, replace
from uuid import UUID, uuid4

import pytest

from casehub.vault.encoding import context
from casehub.vault.hybrid import seal_to
from casehub.vault.material import material_of
from casehub.vault.opening import CompartmentKey, OpenCompartment, OpeningError, ReceivedKey, open_item
from casehub.vault.rewrapping import (
    GrantBinding,
    GrantRefused,
    SignedGrant,
    _fields,
    _signed_context,
    accept_grant,
    grant_item,
)
from casehub.vault.sealing import new_compartment
from casehub.vault.signing import sign
from tests.vault.vault_house import NOTE, House, Note


def _other(value: object) -> object:
    return uuid4() if isinstance(value, UUID) else "kommune"


def _planted(house: House, binding: GrantBinding, *, signer: str, item_key: bytes = b"k" * 32) -> SignedGrant:
    """A grant of an item key of the attacker's choice, sealed correctly and signed by `signer`."""
    public = material_of(house.ring).sealing_to[binding.granted_to, 1]
    wrapped = seal_to(public, context("grant", *_fields(binding), 1), item_key)
    message = _signed_context(binding, 1, 1, wrapped)
    return SignedGrant(wrapped, 1, 1, sign(house.ring, authority=signer, version=1, message=message))


def test_the_recipient_opens_it_before_and_after_rewrapping(house: House, note: Note) -> None:
    police = house.ring_of("politi")
    place, sealed, sha256 = note.place, note.item.sealed, note.item.sha256
    received = ReceivedKey(note.binding, note.grant)
    assert open_item(police, place=place, sealed=sealed, sha256=sha256, key=received) == NOTE
    wrap = accept_grant(police, binding=note.binding, grant=note.grant, compartment=note.police)
    key = CompartmentKey(OpenCompartment(police, note.police), wrap)
    assert open_item(police, place=place, sealed=sealed, sha256=sha256, key=key) == NOTE
    with pytest.raises(OpeningError):
        open_item(police, place=replace(place, version=2), sealed=sealed, sha256=sha256, key=key)


def test_the_discloser_needs_no_key_of_the_recipients(house: House, note: Note) -> None:
    health = house.ring_of("psykiatri")
    grant = grant_item(health, binding=note.binding, compartment=note.own, owner_wrap=note.item.owner_wrap)
    assert accept_grant(house.ring_of("politi"), binding=note.binding, grant=grant, compartment=note.police)


@pytest.mark.parametrize("name", [field.name for field in fields(GrantBinding)])
def test_a_grant_moved_to_another_binding_is_refused(house: House, note: Note, name: str) -> None:
    moved = replace(note.binding, **{name: _other(getattr(note.binding, name))})
    compartment = new_compartment(
        house.ring, authority=moved.granted_to, case_id=moved.case_id, compartment_id=uuid4()
    )
    with pytest.raises(GrantRefused):
        accept_grant(house.ring, binding=moved, grant=note.grant, compartment=compartment)
    with pytest.raises(OpeningError):
        open_item(
            house.ring,
            place=note.place,
            sealed=note.item.sealed,
            sha256=note.item.sha256,
            key=ReceivedKey(moved, note.grant),
        )


@pytest.mark.parametrize("name", [field.name for field in fields(GrantBinding)])
def test_the_sealing_itself_is_bound_even_under_a_good_signature(house: House, note: Note, name: str) -> None:
    moved = replace(note.binding, **{name: _other(getattr(note.binding, name))})
    message = _signed_context(moved, 1, 1, note.grant.wrapped)
    resigned = replace(
        note.grant, signature=sign(house.ring, authority=moved.granted_by, version=1, message=message)
    )
    compartment = new_compartment(
        house.ring, authority=moved.granted_to, case_id=moved.case_id, compartment_id=uuid4()
    )
    with pytest.raises(GrantRefused, match="does not open"):
        accept_grant(house.ring, binding=moved, grant=resigned, compartment=compartment)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": b""},
        {"signature": bytes(64)},
        {"signing_version": 2},
        {"key_version": 2},
        {"wrapped": b""},
        {"wrapped": bytes(1168)},
    ],
)
def test_an_unsigned_or_changed_grant_is_refused(house: House, note: Note, change: dict) -> None:
    with pytest.raises(GrantRefused, match="not signed by 'psykiatri'"):
        accept_grant(
            house.ring, binding=note.binding, grant=replace(note.grant, **change), compartment=note.police
        )


def test_a_planted_grant_signed_by_anyone_but_the_discloser_is_refused(house: House, note: Note) -> None:
    for signer in ("politi", "kommune"):
        forged = _planted(house, note.binding, signer=signer)
        with pytest.raises(GrantRefused, match="not signed"):
            accept_grant(house.ring, binding=note.binding, grant=forged, compartment=note.police)
        with pytest.raises(OpeningError, match="not signed"):
            open_item(
                house.ring,
                place=note.place,
                sealed=note.item.sealed,
                sha256=note.item.sha256,
                key=ReceivedKey(note.binding, forged),
            )


def test_a_key_that_does_not_belong_to_the_item_opens_nothing(house: House, note: Note) -> None:
    wrong_key = _planted(house, note.binding, signer="psykiatri")
    with pytest.raises(OpeningError):
        open_item(
            house.ring,
            place=note.place,
            sealed=note.item.sealed,
            sha256=note.item.sha256,
            key=ReceivedKey(note.binding, wrong_key),
        )


def test_a_grant_of_another_version_opens_nothing_even_where_the_key_would_fit(
    house: House, note: Note
) -> None:
    own = OpenCompartment(house.ring, note.own)
    item_key = own.unwrap(item_version_id=note.place.row_id, wrap=note.item.owner_wrap)
    binding = replace(note.binding, item_version_id=uuid4())
    grant = _planted(house, binding, signer="psykiatri", item_key=item_key)
    with pytest.raises(OpeningError, match="another item version"):
        open_item(
            house.ring,
            place=note.place,
            sealed=note.item.sealed,
            sha256=note.item.sha256,
            key=ReceivedKey(binding, grant),
        )


def test_only_the_recipients_own_compartment_of_the_case_takes_it(house: House, note: Note) -> None:
    elsewhere = new_compartment(house.ring, authority="politi", case_id=uuid4(), compartment_id=uuid4())
    kommune = new_compartment(house.ring, authority="kommune", case_id=note.case_id, compartment_id=uuid4())
    forged = replace(elsewhere, case_id=note.case_id)
    for compartment in (elsewhere, kommune, note.own, forged):
        with pytest.raises(GrantRefused):
            accept_grant(house.ring, binding=note.binding, grant=note.grant, compartment=compartment)


def test_no_one_grants_what_it_cannot_open(house: House, note: Note) -> None:
    for ring in (house.ring_of("politi"), house.ring_of("kommune")):
        with pytest.raises(GrantRefused):
            grant_item(ring, binding=note.binding, compartment=note.own, owner_wrap=note.item.owner_wrap)
    cases = (
        (replace(note.binding, item_version_id=uuid4()), note.own, note.item.owner_wrap),
        (replace(note.binding, granted_by="politi"), note.own, note.item.owner_wrap),
        (replace(note.binding, granted_by="politi"), note.police, note.item.owner_wrap),
        (replace(note.binding, case_id=uuid4()), note.own, note.item.owner_wrap),
        (replace(note.binding, granted_to="ukendt"), note.own, note.item.owner_wrap),
        (note.binding, note.own, b""),
    )
    for binding, compartment, wrap in cases:
        with pytest.raises(GrantRefused):
            grant_item(house.ring, binding=binding, compartment=compartment, owner_wrap=wrap)


def test_a_recipient_releases_onward_with_its_own_signature(house: House, note: Note) -> None:
    police = house.ring_of("politi")
    wrap = accept_grant(police, binding=note.binding, grant=note.grant, compartment=note.police)
    onward = replace(note.binding, granted_by="politi", granted_to="kommune", disclosure_id=uuid4())
    grant = grant_item(police, binding=onward, compartment=note.police, owner_wrap=wrap)
    key = ReceivedKey(onward, grant)
    opened = open_item(
        house.ring_of("kommune"), place=note.place, sealed=note.item.sealed, sha256=note.item.sha256, key=key
    )
    assert opened == NOTE


def test_the_recipients_key_alone_opens_no_other_recipients_grant(house: House, note: Note) -> None:
    with pytest.raises(GrantRefused, match="holds no such key"):
        accept_grant(
            house.ring_of("psykiatri"), binding=note.binding, grant=note.grant, compartment=note.police
        )
